import { openKiln, type Kiln, type PostgresPlace } from "@crucible/kiln-store";
import { createHashedEmbedder, startIndexService, type IndexService } from "@crucible/kiln-store/testing";
import { unwrap } from "@crucible/sandbox";
import { createHash } from "node:crypto";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { openIndexed, testIndexLaws } from "./index-laws.ts";
import { startPgliteServers, type LentPlace } from "./pglite-server.ts";
import { testVectorLaws } from "./vector-laws.ts";
import { startTestServer, type TestServer } from "./postgres-server.ts";
import { startProcess } from "./start-process.ts";
import { temporaryKiln } from "./temporary-kiln.ts";

const storeProgram = new URL("store-process.ts", import.meta.url);
const schemaOf = (root: string) => `k_${createHash("sha256").update(root).digest("hex").slice(0, 16)}`;

/** The laws, and that a kiln is searched alike in SQLite, in PostgreSQL, and there through the approximate index. */
function testPostgres(name: string, lend: () => Promise<LentPlace>, runs: number): void {
  const open = async (root: string): Promise<IndexService> => {
    const { place, release } = await lend();
    const service = startIndexService({
      root,
      maxNoteBytes: 1_000_000,
      indexPath: undefined,
      postgres: { ...place, schema: schemaOf(root) },
    });
    return { ...service, dispose: () => service.dispose().finally(release) };
  };
  testIndexLaws(name, open, runs);
  testVectorLaws(name, open, runs);

  describe(`${name} beside SQLite`, () => {
    test("both find the same notes in the same order for the same kiln", async () => {
      const words = ["clay", "glaze", "fire", "wheel", "pot", "ash", "slip", "cone", "bisque", "kiln"];
      const notes = Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [
          `f${index % 3}/n${index}.md`,
          `---\nrank: ${index % 5}\n---\n# ${words[index % 10]}\n${words[(index * 3) % 10]} ${words[(index * 7) % 10]} unique${index}\n## Part\n${words[(index * index) % 10]} [[n${(index * 11) % 60}]]`,
        ]),
      );
      const root = temporaryKiln(notes);
      const openIn = async (options: Partial<PostgresPlace> & Pick<PostgresPlace, "schema">): Promise<Kiln> => {
        const { place, release } = await lend();
        const kiln = openKiln({ root, embedder: createHashedEmbedder(), postgres: { ...place, ...options } });
        onTestFinished(() => kiln.dispose().finally(release));
        return kiln;
      };
      const lite = openKiln({ root, embedder: createHashedEmbedder() });
      onTestFinished(() => lite.dispose());
      const near = await openIn({ schema: schemaOf(`${root} near`), approximateAbove: 10 });
      const served = await openIn({ schema: schemaOf(root) });
      for (const { index } of [lite, served, near]) {
        unwrap(await index.refresh());
        unwrap(await index.embedPending());
      }
      for (const query of ["clay glaze", "unique17", "fire wheel pot", "bisque cone kiln ash", "nothing of this"]) {
        for (const mode of ["semantic", "hybrid"] as const) {
          const filter = { frontmatter: { rank: { gte: 1 } } };
          const [a, b, c] = await Promise.all(
            [lite, served, near].map(async ({ index }) =>
              unwrap(await index.search(query, { mode, filter, limit: 15 })).results.map((hit) => [
                hit.path,
                Number(hit.score.toFixed(3)),
              ]),
            ),
          );
          expect(b, `${mode} ${query}`).toEqual(a);
          // In sixty vectors the approximate index misses nothing.
          expect(c, `${mode} ${query}`).toEqual(a);
        }
      }
      expect(unwrap(await served.index.traverse("f0/n0", "bfs")).map((each) => each.path)).toEqual(
        unwrap(await lite.index.traverse("f0/n0", "bfs")).map((each) => each.path),
      );
      expect(unwrap(await served.index.edges())).toEqual(unwrap(await lite.index.edges()));
    });
  });
}

/** What one session cannot show. */
function testProcesses(server: TestServer): void {
  test("processes that write and index one kiln on a server at once, one of them killed, leave one right index", async () => {
    const root = temporaryKiln({ "shared.md": "start\n" });
    const place: PostgresPlace = { url: server.url, schema: schemaOf(root) };
    const victim = startProcess(storeProgram, root, "v", "1000", JSON.stringify(place));
    await victim.until((lines) => lines.includes("2"));
    const others = ["p", "q"].map((name) => startProcess(storeProgram, root, name, "8", JSON.stringify(place)));
    await others[0]?.until((lines) => lines.includes("3"));
    victim.child.kill("SIGKILL");
    expect(await Promise.all(others.map((each) => each.ended))).toEqual([0, 0]);
    const openAt = (postgres: PostgresPlace) => () =>
      startIndexService({ root, maxNoteBytes: 1_000_000, indexPath: undefined, postgres });
    const dumps = [];
    for (const postgres of [place, { ...place, schema: schemaOf(`${root} rebuilt`) }]) {
      const { index, service } = await openIndexed(root, openAt(postgres));
      unwrap(await index.refresh());
      unwrap(await index.embedPending());
      dumps.push(await service.dump());
    }
    expect(dumps[0]).toEqual(dumps[1]);
  }, 60_000);
}

const embedded = startPgliteServers();
afterAll(() => embedded.stop());
testPostgres("PostgreSQL in WebAssembly", embedded.lend, 3);

const server = startTestServer();
if (typeof server === "string") {
  process.stderr.write(`The laws of the index are checked in PGlite only, not on a PostgreSQL server: ${server}\n`);
} else {
  afterAll(() => server.stop());
  testPostgres(
    "a PostgreSQL server",
    () => Promise.resolve({ place: { url: server.url }, release: () => undefined }),
    6,
  );
  testProcesses(server);
}

test("PostgreSQL is chosen by its connection string, and a server that is not there is an outcome", async () => {
  const kiln = openKiln({
    root: temporaryKiln(),
    postgres: { url: "postgresql://nobody@127.0.0.1:1/none", schema: "kiln" },
  });
  onTestFinished(() => kiln.dispose());
  expect(await kiln.index.refresh()).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
});
