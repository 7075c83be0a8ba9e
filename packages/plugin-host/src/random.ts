// The generator behind `crucible.random`: xoshiro256** (Blackman and Vigna), seeded by splitmix64 from the invocation's seed.
// A stream of its own: what the guest draws inside its memory does not change what the host draws, and the reverse.

const mask = 0xffff_ffff_ffff_ffffn;

/** Draws 0 ≤ x < 1 with 53 random bits; equal seeds give equal sequences. */
export function createRandom(seed: bigint): () => number {
  let mixer = (seed ^ 0x6372_7563_6962_6c65n) & mask;
  const next64 = (): bigint => {
    mixer = (mixer + 0x9e37_79b9_7f4a_7c15n) & mask;
    let z = mixer;
    z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & mask;
    return z ^ (z >> 31n);
  };
  const state: [bigint, bigint, bigint, bigint] = [next64(), next64(), next64(), next64()];
  return () => {
    const result = (rotate((state[1] * 5n) & mask, 7n) * 9n) & mask;
    const shifted = (state[1] << 17n) & mask;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45n);
    return Number(result >> 11n) / 0x20_0000_0000_0000;
  };
}

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & mask;
}
