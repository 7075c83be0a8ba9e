// The whole host around one invocation: gates, journal on the disk, worker, guest, result; and a registry of many plugins.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { object, type Value } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import type { Bench, Row } from "../bench-definition.ts";
import { saveAndAsk, saves, singleFile, wholeFolder, type Save, type SavedPlugin } from "../save-plugin.ts";
import { openWholeHost, type WholeHost } from "../whole-host.ts";

const registrySize = 1000;
const memoryCalls = 100_000;
/** So many that their 99th percentile is more than the worst of a few. */
const savesOfRow = 100;

function plugin(name: string, language: "lua" | "rune", code: string): string {
  return `---\nname: ${name}\ndescription: A plugin to be measured\nlanguage: ${language}\n---\n${code}\n`;
}

function call(host: WholeHost, name: string): Promise<Value> {
  return host.invoke(name, "main", object([]));
}

/** Invocations in a second, with enough of them under way that no worker waits. */
async function throughput(host: WholeHost, name: string, count: number): Promise<number> {
  const started = performance.now();
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await call(host, name);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  return (count / (performance.now() - started)) * 1000;
}

export const bench: Bench = {
  name: "host",
  about: "invokes through the whole host, in each language, and starts a registry of 1,000 plugins",
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench-host-"));
    const [few, many, edited] = [join(folder, "few"), join(folder, "many"), join(folder, "edited")];
    for (const each of [few, many, edited]) mkdirSync(each);
    writeFileSync(join(few, "noop-lua.lua"), plugin("noop-lua", "lua", "function main() end"));
    writeFileSync(join(few, "noop-rune.rn"), plugin("noop-rune", "rune", "pub fn main(params) { () }"));
    for (let index = 0; index < registrySize; index++) {
      const name = `plugin-${index}`;
      writeFileSync(join(many, `${name}.lua`), plugin(name, "lua", `function main() return ${index} end`));
    }
    const ofLua = (answer: number): string => `function main() return ${answer} end\n`;
    const files: Readonly<Record<string, SavedPlugin>> = {
      "crucible-lua": singleFile(edited, "file-lua", ".lua", (answer) => plugin("file-lua", "lua", ofLua(answer))),
      "crucible-rune": singleFile(edited, "file-rune", ".rn", (answer) =>
        plugin("file-rune", "rune", `pub fn main(params) { ${answer} }`),
      ),
    };
    const manifest = plugin("folder-lua", "lua", "").split("---\n")[1] ?? "";
    const folders = { "crucible-lua": wholeFolder(edited, "folder-lua", `${manifest}entry: main.lua\n`, ofLua) };
    const pool = createThreadPool({ powers: createNodeThreadPowers() });
    const backends = [createRuneBackend(pool), createLuaBackend(pool)];
    const small = await openWholeHost(backends, { plugins: few, state: join(folder, "small") });
    const watching = await openWholeHost(
      backends,
      { plugins: edited, state: join(folder, "watching") },
      { watched: true },
    );
    const savedRow = (
      way: string,
      save: Save,
      plugins: Readonly<Record<string, SavedPlugin>>,
      { host } = watching,
    ): Row => ({
      name: `a change on disk counts: ${way}`,
      unit: "ms",
      percentiles: true,
      minSamples: savesOfRow,
      contenders: Object.fromEntries(
        Object.entries(plugins).map(([name, each]) => [name, { measure: () => saveAndAsk(host, each, save) }]),
      ),
      target: { contender: "crucible-lua", p99AtMost: 300 },
    });
    // The first start judges every plugin and keeps the verdicts.
    const large = { plugins: many, state: join(folder, "large") };
    await (await openWholeHost(backends, large)).dispose();
    const watchingMany = await openWholeHost(
      backends,
      { plugins: many, state: join(folder, "watching-many") },
      { watched: true },
    );
    const among = {
      "crucible-lua": {
        name: "plugin-0",
        path: join(many, "plugin-0.lua"),
        text: (answer: number) => plugin("plugin-0", "lua", ofLua(answer)),
      },
    };
    for (let times = 0; times < 200; times++) for (const name of ["noop-lua", "noop-rune"]) await call(small, name);
    const started = async (): Promise<number> => {
      const from = performance.now();
      const opened = await openWholeHost(backends, large);
      const took = performance.now() - from;
      if (opened.host.registry.active.length !== registrySize || opened.host.statistics().bytes !== 0)
        throw new Error("The registry is not what was written");
      await opened.dispose();
      return took;
    };
    const growth = async (): Promise<number> => {
      // Heaps of the workers first grow to the size that they keep.
      await throughput(small, "noop-lua", 40_000);
      const before = process.memoryUsage().rss;
      await throughput(small, "noop-lua", memoryCalls);
      return (process.memoryUsage().rss - before) / 1024 / 1024;
    };
    let grown: Promise<number> | undefined;
    return {
      rows: [
        {
          name: "warm no-op, Lua",
          unit: "µs",
          percentiles: true,
          contenders: { "crucible-lua": { run: () => call(small, "noop-lua") } },
          target: { contender: "crucible-lua", atMost: 200, p99AtMost: 1000 },
        },
        {
          name: "warm no-op, Rune",
          unit: "µs",
          percentiles: true,
          contenders: { "crucible-rune": { run: () => call(small, "noop-rune") } },
          target: { contender: "crucible-rune", atMost: 200, p99AtMost: 1000 },
        },
        {
          name: "invocations, all cores",
          unit: "per second",
          contenders: {
            "crucible-lua": { measure: () => throughput(small, "noop-lua", 5_000) },
            "crucible-rune": { measure: () => throughput(small, "noop-rune", 5_000) },
          },
          target: { contender: "crucible-lua", atLeast: 5000 },
        },
        {
          name: `start with ${registrySize} plugins`,
          unit: "ms",
          contenders: { crucible: { measure: started } },
          target: { contender: "crucible", atMost: 500 },
        },
        ...Object.entries(saves).map(([way, save]) => savedRow(way, save, files)),
        savedRow("of a folder", saves["written in place"], folders),
        savedRow(`among ${registrySize} plugins`, saves["written in place"], among, watchingMany),
        {
          name: `memory after ${memoryCalls} more invocations`,
          unit: "MB",
          contenders: { crucible: { measure: () => (grown ??= growth()) } },
          target: { contender: "crucible", atMost: 20 },
        },
      ],
      notes: ["The journal is on the disk, metrics are counted, the limiter of rates is raised."],
      dispose: async () => {
        await small.dispose();
        await watching.dispose();
        await watchingMany.dispose();
        await Promise.all(backends.map((backend) => backend.dispose()));
        await pool.dispose();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};
