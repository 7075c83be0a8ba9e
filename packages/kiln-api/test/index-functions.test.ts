import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostCallContext, Outcome, Value } from "@crucible/sandbox";
import { checkHostModule, defaultLimits, object, succeed, toPlain, unwrap } from "@crucible/sandbox";
import { createKilnApi } from "@crucible/kiln-api";
import { openKiln, type Kiln } from "@crucible/kiln-store";
import { createHashedEmbedder } from "@crucible/kiln-store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let root: string;
let kiln: Kiln;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "kiln-index-"));
  kiln = openKiln({ root, embedder: createHashedEmbedder() });
  await kiln.store.writeNote("a.md", "# Alpha\n\nBicycles and [[b]].\n", { kind: "idea", tags: ["wheel"] });
  await kiln.store.writeNote("b.md", "# Beta\n\nTrains and [[f/c]], and [[nowhere]].\n", { kind: "idea" });
  await kiln.store.writeNote("f/c.md", "# Gamma\n\nShips sail.\n", { kind: "log" });
  unwrap(await kiln.index.refresh());
  unwrap(await kiln.index.embedPending());
});
afterAll(async () => {
  await kiln.dispose();
  rmSync(root, { recursive: true, force: true });
});

// These functions look at nothing of the call but its limits.
const call = { limits: defaultLimits } as HostCallContext;
const api = (): ReturnType<typeof createKilnApi> =>
  createKilnApi({ store: kiln.store, openIndex: () => Promise.resolve(succeed(kiln.index)) });
async function run(name: string, args: Record<string, Value>): Promise<unknown> {
  const outcome = (await api().functions[name]?.run(object(Object.entries(args)), call)) as Outcome<Value>;
  return toPlain(unwrap(outcome));
}
const paths = (found: unknown): readonly unknown[] =>
  (found as readonly { readonly path: string }[]).map(({ path }) => path);

test("the module's declaration and functions agree", () => {
  expect(checkHostModule(api())).toStrictEqual([]);
});

describe("search", () => {
  test("finds by words, with a score, a heading and a snippet", async () => {
    const found = (await run("search", { query: "bicycles" })) as readonly Record<string, unknown>[];
    expect(found[0]).toMatchObject({
      path: "a.md",
      heading: "Alpha",
      snippet: expect.stringContaining("Bicycles") as string,
    });
    expect(found.every(({ score }) => Number(score) >= 0 && Number(score) <= 1)).toBe(true);
  });

  test("keeps to its limit and its filters", async () => {
    expect(paths(await run("search", { query: "sail trains bicycles", options: object([["limit", 1]]) })).length).toBe(
      1,
    );
    expect(paths(await run("search", { query: "sail", options: object([["folders", ["f"]]]) }))).toStrictEqual([
      "f/c.md",
    ]);
    expect(
      paths(
        await run("search", {
          query: "bicycles trains",
          options: object([["frontmatter", object([["kind", "log"]])]]),
        }),
      ),
    ).not.toContain("a.md");
    expect(paths(await run("search", { query: "bicycles", options: object([["tags", ["wheel"]]]) }))).toStrictEqual([
      "a.md",
    ]);
  });

  test("asks for the folders that it is limited to, else for the whole kiln", () => {
    const asked = (options: Value): unknown => {
      const outcome = api().functions["search"]?.authority?.(
        object([
          ["query", "q"],
          ["options", options],
        ]),
        call,
      );
      return outcome?.ok === true ? outcome.value.map(({ subject }) => subject?.value) : outcome?.error.code;
    };
    expect(asked(object([]))).toStrictEqual([""]);
    expect(asked(object([["folders", ["f", "g/h"]]]))).toStrictEqual(["f", "g/h"]);
    expect(asked(object([["folders", ["../out"]]]))).toBe("host/path-refused");
  });
});

describe("graph", () => {
  test("walks links in both directions, to the depth that is asked for", async () => {
    expect(paths(await run("graph.traverse", { start: "a.md", strategy: "bfs" }))).toStrictEqual([
      "a.md",
      "b.md",
      "f/c.md",
    ]);
    expect(
      paths(await run("graph.traverse", { start: "a.md", strategy: "dfs", options: object([["depth", 1]]) })),
    ).toStrictEqual(["a.md", "b.md"]);
    expect(paths(await run("graph.traverse", { start: "f/c.md", strategy: "backlinks" }))).toStrictEqual([
      "f/c.md",
      "b.md",
      "a.md",
    ]);
  });

  test("tells neighbours, backlinks and outlinks", async () => {
    expect(paths(await run("graph.neighbors", { path: "b.md" }))).toStrictEqual(["a.md", "f/c.md"]);
    expect(await run("graph.backlinks", { path: "b.md" })).toMatchObject([{ from: "a.md", to: "b.md" }]);
    expect(await run("graph.outlinks", { path: "b.md" })).toMatchObject([
      { to: "f/c.md" },
      { to: null, target: "nowhere" },
    ]);
  });

  test("fails clearly for a note that is not there", async () => {
    const outcome = await api().functions["graph.traverse"]?.run(
      object([
        ["start", "none.md"],
        ["strategy", "bfs"],
      ]),
      call,
    );
    expect(outcome).toMatchObject({ ok: false, error: { code: "host/note-not-found" } });
  });
});
