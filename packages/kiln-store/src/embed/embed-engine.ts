// What an embedding worker loads: one of the supported runtimes with one model.

/** Which runtime and model a worker loads. */
export type EngineChoice =
  | { readonly kind: "minilm" }
  /** A model folder as transformers.js reads it, with the package that the user installed. */
  | { readonly kind: "transformers"; readonly folder: string; readonly dtype?: string }
  /** `model.onnx` (or `onnx/model_quantized.onnx`) and `tokenizer.json` in a folder, with onnxruntime-node. */
  | { readonly kind: "onnx"; readonly folder: string };

/** A loaded model. */
export interface EmbedEngine {
  readonly dimensions: number;
  /** One text at a time: runtimes on one core gain nothing from batches and pad short texts to the longest. */
  embed(text: string): Promise<Float32Array>;
}

export interface EmbedCall {
  readonly id: number;
  readonly text: string;
  readonly urgent: boolean;
}

export type EmbedReply =
  | { readonly kind: "ready"; readonly dimensions: number }
  | { readonly kind: "broken"; readonly message: string }
  | { readonly kind: "vector"; readonly id: number; readonly vector: Float32Array }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };
