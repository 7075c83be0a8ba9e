// The settings of the index and of what makes vectors, beside a service that speaks the embeddings route.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startTestServer } from "../../../packages/kiln-store/test/postgres-server.ts";
import { createCruSubject, type CruSubject } from "./cru-subject.ts";

let subject: CruSubject;
let server: Server;
let keys: (string | undefined)[];

/** A model of two meanings: what has to do with cats, and everything else. */
function vectorOf(text: string): readonly number[] {
  return /cat|feline|purr/i.test(text) ? [1, 0.1] : [0.1, 1];
}

beforeAll(async () => {
  subject = createCruSubject();
  subject.write("kiln/cats.md", "# Cats\nThey purr.\n");
  subject.write("kiln/dogs.md", "# Dogs\nThey bark.\n");
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      keys.push(request.headers.authorization);
      const { input, model } = JSON.parse(body) as { input: readonly string[]; model: string };
      const data = input.map((text, index) => ({ index, embedding: vectorOf(text) }));
      response.end(JSON.stringify({ model, data }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  keys = [];
  for (const name of Object.keys(subject.environment))
    if (/^CRUCIBLE_(EMBEDDER|INDEX|SECRET)_/.test(name)) subject.environment[name] = undefined;
});
afterAll(async () => {
  subject.dispose();
  await new Promise((resolve) => server.close(resolve));
});

function useEndpoint(): void {
  Object.assign(subject.environment, {
    CRUCIBLE_EMBEDDER_KIND: "endpoint",
    CRUCIBLE_EMBEDDER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    CRUCIBLE_EMBEDDER_MODEL: "two-meanings",
    CRUCIBLE_EMBEDDER_DIMENSIONS: "2",
  });
}

test("an endpoint makes the vectors and finds by meaning; its key comes from a secret and only where there is one", async () => {
  useEndpoint();
  const indexed = await subject.cru(["kiln", "index"]);
  expect(indexed).toMatchObject({ code: 0, stdout: "2 notes, 2 passages, 2 vectors made\n" });
  expect(keys).toStrictEqual([undefined]);
  subject.environment["CRUCIBLE_SECRET_EMBEDDER_KEY"] = "s3cret";
  const found = await subject.cru(["--json", "kiln", "search", "feline"]);
  const { results } = JSON.parse(found.stdout) as { results: readonly { path: string; matched: string }[] };
  expect(results[0]).toMatchObject({ path: "cats.md", matched: "meaning" });
  expect(keys.at(-1)).toBe("Bearer s3cret");
});

test("without an embedder a kiln is searched by words, and vectors are not missed", async () => {
  subject.environment["CRUCIBLE_EMBEDDER_KIND"] = "none";
  const found = await subject.cru(["--json", "kiln", "search", "bark"]);
  const { results } = JSON.parse(found.stdout) as { results: readonly { path: string; matched: string }[] };
  expect(results).toMatchObject([{ path: "dogs.md", matched: "words" }]);
});

test.each([
  [{ CRUCIBLE_EMBEDDER_KIND: "endpoint" }, "embedder.url"],
  [{ CRUCIBLE_EMBEDDER_KIND: "endpoint", CRUCIBLE_EMBEDDER_URL: "http://127.0.0.1:1/v1" }, "embedder.model"],
  [{ CRUCIBLE_EMBEDDER_KIND: "onnx" }, "embedder.folder"],
  [{ CRUCIBLE_INDEX_POSTGRES_URL: "somewhere" }, "index.postgres_url"],
  [{ CRUCIBLE_INDEX_POSTGRES_SCHEMA: "no schema" }, "index.postgres_schema"],
])("%j is refused, with the setting that is missing or wrong", async (settings, named) => {
  Object.assign(subject.environment, settings);
  const status = await subject.cru(["kiln", "status"]);
  expect(status.code).toBe(3);
  expect(status.stderr).toContain(`error config/invalid Cannot use the setting "${named}"`);
});

test("a database that cannot be reached is an error that names it without its password", async () => {
  subject.environment["CRUCIBLE_INDEX_POSTGRES_URL"] = "postgresql://ada:s3cret@127.0.0.1:1/notes";
  const status = await subject.cru(["kiln", "status"]);
  expect(status.code).not.toBe(0);
  expect(status.stderr).toContain("127.0.0.1:1");
  const shown = await subject.cru(["config", "show", "--sources"]);
  expect(shown.stdout).toContain("postgresql://ada:…@127.0.0.1:1/notes");
  expect(status.stderr + shown.stdout).not.toContain("s3cret");
});

test("a connection string keeps the index in PostgreSQL, each kiln in a schema of its own", async ({ skip }) => {
  const postgres = startTestServer();
  if (typeof postgres === "string") return skip(postgres);
  try {
    subject.environment["CRUCIBLE_INDEX_POSTGRES_URL"] = postgres.url;
    subject.environment["CRUCIBLE_EMBEDDER_KIND"] = "none";
    const other = subject.write("other/.crucible/config.toml", "");
    subject.write("other/birds.md", "# Birds\nThey bark not.\n");
    expect(await subject.cru(["kiln", "index"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("2 notes") as unknown,
    });
    const inOther = { cwd: dirname(dirname(other)) };
    expect((await subject.cru(["kiln", "index"], inOther)).stdout).toContain("1 notes");
    for (const [path, options] of [
      ["dogs.md", {}],
      ["birds.md", inOther],
    ] as const) {
      const found = await subject.cru(["--json", "kiln", "search", "bark"], options);
      const { results } = JSON.parse(found.stdout) as { results: readonly { path: string }[] };
      expect(results.map((each) => each.path)).toStrictEqual([path]);
    }
  } finally {
    postgres.stop();
  }
}, 60_000);
