// Public names of @crucible/kiln-store/testing.
export { createHashedEmbedder } from "./hashed-embedder.ts";
export { startIndexService } from "../index/index-client-node.ts";
export { type IndexService } from "../index/index-service.ts";
export { createVectorCodes, encodeSigns, type VectorCodes } from "../index/vector-codes.ts";
