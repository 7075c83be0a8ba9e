// How the host learns that files of plugins changed. plugin-watcher-node.ts supplies Node's file system.

export interface PluginWatcher {
  /**
   * Calls back at each change below the folders, which may be missing and appear later. Settles when it watches; the answer
   * ends it. Calls may come in storms: the host coalesces them.
   */
  watch(folders: readonly string[], onChange: (path: string) => void): Promise<() => Promise<void>>;
}
