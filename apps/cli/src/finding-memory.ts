// Which findings about plugins the journal holds already: one small file beside it.
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { FindingMemory } from "@crucible/plugin-host";

export function openFindingMemory(path: string): FindingMemory {
  return {
    // A file that is not there, or cannot be read, knows nothing.
    read: () => readFile(path, "utf8").catch(() => undefined),
    write: async (text) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.${randomUUID()}.draft`;
      try {
        await writeFile(draft, text, { mode: 0o600 });
        await rename(draft, path);
      } catch (thrown) {
        await rm(draft, { force: true });
        throw thrown;
      }
    },
  };
}
