// Puts a plugin where plugins are found, whole or not at all: it is copied beside its place, looked at there, and moved in.
// A process that is stopped meanwhile leaves a folder that discovery passes over; the next installation clears it away.
import { randomUUID } from "node:crypto";
import { cp, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Outcome } from "@crucible/sandbox";
import { succeed } from "@crucible/sandbox";

const prefix = ".installing-";
const abandonedMs = 3_600_000;

/**
 * Copies `from` to `target`, replacing what is there.
 *
 * @param check looks at the copy before it counts; what it refuses leaves everything as it was
 */
export async function placePlugin(
  from: string,
  target: string,
  check: (copy: string) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const folder = dirname(target);
  const staging = join(folder, `${prefix}${randomUUID()}`);
  await mkdir(staging, { recursive: true });
  try {
    const copy = join(staging, basename(target));
    await cp(from, copy, { recursive: true });
    const checked = await check(copy);
    if (!checked.ok) return checked;
    // A folder cannot be replaced in one step as a file can.
    const former = await stat(target).catch(() => undefined);
    if (former !== undefined && (former.isDirectory() || (await stat(copy)).isDirectory()))
      await rename(target, join(staging, "former"));
    await rename(copy, target);
    return succeed(undefined);
  } finally {
    await rm(staging, { recursive: true, force: true });
    await clearAbandoned(folder);
  }
}

async function clearAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedMs)
      await rm(path, { recursive: true, force: true });
  }
}
