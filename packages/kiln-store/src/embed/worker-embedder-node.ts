// Embedders whose model runs on this machine, in a worker of its own.
import { Worker } from "node:worker_threads";
import { fail, succeed, type Outcome } from "@crucible/sandbox/outcome";
import { normalizeVector, type Calibration, type Embedder } from "./embedder.ts";
import type { EmbedCall, EmbedReply, EngineChoice } from "./embed-engine.ts";

export interface LocalEmbedderOptions {
  /** Name of the model for the identity; the folder's name where it is left out. */
  readonly model?: string;
  /** Dimensions of the model's vectors. */
  readonly dimensions: number;
  readonly calibration?: Calibration;
}

/** Measured for all-MiniLM-L6-v2: medians of relevant and of unrelated pairs. */
const miniLm: Calibration = { unrelated: 0.01, related: 0.45 };
const someModel: Calibration = { unrelated: 0.1, related: 0.6 };

/** The default: all-MiniLM-L6-v2 with its weights in the package; offline, English, 384 dimensions, 256 tokens. */
export function createMiniLmEmbedder(): Embedder {
  return createWorkerEmbedder({ kind: "minilm" }, "minilm-l6-v2/fp16/candle-wasm", 384, miniLm);
}

/** A transformers.js model folder. `host/unavailable` at the first text when `@huggingface/transformers` is missing. */
export function createTransformersEmbedder(
  folder: string,
  options: LocalEmbedderOptions & { readonly dtype?: string },
): Embedder {
  const choice: EngineChoice =
    options.dtype === undefined
      ? { kind: "transformers", folder }
      : { kind: "transformers", folder, dtype: options.dtype };
  return createWorkerEmbedder(
    choice,
    `${nameOf(folder, options)}/${options.dtype ?? "default"}/transformers`,
    options.dimensions,
    options.calibration ?? someModel,
  );
}

/** An ONNX model folder on onnxruntime-node, which the user installs together with `@huggingface/tokenizers`. */
export function createOnnxEmbedder(folder: string, options: LocalEmbedderOptions): Embedder {
  return createWorkerEmbedder(
    { kind: "onnx", folder },
    `${nameOf(folder, options)}/onnxruntime-node`,
    options.dimensions,
    options.calibration ?? someModel,
  );
}

function nameOf(folder: string, options: LocalEmbedderOptions): string {
  return (
    options.model ??
    folder
      .replace(/[/\\]+$/u, "")
      .split(/[/\\]/u)
      .at(-1) ??
    folder
  );
}

interface Waiting {
  readonly resolve: (vector: Outcome<Float32Array>) => void;
  /** Somebody waits for it: the process stays. */
  readonly holds: boolean;
}

function createWorkerEmbedder(
  choice: EngineChoice,
  identity: string,
  dimensions: number,
  calibration: Calibration,
): Embedder {
  let worker: Worker | undefined;
  let broken: Outcome<never> | undefined;
  let disposed = false;
  let serial = 0;
  let holding = 0;
  const waiting = new Map<number, Waiting>();

  const end = (failure: Outcome<never>, target: Worker): void => {
    broken ??= failure;
    for (const id of waiting.keys()) settle(id, failure);
    target.unref();
  };
  const start = (): Worker => {
    const made = new Worker(new URL("./embed-worker-node.js", import.meta.url), {
      workerData: choice,
      // Loaders and flags of the program are for the program; the worker is plain JavaScript.
      execArgv: [],
      name: "kiln-embed",
    });
    made.on("message", (reply: EmbedReply) => {
      switch (reply.kind) {
        case "ready":
          if (reply.dimensions !== dimensions) {
            end(
              fail(
                "host/unavailable",
                `The embedder ${identity} gives ${reply.dimensions} dimensions, not ${dimensions}`,
              ),
              made,
            );
          }
          break;
        case "broken":
          end(fail("host/unavailable", `Cannot load the embedder ${identity}: ${reply.message}`), made);
          break;
        case "vector":
          settle(reply.id, succeed(normalizeVector(reply.vector)));
          break;
        case "failed":
          settle(reply.id, fail("host/unavailable", `The embedder ${identity} failed: ${reply.message}`));
          break;
      }
    });
    made.on("error", (error) =>
      end(
        fail(
          "thread/crashed",
          `The worker of the embedder ${identity} ended: ${error instanceof Error ? error.message : String(error)}`,
        ),
        made,
      ),
    );
    made.on("exit", () => end(fail("host/unavailable", `The embedder ${identity} is closed`), made));
    made.unref();
    return made;
  };
  const settle = (id: number, result: Outcome<Float32Array>): void => {
    const settled = waiting.get(id);
    waiting.delete(id);
    if (settled?.holds === true) {
      holding -= 1;
      if (holding === 0) worker?.unref();
    }
    settled?.resolve(result);
  };

  return {
    identity,
    dimensions,
    calibration,
    batchSize: 16,
    async embed(texts, purpose) {
      if (disposed) return fail("host/unavailable", `The embedder ${identity} is closed`);
      if (broken !== undefined) return broken;
      worker ??= start();
      const target = worker;
      const holds = purpose !== "background";
      if (holds && texts.length > 0) target.ref();
      const results = await Promise.all(
        texts.map(
          (text) =>
            new Promise<Outcome<Float32Array>>((resolve) => {
              serial += 1;
              waiting.set(serial, { resolve, holds });
              if (holds) holding += 1;
              const call: EmbedCall = { id: serial, text, urgent: purpose === "query" };
              target.postMessage(call);
            }),
        ),
      );
      const vectors: Float32Array[] = [];
      for (const result of results) {
        if (!result.ok) return result;
        vectors.push(result.value);
      }
      return succeed(vectors);
    },
    async dispose() {
      disposed = true;
      await worker?.terminate();
    },
  };
}
