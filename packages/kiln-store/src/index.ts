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
export { type FrontMatter, type FrontMatterValue } from "./front-matter-value.ts";
export { type NoteProblem } from "./front-matter.ts";
export { editFrontMatter } from "./edit-front-matter.ts";
export { type NoteLink, type NoteTag } from "./scan-line.ts";
export { type NoteBlock, type NoteCallout, type NoteHeading } from "./scan-note.ts";
export { linkKey, resolveLink, type NoteNames } from "./resolve-link.ts";
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
export {
  createKilnIndex,
  type IndexProgress,
  type IndexStatus,
  type KilnIndex,
  type KilnIndexOptions,
  type NoteLinkage,
  type NoteSummary,
  type SearchAnswer,
  type SearchOptions,
  type TraversedNote,
  type TraverseOptions,
} from "./kiln-index.ts";
export { type PostgresPlace } from "./index/worker-protocol.ts";
export { type ShownNote } from "./index/index-service.ts";
export { type IndexProblem } from "./index/index-database.ts";
export { type SearchHit, type SearchMode } from "./search/search-notes.ts";
export { type WalkStrategy } from "./search/walk-graph.ts";
export { type PackedGraph } from "./index/pack-graph.ts";
export { type NoteEvent, type RefreshReport } from "./index/refresh-index.ts";
export { watchKiln, type KilnWatch, type WatchOptions } from "./watch/watch-kiln-node.ts";
export { fetchNode, openKiln, pauseNode, type Kiln, type OpenKilnOptions } from "./open-kiln-node.ts";
export { calibrate, type Calibration, type Embedder, type EmbedPurpose } from "./embed/embedder.ts";
export { type BackgroundWork, type EmbedReport } from "./embed/make-vectors.ts";
export { createEndpointEmbedder, type EndpointEmbedderOptions, type FetchText } from "./embed/endpoint-embedder.ts";
export {
  createMiniLmEmbedder,
  createOnnxEmbedder,
  createTransformersEmbedder,
  type LocalEmbedderOptions,
} from "./embed/worker-embedder-node.ts";
