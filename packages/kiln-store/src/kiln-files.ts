// The power over a kiln's files: what the store may do to bytes on disk. Which paths are notes is decided in
// note-path.ts; kiln-files-node.ts is the implementation for Node, overlay-files.ts one that leaves the disk alone.
import type { Outcome } from "@crucible/sandbox/outcome";

/** What tells one version of a file from another without reading it. Two equal stamps mean unchanged bytes, unless `recent`. */
export interface FileStamp {
  readonly size: number;
  /** Milliseconds since 1970, with fractions where the file system keeps them. */
  readonly modifiedMs: number;
  /** Time of the last change to the file or its metadata, which programs cannot set back. */
  readonly changedMs: number;
  readonly createdMs: number;
  /** Identity of the file on its device; stays the same when the file is renamed. */
  readonly inode: string;
  /** True when the file changed so shortly before it was looked at that a later change could leave the same stamp. */
  readonly recent: boolean;
}

export interface FileContent {
  readonly bytes: Uint8Array;
  readonly stamp: FileStamp;
}

export interface FileEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "symlink" | "other";
}

/** Which version a write replaces: nothing, whatever is there, or exactly the bytes with this content hash. */
export type ExpectedVersion =
  | { readonly kind: "absent" }
  | { readonly kind: "any" }
  | { readonly kind: "hash"; readonly hash: string };

/**
 * Reads and writes files below one root.
 *
 * Paths are relative to the root, with `/` between segments. A path that leaves the root, or that reaches its file
 * through a symbolic link, answers `host/path-refused`; every method checks this for itself.
 */
export interface KilnFiles {
  /** Reads a whole file. `host/note-not-found`, `limit/file-size` above `maxBytes`, `host/note-invalid` for what is no file. */
  read(path: string, maxBytes: number): Promise<Outcome<FileContent>>;
  /** Looks at a file without reading it; undefined when there is no regular file. Cheap and synchronous. */
  stamp(path: string): FileStamp | undefined;
  /** Entries of a folder, sorted by name in code unit order; the root is the empty path. */
  list(folder: string): Promise<Outcome<readonly FileEntry[]>>;
  /**
   * Replaces or creates a file so that readers see the old or the new bytes, never a mixture, also after a crash.
   * Missing folders are made. `host/note-conflict` when what is there is not `expected`.
   */
  write(path: string, bytes: Uint8Array, expected: ExpectedVersion): Promise<Outcome<FileStamp>>;
  /** Moves a file; `host/note-conflict` when the target exists. Missing folders are made, empty ones stay. */
  move(from: string, to: string): Promise<Outcome<FileStamp>>;
  /** Removes a file for good; succeeds when there is none. */
  remove(path: string): Promise<Outcome<null>>;
  /**
   * Runs `work` while no other process and no other caller of this object runs theirs. Not re-entrant.
   * The lock ends with its process, however that ends.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** SHA-256 of the bytes as 64 hexadecimal digits. */
  hash(bytes: Uint8Array): string;
  dispose(): Promise<void>;
}

/** True when two stamps say that the bytes are the same. */
export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.modifiedMs === b.modifiedMs && a.changedMs === b.changedMs && a.inode === b.inode;
}
