// Where locks lie, and which of their entries count: a kiln's lock speaks of the kiln's plugins, the user's of the user's.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Folders } from "@crucible/config";
import { parseLock, type PluginLock } from "@crucible/plugin-host";
import { unwrap } from "@crucible/sandbox";

export const lockFileName = "plugins.lock";

/** The file that `cru plugins lock` writes. */
export function lockPath(folders: Folders, kiln: string | undefined): string {
  return join(kiln === undefined ? folders.plugins : join(kiln, "plugins"), lockFileName);
}

/** Whether a plugin of a scope belongs into the lock of a kiln. */
export function isKilnScope(scope: string): boolean {
  return scope === "shared" || scope === "personal";
}

/** Both locks as one. @throws {CrucibleError} where one cannot be read: nothing runs with other versions than were meant */
export async function readLocks(folders: Folders, kiln: string | undefined): Promise<PluginLock | undefined> {
  const own = await readLock(lockPath(folders, undefined));
  const ofKiln = kiln === undefined ? undefined : await readLock(lockPath(folders, kiln));
  if (own === undefined && ofKiln === undefined) return undefined;
  return {
    format: "crucible-lock/1",
    plugins: [
      ...(own?.plugins ?? []).filter(({ scope }) => !isKilnScope(scope)),
      ...(ofKiln?.plugins ?? []).filter(({ scope }) => isKilnScope(scope)),
    ],
  };
}

async function readLock(path: string): Promise<PluginLock | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? undefined : unwrap(parseLock(text, path));
}
