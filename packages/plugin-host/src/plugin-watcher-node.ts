// Watches plugin folders of Node's file system.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { watch } from "chokidar";
import type { PluginWatcher } from "./plugin-watcher.ts";

/** A watcher upon chokidar. A folder that is missing is seen when it appears in a folder that is there. */
export function createNodePluginWatcher(): PluginWatcher {
  return {
    watch: async (folders, onChange) => {
      const watcher = watch([...folders, ...parentsOfMissing(folders)], {
        ignoreInitial: true,
        followSymlinks: true,
        depth: 8,
        ignored: (path) =>
          /[/\\](?:node_modules|\.git)(?:[/\\]|$)/.test(path) || !isAboutPlugins(path, folders),
      });
      // A folder that cannot be watched is scanned by `reload` all the same.
      watcher.on("error", () => {});
      watcher.on("all", (_event, path) => onChange(path));
      await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
      return () => watcher.close();
    },
  };
}

function parentsOfMissing(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => {
    if (existsSync(folder)) return [];
    let parent = dirname(folder);
    while (!existsSync(parent) && dirname(parent) !== parent) parent = dirname(parent);
    return [parent];
  });
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
