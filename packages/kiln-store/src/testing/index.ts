// Public names of @crucible/kiln-store/testing.
export { createHashedEmbedder } from "./hashed-embedder.ts";
