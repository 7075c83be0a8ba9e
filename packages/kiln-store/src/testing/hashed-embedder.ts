// An embedder for tests: deterministic, immediate, without a model. Texts that share words are near each other.
import { succeed } from "@crucible/sandbox/outcome";
import { normalizeVector, type Embedder } from "../embed/embedder.ts";
import { createTermMaker } from "../search/terms.ts";

/** Creates an embedder whose vectors are sums of pseudo-random directions, one for each term. `name` changes all vectors. */
export function createHashedEmbedder(name = "hashed", dimensions = 64): Embedder {
  const terms = createTermMaker();
  return {
    identity: `${name}/${dimensions}`,
    dimensions,
    calibration: { unrelated: 0.1, related: 0.6 },
    batchSize: 32,
    embed(texts) {
      const vectors = texts.map((text) => {
        const vector = new Float32Array(dimensions);
        for (const term of ["", ...terms.terms(text)]) {
          let state = hash(`${name} ${term}`);
          for (let index = 0; index < dimensions; index += 1) {
            state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
            // The index is inside of the array.
            vector[index]! += (state / 0x8000_0000 - 1) * (term === "" ? 0.01 : 1);
          }
        }
        return normalizeVector(vector);
      });
      return Promise.resolve(succeed(vectors));
    },
    dispose: () => Promise.resolve(),
  };
}

function hash(text: string): number {
  let value = 0x811c_9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x0100_0193) >>> 0;
  return value;
}
