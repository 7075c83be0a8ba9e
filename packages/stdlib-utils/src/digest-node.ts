// Node's hash functions.
import { createHash } from "node:crypto";
import type { Digest } from "./value-functions.ts";

/** Hashes with Node's own implementation. */
export const digestNode: Digest = (algorithm, bytes) => new Uint8Array(createHash(algorithm).update(bytes).digest());
