// A small seeded generator for long runs of operations, where an array of choices would be too large to keep.

export interface Random {
  /** An integer from 0 to `bound` − 1. */
  below(bound: number): number;
  bytes(length: number): Uint8Array;
}

export function createRandom(seed: number): Random {
  let state = (seed | 0) ^ 0x9e3779b9 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    below: (bound) => next() % bound,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
  };
}
