// The content hash that closes a compiled form: SHA-256 over everything before the section that holds it.

import { sha256 } from "@noble/hashes/sha2.js";
import type { ByteWriter } from "../wasm/byte-writer.ts";
import { appendSection } from "../wasm/link.ts";

const NAME = "rune.hash";
/** Bytes of the section with its header: id, size, name with its length, hash. */
export const HASH_SECTION_SIZE: number = 1 + 1 + 1 + NAME.length + 32;

/** The hash of a compiled form without its last section. */
export function contentHash(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

/** Closes a compiled form with the hash of its content; the bytes are a fresh copy. */
export function closeModule(module: ByteWriter): Uint8Array {
  const hash = contentHash(module.bytes());
  appendSection(module, NAME, hash);
  return module.bytes().slice();
}
