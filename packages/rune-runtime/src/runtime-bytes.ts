// The runtime module's bytes, decoded once from the generated base64 text.
import { runtimeDataEnd, runtimeWasm } from "./generated/runtime-wasm.ts";

/** First address behind the runtime's own data: programs put theirs from here on (16-aligned). */
export const RUNTIME_DATA_END: number = runtimeDataEnd;

let decoded: Uint8Array | undefined;

/** The runtime as a WebAssembly module. The array is shared: callers must not change it. */
export function runtimeBytes(): Uint8Array {
  decoded ??= fromBase64(runtimeWasm);
  return decoded;
}

function fromBase64(text: string): Uint8Array {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const values = new Uint8Array(128);
  for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let word = 0;
    for (let k = 0; k < 4; k++) word = (word << 6) | (values[text.charCodeAt(i + k)] ?? 0);
    for (let shift = 16; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = (word >> shift) & 255;
  }
  return bytes;
}
