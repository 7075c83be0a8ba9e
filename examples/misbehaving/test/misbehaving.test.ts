import { readFileSync } from "node:fs";
import type { TestHost } from "@crucible/conformance";
import { openHost } from "@crucible/conformance";
import { object } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import { afterAll, beforeAll, expect, test } from "vitest";

const names = ["memory-hog", "endless-loop", "curious"];
let dispose: () => Promise<void>;
let subject: TestHost;

beforeAll(async () => {
  const pool = createThreadPool({ powers: createNodeThreadPowers() });
  const backend = createLuaBackend(pool);
  const files = Object.fromEntries(names.map((name) => [`/system/${name}.lua`, readFileSync(new URL(`../${name}.lua`, import.meta.url), "utf8")]));
  subject = await openHost({ backend, dispose: async () => {} }, { plugins: [], files, notes: { "a.md": "# A" } });
  dispose = async () => {
    await subject.dispose();
    await backend.dispose();
    await pool.dispose();
  };
});
afterAll(async () => {
  await dispose();
});

test.each([
  ["memory-hog", "limit/memory"],
  ["endless-loop", "limit/deadline"],
  ["curious", "capability/escalation"],
])("%s is stopped with %s", async (name, code) => {
  expect(await subject.invoke(name, object([]))).toMatchObject({ ok: false, error: { code } });
  expect(await subject.files.read("found.md", 1000)).toMatchObject({ ok: false });
});
