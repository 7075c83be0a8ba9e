// Watches plugin folders of Node's file system.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { watch } from "chokidar";
import type { PluginWatcher } from "./plugin-watcher.ts";

/** A watcher upon chokidar. A folder that is missing is seen when it appears in a folder that is there. */
export function createNodePluginWatcher(): PluginWatcher {
  return {
    watch: async (folders, onChange) => {
      const watcher = watch([...new Set(folders.map(nearestExisting))], {
        ignoreInitial: true,
        followSymlinks: true,
        depth: 8,
        ignored: (path) => /[/\\](?:node_modules|\.git)(?:[/\\]|$)/.test(path) || !isAboutPlugins(path, folders),
      });
      // A folder that cannot be watched is scanned by `reload` all the same.
      watcher.on("error", () => {});
      watcher.on("all", (_event, path) => onChange(path));
      await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
      return () => watcher.close();
    },
  };
}

// A missing folder appears in the nearest one that is there.
function nearestExisting(folder: string): string {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  return existing;
}

// Of a parent that is watched for a folder to appear, only the way to that folder matters.
function isAboutPlugins(path: string, folders: readonly string[]): boolean {
  return folders.some(
    (folder) =>
      path === folder ||
      path.startsWith(`${folder}/`) ||
      path.startsWith(`${folder}\\`) ||
      folder.startsWith(`${path}/`) ||
      folder.startsWith(`${path}\\`),
  );
}
