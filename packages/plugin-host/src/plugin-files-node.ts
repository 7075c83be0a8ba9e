// Node's file system as the power of discovery.
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { PluginFiles, PluginFolderEntry } from "./plugin-files.ts";

export function createNodePluginFiles(): PluginFiles {
  return {
    list: async (folder) => {
      let entries;
      try {
        entries = await readdir(folder, { withFileTypes: true });
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      const found: PluginFolderEntry[] = [];
      for (const entry of entries) {
        const link = entry.isSymbolicLink() ? { link: true } : {};
        const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
        if (target?.isDirectory() === true) found.push({ name: entry.name, kind: "folder", ...link });
        else if (target?.isFile() === true) found.push({ name: entry.name, kind: "file", ...link });
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: async (path, maxBytes) => {
      try {
        const { size } = await stat(path);
        if (size > maxBytes) throw new RangeError(`"${path}" has ${size} bytes, at most ${maxBytes} are read`);
        return await readFile(path);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    join,
    realPath: (path) => realpath(path),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
