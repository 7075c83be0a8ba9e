import type { Diagnostic } from "@crucible/sandbox";
import { unwrap } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import { afterAll, describe, expect, test } from "vitest";

const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 1 });
const backend = createLuaBackend(pool);
afterAll(async () => {
  await backend.dispose();
  await pool.dispose();
});

async function findingsOf(text: string): Promise<readonly Diagnostic[]> {
  return unwrap(await backend.compile({ file: "p.lua", text, firstLine: 1, modules: [] })).warnings;
}

describe("forbidden globals", () => {
  test.each([
    "os.time()",
    'io.open("x")',
    "debug.traceback()",
    "package.path",
    'dofile("x")',
    "_G.os.exit()",
    "os['exit']()",
  ])("are found with their place: %s", async (use) => {
    const [found] = await findingsOf(`function main()\n  return ${use}\nend`);
    expect(found).toMatchObject({ code: "compile/forbidden-global", place: { file: "p.lua", line: 2 } });
    expect(found?.place.snippet).toContain(use);
  });

  test.each([
    "local os = {} function main() return os.x end",
    "function main(io) return io.open end",
    "local function f(a, debug) return debug.x end",
    "function main() return ({ os = 1 }).os end",
    "function main() for os in pairs({}) do return os.x end end",
    "function main() if os then return 1 end end",
    "-- os.exit()\nfunction main() return 'io.open' end",
    "function main(p) return p.os.x end",
  ])("are not seen where there is none: %s", async (text) => {
    expect(await findingsOf(text)).toStrictEqual([]);
  });
});
