// The form of one entry in the store. It carries its own address and is authenticated with a key that lies elsewhere, so
// that an entry which was cut, changed, moved to another name or made by somebody else is never taken for an artifact.
//
//   offset   bytes   meaning
//   0        8       "CRUART01"
//   8        32      address of the artifact
//   40       4       length n of the content, little-endian
//   44       n       content
//   44 + n   32      HMAC-SHA-256 over everything before it
import { fromHex } from "./artifact-key.ts";
import type { ArtifactKey } from "./artifact-key.ts";

const magic = new TextEncoder().encode("CRUART01");
const keyAt = 8;
const lengthAt = 40;
const contentAt = 44;
const tagBytes = 32;

/** HMAC-SHA-256 with the store's key: 32 bytes. */
export type Authenticate = (bytes: Uint8Array) => Uint8Array;

/** Bytes that an entry takes beside its content. */
export const entryOverhead: number = contentAt + tagBytes;

/** Makes the bytes of an entry. */
export function sealEntry(key: ArtifactKey, content: Uint8Array, authenticate: Authenticate): Uint8Array {
  const entry = new Uint8Array(entryOverhead + content.length);
  entry.set(magic, 0);
  entry.set(fromHex(key), keyAt);
  new DataView(entry.buffer).setUint32(lengthAt, content.length, true);
  entry.set(content, contentAt);
  entry.set(authenticate(entry.subarray(0, contentAt + content.length)), contentAt + content.length);
  return entry;
}

/** Returns the content of an entry, or nothing when it is not exactly what `sealEntry` made for this key. */
export function openEntry(key: ArtifactKey, entry: Uint8Array, authenticate: Authenticate): Uint8Array | undefined {
  if (entry.length < entryOverhead) return undefined;
  const length = new DataView(entry.buffer, entry.byteOffset, entry.byteLength).getUint32(lengthAt, true);
  if (entry.length !== entryOverhead + length) return undefined;
  const signed = entry.subarray(0, contentAt + length);
  if (!equalBytes(entry.subarray(contentAt + length), authenticate(signed))) return undefined;
  if (!equalBytes(entry.subarray(0, keyAt), magic) || !equalBytes(entry.subarray(keyAt, lengthAt), fromHex(key)))
    return undefined;
  // A copy of its own: the entry may be part of a larger buffer.
  return new Uint8Array(signed.subarray(contentAt));
}

/** Compares without telling by its duration where the difference is. */
function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
