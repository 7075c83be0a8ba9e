import { readFileSync } from "node:fs";
import type { TestHost } from "@crucible/conformance";
import { openHost } from "@crucible/conformance";
import type { Outcome, Value } from "@crucible/sandbox";
import { object, toPlain, unwrap } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Report {
  readonly phase: string;
  readonly next: readonly string[];
  readonly approvals: number;
  readonly rounds: number;
  readonly history: readonly string[];
}

const text = readFileSync(new URL("../article-phases.lua", import.meta.url), "utf8");
let open: () => Promise<TestHost>;
let dispose: () => Promise<void>;
beforeAll(() => {
  const pool = createThreadPool({ powers: createNodeThreadPowers() });
  const backend = createLuaBackend(pool);
  open = () =>
    openHost({ backend, dispose: async () => {} }, { plugins: [], files: { "/system/article-phases.lua": text } });
  dispose = async () => {
    await backend.dispose();
    await pool.dispose();
  };
});
afterAll(() => dispose());

const invoke = (host: TestHost, action: string, params: Readonly<Record<string, Value>>): Promise<Outcome<Value>> =>
  host.invoke("article-phases", object(Object.entries(params)), { action });
const report = (outcome: Outcome<Value>): Report => toPlain(unwrap(outcome)) as Report;

describe("an article", () => {
  test("goes through its phases, and each invocation finds it where the one before left it", async () => {
    const host = await open();
    const phases: string[] = [];
    for (const [event, by] of [
      ["plan", "ann"],
      ["write", "ann"],
      ["submit", "ann"],
      ["approve", "bob"],
      ["request_changes", "cy"],
      ["submit", "ann"],
      ["approve", "bob"],
      ["approve", "cy"],
    ] as const) {
      phases.push(report(await invoke(host, "send", { article: "kilns", event, by })).phase);
    }
    expect(phases).toStrictEqual([
      "drafting.outline",
      "drafting.text",
      "review",
      "review",
      "drafting.text",
      "review",
      "review",
      "published",
    ]);
    const end = report(await invoke(host, "main", { article: "kilns" }));
    expect(end).toMatchObject({ phase: "published", next: [], approvals: 2, rounds: 2 });
    expect(end.history).toHaveLength(9);
    expect(report(await invoke(host, "main", { article: "other" })).phase).toBe("idea");
    expect(toPlain(unwrap(await invoke(host, "articles", {})))).toStrictEqual(["kilns", "other"]);
    await host.dispose();
  });

  test("is published only with two approvals, neither by its author nor twice by one person", async () => {
    const people = ["ann", "bob", "cy"];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...people), { maxLength: 6 }), async (approving) => {
        const host = await open();
        for (const event of ["plan", "write", "submit"])
          unwrap(await invoke(host, "send", { article: "a", event, by: "ann" }));
        const counted = new Set<string>();
        for (const by of approving) {
          const counts = by !== "ann" && !counted.has(by) && counted.size < 2;
          const outcome = await invoke(host, "send", { article: "a", event: "approve", by });
          expect(outcome.ok).toBe(counts);
          if (counts) counted.add(by);
        }
        const { phase, approvals } = report(await invoke(host, "main", { article: "a" }));
        expect([phase, approvals]).toStrictEqual([counted.size === 2 ? "published" : "review", counted.size]);
        await host.dispose();
      }),
      { numRuns: 10 },
    );
  });
});

test("the picture highlights the present phase, in each format", async () => {
  const host = await open();
  await invoke(host, "send", { article: "a", event: "plan" });
  const draw = async (format: string): Promise<string> => String(unwrap(await invoke(host, "picture", { article: "a", format })));
  expect((await draw("dot")).split("\n").filter((line) => line.includes("current"))).toStrictEqual([
    expect.stringContaining('"drafting.outline"'),
  ]);
  expect(await draw("mermaid")).toContain("classDef current");
  expect(await draw("svg")).toMatch(/class="node current">\s*<title>drafting\.outline</u);
  await host.dispose();
});
