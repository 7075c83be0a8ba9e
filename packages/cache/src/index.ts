// Public names of @crucible/cache.
export type { ArtifactKey, CompilationInputs, Digest } from "./artifact-key.ts";
export { artifactKey, toHex } from "./artifact-key.ts";
export { decodeArtifact, encodeArtifact } from "./artifact-codec.ts";
export type { Authenticate } from "./store-entry.ts";
export type {
  ArtifactStore,
  ArtifactStoreOptions,
  ArtifactStoreStatistics,
  StoredFile,
  StoreFiles,
} from "./artifact-store.ts";
export { createArtifactStore } from "./artifact-store.ts";
export type { OpenStoreOptions } from "./artifact-store-node.ts";
export { openArtifactStore, sha256 } from "./artifact-store-node.ts";
export type {
  FreeReason,
  Lease,
  Loaded,
  ModuleCache,
  ModuleCacheOptions,
  ModuleCacheStatistics,
} from "./module-cache.ts";
export { createModuleCache } from "./module-cache.ts";
