// Public names of @crucible/sandbox-rune.
export { createRuneBackend } from "./rune-backend-node.ts";
