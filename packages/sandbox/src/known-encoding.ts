// Encodings of values that are known from elsewhere, so that they are not made again.

const encodings = new WeakMap<object, Uint8Array>();

/** Remembers the encoding of a value for as long as the value lives. Neither may change afterwards. */
export function keepEncoding(value: object, bytes: Uint8Array): void {
  encodings.set(value, bytes);
}

export function knownEncoding(value: unknown): Uint8Array | undefined {
  return typeof value === "object" && value !== null ? encodings.get(value) : undefined;
}
