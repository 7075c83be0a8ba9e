// The content hash that closes a compiled form: SHA-256 over everything before the section that holds it.

import { sha256 } from "@noble/hashes/sha2.js";
import { ByteWriter } from "../wasm/byte-writer.ts";

const NAME = "rune.hash";
/** Bytes of the section with its header: id, size, name with its length, hash. */
export const HASH_SECTION_SIZE: number = 1 + 1 + 1 + NAME.length + 32;

/** The hash of a compiled form without its last section. */
export function contentHash(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

/** Closes a compiled form with the hash of its content. */
export function appendContentHash(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter(bytes.length + HASH_SECTION_SIZE);
  out.append(bytes);
  out.byte(0);
  out.unsigned(1 + NAME.length + 32);
  out.name(NAME);
  out.append(contentHash(bytes));
  return out.bytes().slice();
}
