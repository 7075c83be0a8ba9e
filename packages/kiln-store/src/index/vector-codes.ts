// One bit for each dimension of each vector, in memory: finds the few thousand vectors that are worth comparing exactly.
//
// codes: for slot s, words s*w … s*w+w-1 hold the signs of the dimensions, 32 a word, lowest bit first.
// chunks: for slot s, the number of its chunk. Slots are only added; a chunk that is gone is dropped by whoever reads it.

/** Codes of one set of vectors. */
export interface VectorCodes {
  readonly size: number;
  readonly dimensions: number;
  add(chunk: number, code: Uint8Array): void;
  /**
   * The `count` chunks that are likely the nearest: those whose signs agree best with the vector, weighted by its values.
   * Ties at the end are cut by slot.
   */
  nearest(vector: Float32Array, count: number, allowed?: ReadonlySet<number>): number[];
}

/** So many slots are looked at again, with weights, for each one that is wanted. */
const coarseFactor = 10;

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
      const slots = coarseSlots(vector, count * coarseFactor, allowed);
      const found: number[] = [];
      const scores = slots.length > count ? scoreSlots(vector, slots) : undefined;
      // The smallest score that still belongs to the best `count`; slots with the same score are cut in their order.
      const least = scores?.toSorted()[scores.length - count] ?? 0;
      let ties = count;
      if (scores !== undefined) for (const score of scores) if (score > least) ties -= 1;
      for (let index = 0; index < slots.length; index += 1) {
        const score = scores?.[index] ?? 1;
        if (score > least || (score === least && ties-- > 0)) found.push(chunks[slots[index] ?? 0] ?? 0);
      }
      return found;
    },
  };

  /** Slots whose codes differ in the fewest bits from that of the vector: one pass of whole words over everything. */
  function coarseSlots(vector: Float32Array, count: number, allowed: ReadonlySet<number> | undefined): Uint32Array {
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
    const found = new Uint32Array(Math.min(count, size));
    let length = 0;
    for (let slot = 0; slot < size && length < found.length; slot += 1) {
      // As above.
      const distance = distances[slot]!;
      if (distance < limit || (distance === limit && distance !== skip && ties-- > 0)) found[length++] = slot;
    }
    return found.subarray(0, length);
  }

  /** Dot products of the vector itself with the signs of each slot, by a table with the 256 sums of each 8 dimensions. */
  function scoreSlots(vector: Float32Array, slots: Uint32Array): Float32Array {
    const bytes = words * 4;
    const table = new Float32Array(bytes * 256);
    for (let byte = 0; byte < bytes; byte += 1) {
      for (let value = 0; value < 256; value += 1) {
        let sum = 0;
        for (let bit = 0; bit < 8; bit += 1) sum += (vector[byte * 8 + bit] ?? 0) * ((value >> bit) & 1 ? 1 : -1);
        table[byte * 256 + value] = sum;
      }
    }
    const signs = new Uint8Array(codes.buffer);
    const scores = new Float32Array(slots.length);
    for (let index = 0; index < slots.length; index += 1) {
      let sum = 0;
      let at = (slots[index] ?? 0) * bytes;
      for (let byte = 0; byte < bytes; byte += 1, at += 1) {
        // Both indexes are inside of their arrays by construction.
        sum += table[byte * 256 + signs[at]!]!;
      }
      scores[index] = sum;
    }
    return scores;
  }
}

function grow<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
