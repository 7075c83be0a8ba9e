// Files in memory for the steps of runs, and a process that dies: after so many changes nothing happens any more.
import { fail, succeed, type HostCallContext } from "@crucible/sandbox";
import {
  createFileStepStore,
  type FileStepStoreOptions,
  type StepFiles,
  type StepStore,
} from "@crucible/stdlib-workflow";

export interface MemoryFiles extends StepFiles {
  readonly contents: Map<string, Uint8Array>;
  /** Changes so far. */
  changes: number;
  /** Changes that still happen. */
  left: number;
}

export function createMemoryFiles(contents = new Map<string, Uint8Array>(), left = Infinity): MemoryFiles {
  const change = (apply: () => void): boolean => {
    if (files.left === 0) return false;
    files.left -= 1;
    files.changes += 1;
    apply();
    return true;
  };
  const killed = fail("host/internal", "killed");
  const files: MemoryFiles = {
    contents,
    changes: 0,
    left,
    list: async (folder) => {
      const names = [...contents.keys()].filter((path) => path.startsWith(`${folder}/`));
      if (names.length === 0) return Promise.resolve(fail("host/note-not-found", "There is no such folder"));
      return Promise.resolve(succeed(names.map((path) => ({ name: path.slice(folder.length + 1) }))));
    },
    read: async (path, maxBytes) => {
      const bytes = contents.get(path);
      if (bytes === undefined) return Promise.resolve(fail("host/note-not-found", "There is no such file"));
      return Promise.resolve(bytes.length > maxBytes ? fail("limit/file-size", "too large") : succeed({ bytes }));
    },
    write: async (path, bytes) => {
      if (contents.has(path)) return Promise.resolve(fail("host/note-conflict", "There is a file"));
      return Promise.resolve(change(() => contents.set(path, bytes)) ? succeed(null) : killed);
    },
    remove: async (path) => Promise.resolve(change(() => contents.delete(path)) ? succeed(null) : killed),
    // The bytes themselves are as good as a hash where names are short.
    hash: (bytes) =>
      [...bytes]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join("")
        .padEnd(64, "0"),
  };
  return files;
}

/** A call of the plugin `caller`. */
export function callOf(home = "home"): HostCallContext {
  return { invocation: { plugin: "caller" }, pluginHome: home } as unknown as HostCallContext;
}

export function storeIn(files: StepFiles, bounds: Omit<FileStepStoreOptions, "filesFor"> = {}): StepStore {
  return createFileStepStore({ filesFor: () => files, ...bounds });
}
