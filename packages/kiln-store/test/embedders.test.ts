import {
  calibrate,
  createEndpointEmbedder,
  createMiniLmEmbedder,
  createOnnxEmbedder,
  createTransformersEmbedder,
  type EndpointEmbedderOptions,
} from "@crucible/kiln-store";
import { createHashedEmbedder } from "@crucible/kiln-store/testing";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { temporaryKiln } from "./temporary-kiln.ts";

type Reply = { readonly status: number; readonly body?: unknown; readonly retryAfter?: string } | Error;

function endpoint(replies: readonly Reply[], options: Partial<EndpointEmbedderOptions> = {}) {
  const requests: { url: string; headers: Readonly<Record<string, string>>; body: unknown }[] = [];
  const pauses: number[] = [];
  const embedder = createEndpointEmbedder({
    baseUrl: "http://localhost:1/v1/",
    model: "m",
    dimensions: 2,
    fetch: (url, request) => {
      const reply = replies[Math.min(requests.length, replies.length - 1)];
      requests.push({ url, headers: request.headers, body: JSON.parse(request.body) });
      if (reply === undefined || reply instanceof Error) return Promise.reject(reply ?? new Error("no reply"));
      return Promise.resolve({
        status: reply.status,
        headers: { get: (name) => (name === "retry-after" ? (reply.retryAfter ?? null) : null) },
        text: () => Promise.resolve(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body)),
      });
    },
    pause: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
    ...options,
  });
  return { embedder, requests, pauses };
}

const good = {
  status: 200,
  body: {
    data: [
      { index: 1, embedding: [0, 2] },
      { index: 0, embedding: [3, 4] },
    ],
  },
};

test("an endpoint is asked in OpenAI's form, and its vectors come in the order of the texts with length 1", async () => {
  const { embedder, requests } = endpoint([good], { apiKey: () => Promise.resolve("key"), requestDimensions: true });
  const vectors = unwrap(await embedder.embed(["a", "b"], "passage"));
  expect(vectors.map((vector) => [...vector].map((value) => Number(value.toFixed(3))))).toEqual([
    [0.6, 0.8],
    [0, 1],
  ]);
  expect(requests).toEqual([
    {
      url: "http://localhost:1/v1/embeddings",
      headers: { "content-type": "application/json", authorization: "Bearer key" },
      body: { model: "m", input: ["a", "b"], encoding_format: "float", dimensions: 2 },
    },
  ]);
});

test("disposing of an endpoint's embedder ends its request and its waiting", async () => {
  const aborted = (signal: AbortSignal | undefined) =>
    new Promise<never>((_, reject) => {
      const end = () => reject(new Error("aborted"));
      if (signal?.aborted === true) end();
      else signal?.addEventListener("abort", end);
    });
  const asking = endpoint([good], { fetch: (_, { signal }) => aborted(signal) });
  const first = asking.embedder.embed(["a", "b"], "background");
  await asking.embedder.dispose();
  expect(await first).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
  const waiting = endpoint([{ status: 503 }], { pause: (_, signal) => aborted(signal) });
  const second = waiting.embedder.embed(["a", "b"], "background");
  // The first answer is there after a few turns; the pause would never end.
  while (waiting.requests.length === 0) await Promise.resolve();
  await waiting.embedder.dispose();
  expect(await second).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
  expect(waiting.requests).toHaveLength(1);
  expect(await waiting.embedder.embed(["a"], "query")).toMatchObject({ ok: false });
  expect(waiting.requests).toHaveLength(1);
});

test("an endpoint that is busy is asked again, after the time that it names", async () => {
  const { embedder, requests, pauses } = endpoint([
    { status: 429, body: {}, retryAfter: "2" },
    { status: 503, body: {} },
    new Error("reset"),
    good,
  ]);
  expect((await embedder.embed(["a", "b"], "query")).ok).toBe(true);
  expect(requests).toHaveLength(4);
  expect(pauses).toEqual([2000, 1000, 4000]);
});

