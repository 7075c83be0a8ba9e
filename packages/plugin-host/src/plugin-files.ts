// How the host reads plugin folders. plugin-files-node.ts supplies Node's file system.

export interface PluginFiles {
  /** Entries of a folder in code unit order; `undefined` where there is no such folder. Links are followed. */
  list(folder: string): Promise<readonly PluginFolderEntry[] | undefined>;
  /** Bytes of a file; `undefined` where there is none. Files above `maxBytes` reject. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  join(folder: string, name: string): string;
  /** Where a path leads when links are followed; without it there are no links. Rejects where nothing is there. */
  realPath?(path: string): Promise<string>;
}

export interface PluginFolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
  /** It is a link to one. */
  readonly link?: boolean;
}
