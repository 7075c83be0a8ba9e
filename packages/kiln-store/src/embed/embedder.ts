// Embedders: what turns texts into vectors, with an identity that is stored beside the vectors.
import type { Outcome } from "@crucible/sandbox/outcome";

/** Two numbers that make cosines of different embedders comparable: typical ones of unrelated and of related texts. */
export interface Calibration {
  readonly unrelated: number;
  readonly related: number;
}

/**
 * What a vector is for. Queries go before passages that wait; what is made in the background keeps no process alive that has
 * nothing else to do.
 */
export type EmbedPurpose = "query" | "passage" | "background";

/** Makes vectors of texts. One model and one runtime; anything that changes the vectors changes the identity. */
export interface Embedder {
  /** For example `minilm-l6-v2/fp16/candle-wasm`. Vectors of different identities are never compared. */
  readonly identity: string;
  readonly dimensions: number;
  readonly calibration: Calibration;
  /** How many texts to give at once. */
  readonly batchSize: number;
  /**
   * Makes one vector of length 1 for each text. Texts above the model's length are cut. `host/unavailable` or
   * `host/network` when the model cannot be reached.
   */
  embed(texts: readonly string[], purpose: EmbedPurpose): Promise<Outcome<readonly Float32Array[]>>;
  /** Ends at once; what is being made is an outcome without vectors. */
  dispose(): Promise<void>;
}

/** Maps a cosine to 0…1: 0.1 for what is typical of unrelated texts, 0.9 for related ones. */
export function calibrate(cosine: number, calibration: Calibration): number {
  const { middle, steepness } = curveOf(calibration);
  return 1 / (1 + Math.exp(-steepness * (cosine - middle)));
}

/** The cosine that `calibrate` maps to a score above 0 and below 1. */
export function cosineOf(score: number, calibration: Calibration): number {
  const { middle, steepness } = curveOf(calibration);
  return middle + Math.log(score / (1 - score)) / steepness;
}

function curveOf({ unrelated, related }: Calibration): { readonly middle: number; readonly steepness: number } {
  return {
    middle: (unrelated + related) / 2,
    steepness: (2 * Math.log(9)) / Math.max(related - unrelated, 1e-6),
  };
}

/** Brings a vector to length 1; a vector of zeros stays as it is. */
export function normalizeVector(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  if (sum === 0 || Math.abs(sum - 1) < 1e-6) return vector;
  const scale = 1 / Math.sqrt(sum);
  return vector.map((value) => value * scale);
}
