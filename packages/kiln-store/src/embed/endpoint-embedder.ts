// Embedders behind an HTTP endpoint that speaks OpenAI's embeddings route: Ollama, llama.cpp, vLLM and hosted ones.
import { fail, succeed, type Outcome } from "@crucible/sandbox/outcome";
import { normalizeVector, type Calibration, type Embedder } from "./embedder.ts";

/** The part of `fetch` that is used. */
export type FetchText = (
  url: string,
  request: {
    readonly method: "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly timeoutMs: number;
    /** Aborted when the embedder is disposed. */
    readonly signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

export interface EndpointEmbedderOptions {
  /** For example `http://localhost:11434/v1`; `/embeddings` is added. */
  readonly baseUrl: string;
  readonly model: string;
  readonly dimensions: number;
  /** Sent as a bearer token where there is one; asked for each request, so that it need not be kept. */
  readonly apiKey?: () => Promise<string | undefined>;
  readonly calibration?: Calibration;
  /** Asks the endpoint for shorter vectors; only some models can. */
  readonly requestDimensions?: boolean;
  readonly batchSize?: number;
  readonly timeoutMs?: number;
  readonly fetch: FetchText;
  /** Waits, and rejects when the signal is aborted. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const attempts = 4;

/** Creates an embedder for an endpoint. Busy answers are tried again; `host/network` when it gives none in the end. */
export function createEndpointEmbedder(options: EndpointEmbedderOptions): Embedder {
  const base = options.baseUrl.replace(/\/+$/u, "");
  const ending = new AbortController();
  const { signal } = ending;
  const closed = fail("host/unavailable", `The embedder of the endpoint ${base} is closed`);
  const request = async (texts: readonly string[]): Promise<Outcome<readonly Float32Array[]>> => {
    const body = JSON.stringify({
      model: options.model,
      input: texts,
      encoding_format: "float",
      ...(options.requestDimensions === true ? { dimensions: options.dimensions } : {}),
    });
    let last = "";
    for (let attempt = 1; attempt <= attempts && !signal.aborted; attempt += 1) {
      let wait = waitOf(null, attempt);
      const key = await options.apiKey?.();
      const headers = {
        "content-type": "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      };
      try {
        const response = await options.fetch(`${base}/embeddings`, {
          method: "POST",
          headers,
          body,
          timeoutMs: options.timeoutMs ?? 60_000,
          signal,
        });
        if (response.status === 200) return readVectors(await response.text(), texts.length, options);
        last = `status ${response.status}`;
        if (response.status !== 429 && response.status < 500) break;
        wait = waitOf(response.headers.get("retry-after"), attempt);
      } catch (thrown) {
        last = thrown instanceof Error ? thrown.message : String(thrown);
      }
      if (attempt < attempts) await options.pause(wait, signal).catch(() => undefined);
    }
    if (signal.aborted) return closed;
    return fail("host/network", `The embedding endpoint ${base} gave no answer: ${last}`, { model: options.model });
  };
  return {
    identity: `${options.model}/${options.dimensions}/${base}`,
    dimensions: options.dimensions,
    calibration: options.calibration ?? { unrelated: 0.2, related: 0.6 },
    batchSize: options.batchSize ?? 64,
    embed: (texts) => (texts.length === 0 ? Promise.resolve(succeed([])) : request(texts)),
    dispose: () => {
      ending.abort();
      return Promise.resolve();
    },
  };
}

function waitOf(retryAfter: string | null, attempt: number): number {
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, 60_000) : 250 * 4 ** (attempt - 1);
}

function readVectors(text: string, count: number, options: EndpointEmbedderOptions): Outcome<readonly Float32Array[]> {
  const wrong = (what: string): Outcome<never> =>
    fail("host/network", `The embedding endpoint ${options.baseUrl} answered with ${what}`, { model: options.model });
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return wrong("what is no JSON");
  }
  const rows: unknown = typeof answer === "object" && answer !== null && "data" in answer ? answer.data : undefined;
  if (!Array.isArray(rows) || rows.length !== count)
    return wrong(`${Array.isArray(rows) ? rows.length : "no"} vectors for ${count} texts`);
  const vectors: Float32Array[] = [];
  for (const [position, row] of (rows as readonly unknown[]).entries()) {
    if (typeof row !== "object" || row === null || !("embedding" in row) || !Array.isArray(row.embedding))
      return wrong("a row without a vector");
    const index = "index" in row && typeof row.index === "number" ? row.index : position;
    const vector = Float32Array.from(row.embedding as readonly number[]);
    if (vector.length !== options.dimensions)
      return wrong(`${vector.length} dimensions instead of ${options.dimensions}`);
    if (!vector.every(Number.isFinite) || index < 0 || index >= count)
      return wrong("a vector that is not made of numbers");
    vectors[index] = normalizeVector(vector);
  }
  return vectors.filter(() => true).length === count ? succeed(vectors) : wrong("the same index twice");
}
