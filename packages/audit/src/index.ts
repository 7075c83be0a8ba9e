// Public names of @crucible/audit.
export {
  isRecordKind,
  isSynced,
  noSubject,
  recordKinds,
  type JournalEntry,
  type Chained,
  type JournalRecord,
  type RecordKind,
  type RecordKinds,
  type RecordSubject,
} from "./record.ts";
export type {
  AppendFile,
  Compression,
  JournalClock,
  JournalCrypto,
  JournalFolder,
  JournalPowers,
  ProcessIdentity,
  Processes,
} from "./journal-powers.ts";
export { nodeCrypto, openFolder, openJournalFiles } from "./journal-files-node.ts";
export { createMemoryFolder, type MemoryFolder } from "./memory-folder.ts";
export { decodeLine, encodeRecord, genesisHash, type DecodedLine, type EncodedRecord } from "./record-codec.ts";
export { defaultJournalOptions, openJournal, type Journal, type JournalOptions } from "./journal.ts";
export type { MaintenanceReport } from "./archive.ts";
export {
  exportJournal,
  queryJournal,
  tailJournal,
  type FoundRecord,
  type JournalQuery,
  type ReadPowers,
} from "./read-journal.ts";
export { verifyJournal, type JournalProblem, type ProblemKind, type Verification } from "./verify-journal.ts";
export { createDigester, type Digester } from "./digest.ts";
export {
  createValueStore,
  defaultValueBounds,
  type ValuePowers,
  type ValueStore,
  type ValueStoreOptions,
} from "./value-store.ts";
