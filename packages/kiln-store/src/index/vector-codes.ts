// One bit for each dimension of each vector, in memory: finds the few thousand vectors that are worth comparing exactly.
//
// codes: for slot s, words s*w … s*w+w-1 hold the signs of the dimensions, 32 a word, lowest bit first.
// chunks: for slot s, the number of its chunk. Slots are only added; a chunk that is gone is dropped by whoever reads it.

/** Codes of one set of vectors. */
export interface VectorCodes {
  readonly size: number;
  readonly dimensions: number;
  add(chunk: number, code: Uint8Array): void;
  /** The `count` chunks whose codes differ least from that of a vector; ties at the end are cut by slot. */
  nearest(vector: Float32Array, count: number, allowed?: ReadonlySet<number>): number[];
}

/** Signs of a vector, 8 a byte, lowest bit first; `Math.ceil(dimensions / 32) * 4` bytes. */
export function encodeSigns(vector: Float32Array): Uint8Array {
  const code = new Uint8Array(Math.ceil(vector.length / 32) * 4);
  for (let index = 0; index < vector.length; index += 1) {
    // The index is inside of the arrays.
    if (vector[index]! > 0) code[index >> 3]! |= 1 << (index & 7);
  }
  return code;
}

/** Creates an empty set of codes. */
export function createVectorCodes(dimensions: number): VectorCodes {
  const words = Math.ceil(dimensions / 32);
  let capacity = 1024;
  let codes = new Uint32Array(capacity * words);
  let chunks = new Float64Array(capacity);
  let distances = new Uint16Array(capacity);
  let size = 0;
  const scratch = new Uint32Array(words);
  const scratchBytes = new Uint8Array(scratch.buffer);

  return {
    dimensions,
    get size() {
      return size;
    },
    add(chunk, code) {
      if (size === capacity) {
        capacity *= 2;
        codes = grow(codes, new Uint32Array(capacity * words));
        chunks = grow(chunks, new Float64Array(capacity));
        distances = new Uint16Array(capacity);
      }
      scratchBytes.set(code.subarray(0, words * 4));
      codes.set(scratch, size * words);
      chunks[size] = chunk;
      size += 1;
    },
    nearest(vector, count, allowed) {
      const wanted = new Uint32Array(encodeSigns(vector).buffer);
      const histogram = new Uint32Array(words * 32 + 2);
      const skip = words * 32 + 1;
      for (let slot = 0, offset = 0; slot < size; slot += 1, offset += words) {
        // All indexes below are inside of the arrays by construction.
        if (allowed !== undefined && !allowed.has(chunks[slot]!)) {
          distances[slot] = skip;
          continue;
        }
        let distance = 0;
        for (let word = 0; word < words; word += 1) {
          // As above.
          let bits = codes[offset + word]! ^ wanted[word]!;
          bits -= (bits >>> 1) & 0x5555_5555;
          bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
          distance += Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
        }
        distances[slot] = distance;
        // As above.
        histogram[distance]! += 1;
      }
      let limit = 0;
      let below = 0;
      // As above.
      while (limit <= words * 32 && below + histogram[limit]! <= count) below += histogram[limit++]!;
      let ties = count - below;
      const found: number[] = [];
      for (let slot = 0; slot < size && found.length < count; slot += 1) {
        // As above.
        const distance = distances[slot]!;
        if (distance < limit || (distance === limit && distance !== skip && ties-- > 0)) found.push(chunks[slot]!);
      }
      return found;
    },
  };
}

function grow<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
