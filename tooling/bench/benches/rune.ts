// Compiled Rune beside JavaScript on V8, Lua in WebAssembly and, with RUNE_NATIVE naming an executable, the native
// interpreter; then what a plugin costs before it runs: compiling, instantiating, the first call, the runtime's size.
import { isUtf8 } from "node:buffer";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "@crucible/rune-compiler";
import { instantiate, loadModule } from "@crucible/rune-compiler/execute";
import { runtimeBytes } from "@crucible/rune-runtime";
import { decodeValue, defaultLimits, encodeValue, unwrap } from "@crucible/sandbox";
import { adaptRuntime, createLuaEngine, readLuaRuntime, type LuaEngine } from "@crucible/sandbox-lua";
import type { HostBridge } from "@crucible/sandbox-thread";
import { takeSnapshot } from "@crucible/sandbox-thread";
import type { Bench, MeasuredContender, OpenBench, Row } from "../bench-definition.ts";
import { benchPrograms } from "../rune-programs.ts";
import type { BenchProgram } from "../rune-programs.ts";
import { coldPlugin } from "../rune-cold-plugin.ts";

const memoryBytes = 100 * 1024 * 1024;
/** Lua needs more than a plugin is given for the sieve. */
const luaMemoryBytes = 1024 * 1024 * 1024;
/** Slow contenders run this often; further samples repeat what was measured. */
const slowRuns = 3;

export const bench: Bench = {
  name: "rune",
  about: "Rune against JavaScript, Lua and the native interpreter (RUNE_NATIVE), and what a plugin costs cold",
  open: async (): Promise<OpenBench> => {
    const native = process.env["RUNE_NATIVE"];
    const folder = mkdtempSync(join(tmpdir(), "rune-bench-"));
    const engine = createLuaEngine(isUtf8)(new WebAssembly.Module(adaptRuntime(readLuaRuntime())));
    const times = new Map<string, Map<string, number[]>>();
    const record = (program: BenchProgram, contender: string, run: () => number): (() => number) => {
      const samples: number[] = [];
      const byContender = times.get(program.name) ?? new Map<string, number[]>();
      times.set(program.name, byContender.set(contender, samples));
      return () => {
        const time = run();
        samples.push(time);
        return time;
      };
    };
    const rows = benchPrograms.map((program): Row => {
      const contenders: Record<string, MeasuredContender> = {
        crucible: { measure: record(program, "crucible", runeTimer(program)) },
        javascript: { measure: record(program, "javascript", javascriptTimer(program)) },
        lua: { measure: record(program, "lua", few(luaTimer(program, engine))) },
      };
      if (native !== undefined) {
        contenders["native"] = { measure: record(program, "native", few(nativeTimer(program, native, folder))) };
      }
      return { name: program.name, unit: "ms", contenders };
    });
    return {
      rows: [...rows, ...ratioRows(times, native !== undefined), ...coldRows()],
      notes: native === undefined ? ["The native interpreter is missing: name its executable in RUNE_NATIVE"] : [],
      dispose: () => Promise.resolve(rmSync(folder, { recursive: true })),
    };
  },
};

function check(program: BenchProgram, contender: string, answer: number): void {
  const wanted = Number.isNaN(program.answer) ? answer : program.answer;
  if (answer !== wanted) throw new Error(`${program.name} in ${contender} gives ${answer}, not ${wanted}`);
}

function timed(run: () => unknown): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

function runeTimer(program: BenchProgram): () => number {
  const { bytes } = compile({ path: `${program.name}.rn`, text: program.rune, mode: "script" });
  if (bytes === null) throw new Error(`${program.name} does not compile`);
  const loaded = unwrap(loadModule(bytes));
  return () => {
    const instance = unwrap(instantiate(loaded, { memoryBytes }));
    return timed(() => check(program, "Rune", Number(unwrap(instance.call("main", [])))));
  };
}

function javascriptTimer(program: BenchProgram): () => number {
  check(program, "JavaScript", program.javascript());
  return () => timed(program.javascript);
}

