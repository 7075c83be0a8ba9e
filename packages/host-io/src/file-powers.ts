// The power over files outside of the kiln. Paths are settled before the decision, and held to it while something is done.
import type { Outcome } from "@crucible/sandbox";

export interface FileEntry {
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly size: number;
  /** Unix milliseconds. */
  readonly modified: number;
}

/**
 * Files of one machine. Every function takes a settled path (from `settle`) and refuses with `host/path-refused` when it
 * leads elsewhere by now.
 */
export interface FilePowers {
  /**
   * Where a path really leads: links followed, case as on the disk. The last part need not exist; it is never a link.
   *
   * @returns `host/path-refused` for what no guest may touch, `host/not-found` where the folder does not exist
   */
  settle(path: string): Outcome<string>;
  /** `limit/file-size` with the size, before anything is read, when the file is larger than `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Outcome<Uint8Array>>;
  stat(path: string): Promise<Outcome<FileEntry>>;
  entries(path: string): Promise<Outcome<readonly FileEntry[]>>;
  /** Replaces or makes a file at once; says whether it is new. */
  write(path: string, content: Uint8Array): Promise<Outcome<boolean>>;
  makeFolder(path: string): Promise<Outcome<void>>;
  remove(path: string): Promise<Outcome<void>>;
}
