// Public names of @crucible/kiln-store.
export {
  createKilnStore,
  type DeletedNote,
  type FrontMatterChanges,
  type KilnStore,
  type KilnStoreOptions,
  type ListedNote,
  type ListOptions,
  type NoteListing,
  type NoteMetadata,
  type NoteOperations,
  type NoteSource,
  type WriteOptions,
  type WrittenNote,
} from "./kiln-store.ts";
export { createKilnFiles, type KilnFilesOptions } from "./kiln-files-node.ts";
export {
  sameStamp,
  type ExpectedVersion,
  type FileContent,
  type FileEntry,
  type FileStamp,
  type KilnFiles,
} from "./kiln-files.ts";
export { createOverlayFiles, type OverlayChange, type OverlayFiles } from "./overlay-files.ts";
export { isNotePath, parseFolderPath, parseNotePath } from "./note-path.ts";
export { decodeNote, parseNote, type Note } from "./read-note.ts";
export { type FrontMatter, type FrontMatterValue, type NoteProblem } from "./front-matter.ts";
export { editFrontMatter } from "./edit-front-matter.ts";
export { type NoteLink, type NoteTag } from "./scan-line.ts";
export { type NoteBlock, type NoteCallout, type NoteHeading } from "./scan-note.ts";
export { resolveLink, type NoteNames } from "./resolve-link.ts";
export { type RenamedNote } from "./rename-note.ts";
export { type SkippedFile } from "./walk-notes.ts";
export {
  checkFilter,
  fitsFilter,
  type CheckedFilter,
  type FilterOperator,
  type FilterSubject,
  type NoteFilter,
  type PropertyCondition,
  type PropertyScalar,
} from "./note-filter.ts";