function luaTimer(program: BenchProgram, engine: LuaEngine): () => number {
  const bridge: HostBridge = {
    call: () => {
      throw new Error("no host functions");
    },
    submit: () => 0,
    wait: () => [],
    print: () => undefined,
    interrupt: new Int32Array(1),
  };
  const text = `function main()\n${program.lua}\nend\n`;
  const compiled = unwrap(engine.compile({ file: "bench.lua", text, firstLine: 1, modules: [], libraries: [] }));
  const guest = unwrap(
    engine.load({
      plugin: "bench",
      version: "1.0.0",
      payload: compiled.bytes,
      modules: [],
      memoryBytes: luaMemoryBytes,
      bridge,
    }),
  );
  const snapshot = takeSnapshot(guest.memory, guest.snapshotRegions());
  const params = unwrap(encodeValue({}));
  return () => {
    const limits = { ...defaultLimits, memory_bytes: luaMemoryBytes };
    const time = timed(() => {
      const outcome = guest.call({ action: "main", params, seed: 1n, startTime: 0, limits });
      if (outcome.kind !== "value") throw new Error(`${program.name} in Lua: ${outcome.error.message}`);
      check(program, "Lua", Number(unwrap(decodeValue(outcome.bytes))));
    });
    snapshot.restore(guest.highWater());
    guest.afterRestore?.();
    return time;
  };
}

/** A whole run of the executable, with its start of about ten milliseconds. */
function nativeTimer(program: BenchProgram, executable: string, folder: string): () => number {
  const file = join(folder, "program.rn");
  return () => {
    writeFileSync(file, `let result = {${program.rune}\n};\nprintln!("{}", result);`);
    let output = "";
    const time = timed(() => {
      output = execFileSync(executable, ["run", file], { encoding: "utf8" });
    });
    check(program, "the native interpreter", Number(output));
    return time;
  };
}

function few(measure: () => number): () => number {
  const taken: number[] = [];
  let next = 0;
  return () => {
    if (taken.length < slowRuns) {
      const time = measure();
      taken.push(time);
      return time;
    }
    return taken[next++ % slowRuns] ?? Number.NaN;
  };
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}

/** Ratios over all programs, from the medians of the rows above. */
function ratioRows(times: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>, native: boolean): Row[] {
  const ratios = (over: string, under: string): number[] =>
    [...times.values()].map((byName) => median(byName.get(over) ?? []) / median(byName.get(under) ?? []));
  const mean = (values: readonly number[]): number =>
    Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  const row = (name: string, take: () => number, target: { atMost?: number; atLeast?: number }): Row => ({
    name,
    unit: "count",
    contenders: { crucible: { measure: take } },
    target: { contender: "crucible", ...target },
  });
  const rows = [
    row("times JavaScript, geometric mean", () => mean(ratios("crucible", "javascript")), { atMost: 1.5 }),
    row("times JavaScript, worst", () => Math.max(...ratios("crucible", "javascript")), { atMost: 4 }),
  ];
  if (native) {
    rows.push(
      row("faster than native, geometric mean", () => mean(ratios("native", "crucible")), { atLeast: 10 }),
      row("faster than native, least", () => Math.min(...ratios("native", "crucible")), { atLeast: 1 }),
    );
  }
  return rows;
}

function coldRows(): Row[] {
  const text = coldPlugin;
  const { bytes } = compile({ path: "plugin.rune", text });
  if (bytes === null) throw new Error("the cold plugin does not compile");
  // The target is for a warm process: V8 has optimised the compiler by then.
  let isWarm = false;
  const warm = (): void => {
    for (let i = 0; !isWarm && i < 200; i++) compile({ path: "plugin.rune", text });
    isWarm = true;
  };
  const loaded = unwrap(loadModule(bytes));
  return [
    {
      name: `compile ${text.split("\n").length} lines, warm`,
      unit: "ms",
      contenders: {
        crucible: {
          measure: () => {
            warm();
            return timed(() => compile({ path: "plugin.rune", text }));
          },
        },
      },
      target: { contender: "crucible", atMost: 10 },
    },
    {
      name: "instantiate",
      unit: "ms",
      contenders: { crucible: { measure: () => timed(() => instantiate(loaded, { memoryBytes })) } },
      target: { contender: "crucible", atMost: 0.2 },
    },
    {
      name: "first call of a module",
      unit: "ms",
      contenders: {
        crucible: {
          measure: () => {
            const instance = unwrap(instantiate(unwrap(loadModule(bytes)), { memoryBytes }));
            return timed(() => unwrap(instance.call("main", [{ notation: "4d6kh3+2" }])));
          },
        },
      },
      target: { contender: "crucible", atMost: 1 },
    },
    {
      name: "runtime in a module",
      unit: "KB",
      contenders: { crucible: { measure: () => runtimeBytes().length / 1024 } },
      target: { contender: "crucible", atMost: 150 },
    },
  ];
}
