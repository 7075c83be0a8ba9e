// An embedder whose meaning of words is known: what is said in one word is found by another word of the same concept.
import { succeed } from "@crucible/sandbox";
import type { Embedder } from "@crucible/kiln-store";

/** A subject with the word that notes use for it, and the one that only queries use. */
export interface Concept {
  readonly said: string;
  readonly asked: string;
}

/** Concepts whose words have no stem in common. */
export const concepts: readonly [Concept, Concept, Concept] = [
  { said: "bicycle", asked: "velocipede" },
  { said: "ship", asked: "vessel" },
  { said: "bread", asked: "loaf" },
];

/** Creates the embedder: a text's vector points to its concepts, in proportion to how often it names them. */
export function createConceptEmbedder(): Embedder {
  const dimensions = concepts.length + 1;
  return {
    identity: "concepts/1",
    dimensions,
    calibration: { unrelated: 0.1, related: 0.9 },
    batchSize: 64,
    embed: (texts) =>
      Promise.resolve(
        succeed(
          texts.map((text) => {
            const words = text.toLowerCase().split(/[^a-z]+/);
            const counts = concepts.map(
              ({ said, asked }) => words.filter((word) => word === said || word === asked).length,
            );
            // The last direction is that of texts about nothing.
            const vector = [...counts, 0.1];
            const length = Math.hypot(...vector);
            return Float32Array.from(vector, (value) => value / length);
          }),
        ),
      ),
    dispose: () => Promise.resolve(),
  };
}