test.each<readonly [string, Reply]>([
  ["a refusal", { status: 401, body: {} }],
  ["no JSON", { status: 200, body: "<html>" }],
  ["too few vectors", { status: 200, body: { data: [{ embedding: [1, 0] }] } }],
  ["other dimensions", { status: 200, body: { data: [{ embedding: [1, 0, 0] }, { embedding: [1, 0, 0] }] } }],
  ["no numbers", { status: 200, body: { data: [{ embedding: ["x", null] }, { embedding: [1, 0] }] } }],
  [
    "one index twice",
    {
      status: 200,
      body: {
        data: [
          { index: 0, embedding: [1, 0] },
          { index: 0, embedding: [1, 0] },
        ],
      },
    },
  ],
  ["silence", new Error("connect ECONNREFUSED")],
])("an endpoint that answers with %s gives host/network", async (_name, reply) => {
  expect(await endpoint([reply]).embedder.embed(["a", "b"], "query")).toMatchObject({
    ok: false,
    error: { code: "host/network" },
  });
});

test("the packaged model puts related texts near each other, repeats exactly and reads long texts", async () => {
  const embedder = createMiniLmEmbedder();
  onTestFinished(() => embedder.dispose());
  const texts = [
    "How do I fix a flat bicycle tyre?",
    "Repairing a puncture on my bike",
    "The stock market fell yesterday",
    "word ".repeat(2000),
    "",
  ];
  const vectors = unwrap(await embedder.embed(texts, "passage"));
  const cosine = (a: number, b: number): number =>
    Array.from(vectors[a] ?? []).reduce((sum, value, index) => sum + value * (vectors[b]?.[index] ?? 0), 0);
  expect(vectors.map((vector) => vector.length)).toEqual(texts.map(() => embedder.dimensions));
  expect(calibrate(cosine(0, 1), embedder.calibration)).toBeGreaterThan(0.8);
  expect(calibrate(cosine(0, 2), embedder.calibration)).toBeLessThan(0.3);
  expect(cosine(3, 3)).toBeCloseTo(1, 4);
  expect(unwrap(await embedder.embed(texts.slice(0, 2), "query"))).toEqual(vectors.slice(0, 2));
  await embedder.dispose();
  expect(await embedder.embed(["x"], "query")).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
});

test("an embedder whose model or package is missing says so in the outcome", async () => {
  const folder = temporaryKiln();
  for (const embedder of [
    createTransformersEmbedder(folder, { dimensions: 4 }),
    createOnnxEmbedder(folder, { dimensions: 4 }),
  ]) {
    onTestFinished(() => embedder.dispose());
    const answers = await Promise.all([embedder.embed(["a"], "query"), embedder.embed(["b", "c"], "passage")]);
    for (const answer of answers)
      expect(answer).toMatchObject({
        ok: false,
        error: { code: "host/unavailable", message: expect.stringContaining("has no") as string },
      });
    expect((await embedder.embed(["later"], "query")).ok).toBe(false);
  }
  const complete = temporaryKiln({ "model.onnx": "x", "tokenizer.json": "{}", "config.json": "{}" });
  for (const embedder of [
    createTransformersEmbedder(complete, { dimensions: 4 }),
    createOnnxEmbedder(complete, { dimensions: 4 }),
  ]) {
    onTestFinished(() => embedder.dispose());
    expect(await embedder.embed(["a"], "query")).toMatchObject({
      ok: false,
      error: { code: "host/unavailable", message: expect.stringContaining("not installed") as string },
    });
  }
});

test("calibrated scores lie between 0 and 1 and rise with the cosine", () => {
  fc.assert(
    fc.property(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }), (a, b) => {
      const calibration = { unrelated: 0.01, related: 0.45 };
      const [low, high] = a < b ? [a, b] : [b, a];
      expect(calibrate(low, calibration)).toBeLessThanOrEqual(calibrate(high, calibration));
      expect(calibrate(low, calibration)).toBeGreaterThanOrEqual(0);
      expect(calibrate(high, calibration)).toBeLessThanOrEqual(1);
    }),
  );
  expect(calibrate(0.01, { unrelated: 0.01, related: 0.45 })).toBeCloseTo(0.1);
  expect(calibrate(0.45, { unrelated: 0.01, related: 0.45 })).toBeCloseTo(0.9);
});

test("the hashed embedder is deterministic and tells names apart", async () => {
  const first = unwrap(await createHashedEmbedder("x").embed(["some text"], "query"));
  expect(unwrap(await createHashedEmbedder("x").embed(["some text"], "passage"))).toEqual(first);
  expect(unwrap(await createHashedEmbedder("y").embed(["some text"], "query"))).not.toEqual(first);
});
