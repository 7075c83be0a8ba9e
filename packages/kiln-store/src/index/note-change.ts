// What both databases ask of a change before they carry it out.
import { sameStamp, type FileStamp } from "../kiln-files.ts";
import type { NoteChange } from "./index-database.ts";

/** The note that a change is about. */
export function pathOfChange(change: NoteChange): string {
  return change.kind === "put" ? change.note.path : change.path;
}

/** True while the file is what the change was made from. */
export function isCurrent(change: NoteChange, stampOf: (path: string) => FileStamp | undefined): boolean {
  const present = stampOf(pathOfChange(change));
  const expected = change.kind === "put" ? change.note.stamp : change.kind === "remove" ? undefined : change.stamp;
  return expected === undefined ? present === undefined : present !== undefined && sameStamp(present, expected);
}
