// Walks the folders of a kiln and names its notes, with a reason for every note that is left out.
import { succeed, type ErrorValue, type Outcome } from "@crucible/sandbox/outcome";
import type { FileEntry, KilnFiles } from "./kiln-files.ts";
import { compareText, isNotePath, parseNotePath } from "./note-path.ts";

export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

export interface WalkedNotes {
  /** In code point order. */
  readonly paths: readonly string[];
  readonly skipped: readonly SkippedFile[];
}

const maxDepth = 64;

/** What an error about a file says beside naming the file: a list of files names it already. */
export function reasonOf({ message }: ErrorValue): string {
  const reason = message.replace(/^Cannot [a-z ]+ "(?:[^"\\]|\\.)*": /u, "");
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

/**
 * Lists the notes of a folder. Names that start with a dot, `node_modules` and files that are no notes are passed over
 * in silence; symbolic links to notes, names that a note cannot have and folders that cannot be read are reported.
 */
export async function walkNotes(files: KilnFiles, folder: string, recursive: boolean): Promise<Outcome<WalkedNotes>> {
  const paths: string[] = [];
  const skipped: SkippedFile[] = [];
  const first = await files.list(folder);
  if (!first.ok) {
    if (first.error.code !== "host/note-not-found") return first;
    return {
      ok: false,
      error: { ...first.error, code: "host/not-found", message: `Cannot list "${folder}": there is no such folder` },
    };
  }
  const visit = async (path: string, depth: number, listing: Outcome<readonly FileEntry[]>): Promise<void> => {
    if (!listing.ok) {
      if (listing.error.code !== "host/note-not-found") skipped.push({ path, reason: reasonOf(listing.error) });
      return;
    }
    for (const [position, entry] of listing.value.entries()) {
      if (entry.name.startsWith(".")) continue;
      const full = path === "" ? entry.name : `${path}/${entry.name}`;
      // Names come normalised and sorted, so that two spellings of one name follow each other.
      if (entry.name === listing.value[position - 1]?.name) {
        skipped.push({ path: full, reason: "Another name differs only in how its accents are stored" });
        continue;
      }
      // What is no UTF-8 was replaced when the folder was read, and names nothing.
      if (entry.name.includes("\ufffd") && entry.kind === "file" && files.stamp(full) === undefined) {
        skipped.push({ path: full, reason: "Its name is not UTF-8" });
        continue;
      }
      if (entry.kind === "folder") {
        if (!recursive || entry.name === "node_modules") continue;
        if (depth >= maxDepth)
          skipped.push({ path: full, reason: `Folders are nested deeper than ${maxDepth} levels` });
        else await visit(full, depth + 1, await files.list(full));
        continue;
      }
      if (!isNotePath(entry.name)) continue;
      if (entry.kind !== "file") {
        skipped.push({
          path: full,
          reason: entry.kind === "symlink" ? "It is a symbolic link, and links are not followed" : "It is no file",
        });
        continue;
      }
      const parsed = parseNotePath(full);
      if (!parsed.ok) skipped.push({ path: full, reason: reasonOf(parsed.error) });
      else if (parsed.value !== full)
        skipped.push({ path: full, reason: `Its name is not in its one spelling "${parsed.value}"` });
      else paths.push(full);
    }
  };
  await visit(folder, 0, first);
  return succeed({ paths: paths.sort(compareText), skipped: skipped.sort((a, b) => compareText(a.path, b.path)) });
}
