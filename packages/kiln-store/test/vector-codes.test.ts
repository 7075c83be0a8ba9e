import { createVectorCodes, encodeSigns } from "@crucible/kiln-store/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const dimensions = 40;
const vectors = fc.array(
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: dimensions, maxLength: dimensions })
    .map((values) => Float32Array.from(values)),
  { minLength: 1, maxLength: 40 },
);

/** What the codes promise, computed from the definition: the dot product of the query with the signs of each vector. */
function agreement(query: Float32Array, vector: Float32Array): number {
  return Math.fround(query.reduce((sum, value, index) => sum + (vector[index]! > 0 ? value : -value), 0)); // both have the same length
}

test("the nearest by codes are those whose signs agree best with the query", () => {
  fc.assert(
    fc.property(vectors, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 2, max: 4 }), (given, count, step) => {
      const codes = createVectorCodes(dimensions);
      for (const [index, vector] of given.entries()) codes.add(index * 10, encodeSigns(vector));
      expect(codes.size).toBe(given.length);
      const query = given[0] ?? new Float32Array(dimensions);
      const allowed = new Set(given.flatMap((_, index) => (index % step === 0 ? [index * 10] : [])));
      for (const among of [undefined, allowed]) {
        const found = codes.nearest(query, count, among);
        const candidates = given
          .map((_, index) => index * 10)
          .filter((chunk) => among === undefined || among.has(chunk));
        expect(found).toHaveLength(Math.min(count, candidates.length));
        expect(new Set(found).size).toBe(found.length);
        for (const chunk of found) expect(candidates).toContain(chunk);
        const score = (chunk: number): number => agreement(query, given[chunk / 10]!); // made from its index
        const worst = Math.min(...found.map(score));
        for (const chunk of candidates)
          if (!found.includes(chunk)) expect(score(chunk)).toBeLessThanOrEqual(worst + 1e-4);
      }
    }),
  );
});

test("a set of codes grows beyond its first capacity", () => {
  const codes = createVectorCodes(32);
  const query = new Float32Array(32).fill(1);
  for (let index = 0; index < 5000; index += 1)
    codes.add(index, encodeSigns(query.map((_, bit) => (bit === index % 32 ? -1 : 1))));
  codes.add(9999, encodeSigns(query));
  expect(codes.nearest(query, 1)).toEqual([9999]);
});
