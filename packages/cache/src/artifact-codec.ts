// The form in which an artifact of the contract lies in the store, with everything that a backend said about it.
import type { Artifact } from "@crucible/sandbox";
import { decodeValue, encodeValue, fromPlain, isObject, toPlain, unwrap } from "@crucible/sandbox";
import type { Digest } from "./artifact-key.ts";
import { toHex } from "./artifact-key.ts";

/** Encodes an artifact for `ArtifactStore.put`. */
export function encodeArtifact(artifact: Artifact): Uint8Array {
  return unwrap(encodeValue(fromPlain(artifact)));
}

/**
 * Decodes what `encodeArtifact` made.
 *
 * @returns the artifact, or nothing when the bytes are of another form, or of another backend or ABI, or when the artifact's
 * hash is not that of its bytes
 */
export function decodeArtifact(
  content: Uint8Array,
  expected: { readonly backend: string; readonly abi: string },
  sha256: Digest,
): Artifact | undefined {
  const decoded = decodeValue(content);
  if (!decoded.ok || !isObject(decoded.value)) return undefined;
  const { backend, abi, file, hash, bytes, actions, warnings, hostFunctions, tests } = decoded.value;
  if (backend !== expected.backend || abi !== expected.abi || !(bytes instanceof Uint8Array)) return undefined;
  if (typeof file !== "string" || typeof hash !== "string" || hash !== toHex(sha256(bytes))) return undefined;
  if (!isNullableList(actions) || !isNullableList(hostFunctions) || !Array.isArray(warnings)) return undefined;
  return {
    backend: expected.backend,
    abi: expected.abi,
    file,
    hash,
    bytes,
    // The entry was authenticated: these are the lists that a backend gave.
    actions: (actions === null ? null : toPlain(actions)) as Artifact["actions"],
    warnings: toPlain(warnings) as Artifact["warnings"],
    hostFunctions: (hostFunctions === null ? null : toPlain(hostFunctions)) as Artifact["hostFunctions"],
    ...(Array.isArray(tests) ? { tests: toPlain(tests) as readonly string[] } : {}),
  };
}

function isNullableList(value: unknown): value is null | readonly never[] {
  return value === null || Array.isArray(value);
}
