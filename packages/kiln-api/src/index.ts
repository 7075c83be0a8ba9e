// Public names of @crucible/kiln-api.
export type { KilnApiOptions } from "./kiln-api.ts";
export { createKilnApi, kilnApiDeclaration } from "./kiln-api.ts";
export type { FollowedIndex, FollowIndexOptions } from "./follow-index.ts";
export { followIndex } from "./follow-index.ts";
export type { OpenIndex } from "./index-functions.ts";
export type { FileChange, RecordChange } from "./record-changes.ts";
export { recordChanges } from "./record-changes.ts";
export type { NoteAnnouncer, NoteAnnouncerOptions, NoteEvent, PublishNote } from "./note-events.ts";
export { createNoteAnnouncer } from "./note-events.ts";
export type { RecordedChange, UndoneFile } from "./undo-execution.ts";
export { undoExecution } from "./undo-execution.ts";
export { statePath } from "./state.ts";
