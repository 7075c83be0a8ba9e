// What one invocation costs through the whole host (validation, decision, journal, fresh state), beside the backend's call alone,
// a bare message to a worker and back, the same guest without a worker, and wasmoon's own engine, with one state for all calls and with a new one for each.
import { isUtf8 } from "node:buffer";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import {
  decodeValue,
  defaultLimits,
  encodeValue,
  object,
  succeed,
  unwrap,
  type HostModuleDeclaration,
  type Instance,
  type InvocationContext,
  type Value,
  rootContext,
} from "@crucible/sandbox";
import { adaptRuntime, createLuaBackend, createLuaEngine, readLuaRuntime } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool, takeSnapshot } from "@crucible/sandbox-thread";
import { LuaFactory } from "wasmoon";
import type { Bench, Contender } from "../bench-definition.ts";
import { percentile } from "../measure-row.ts";
import { openTemporaryHost } from "../whole-host.ts";

const source = `
function main(params) return params end
function ask(params) return crucible.ask(params) end`;
const file = { file: "bench.lua", text: source, firstLine: 1 };

const modules: readonly HostModuleDeclaration[] = [
  {
    name: "crucible",
    summary: "One function that answers at once",
    functions: [
      {
        name: "ask",
        summary: "Answers with its argument.",
        parameters: [{ name: "value", schema: true, summary: "what comes back" }],
        returns: true,
        capability: null,
        effect: "none",
        cost: 0,
      },
    ],
  },
];

const context: InvocationContext = rootContext({
  executionId: "bench",
  plugin: "bench",
  version: "1.0.0",
  action: "main",
  invoker: { kind: "user", name: "bench" },
  deadline: 0,
});

const plugin = `---
name: bench
description: For the benchmark
language: lua
capabilities: []
parameters: { value: { required: true } }
actions:
  ask: { description: Makes one host call, parameters: { value: { required: true } } }
---
function main(params) return params.value end
function ask(params) return crucible.clock() end
`;

/** Records until their JSON has ten thousand bytes. */
function records(): Value {
  const list: Value[] = [];
  for (let bytes = 0, id = 0; bytes < 10_000; id++) {
    const record = {
      id,
      title: `Note number ${id}`,
      tags: ["graph", "reading", "later"],
      score: id / 3,
      done: id % 2 === 0,
    };
    list.push(record);
    bytes += JSON.stringify(record).length + 1;
  }
  return list;
}

function callOf(instance: Instance, action: string, params: Value): () => Promise<void> {
  return async () => {
    const { outcome } = instance.call({
      action,
      params,
      context,
      limits: defaultLimits,
      seed: 1n,
      startTime: 0,
      host: { call: async ({ args }) => ({ outcome: succeed(args[0] ?? null), time: 0 }) },
    });
    unwrap(await outcome);
  };
}

/** The same engine and guest in this thread: restore, encode, call, decode. */
function inThread(action: string): (params: Value) => Value {
  const engine = createLuaEngine(isUtf8)(new WebAssembly.Module(adaptRuntime(readLuaRuntime())));
  const { bytes } = unwrap(engine.compile({ ...file, modules }));
  const guest = unwrap(
    engine.load({
      plugin: "bench",
      version: "1.0.0",
      payload: bytes,
      modules,
      memoryBytes: defaultLimits.memory_bytes,
      bridge: {
        call: (_id, args) => ({
          ok: true,
          bytes: unwrap(encodeValue((unwrap(decodeValue(args)) as readonly Value[])[0] ?? null)),
          time: 0,
        }),
        submit: () => 0,
        wait: () => [],
        print: () => {},
        interrupt: new Int32Array(1),
      },
    }),
  );
  const snapshot = takeSnapshot(guest.memory, guest.snapshotRegions());
  return (params) => {
    const outcome = guest.call({
      action,
      params: unwrap(encodeValue(params)),
      seed: 1n,
      startTime: 0,
      limits: defaultLimits,
    });
    if (outcome.kind !== "value") throw new Error(outcome.error.message);
    const value = unwrap(decodeValue(outcome.bytes));
    snapshot.restore(guest.highWater());
    guest.afterRestore?.();
    return value;
  };
}

/** How much longer one run of the first takes than one of the second: the difference of the medians, in microseconds. */
function addedBy(withIt: () => Promise<unknown>, without: () => Promise<unknown>): Contender {
  const time = async (run: () => Promise<unknown>): Promise<number> => {
    const samples: number[] = [];
    for (let index = 0; index < 200; index++) {
      const started = performance.now();
      await run();
      samples.push((performance.now() - started) * 1e3);
    }
    return percentile(samples, 0.5);
  };
  return { measure: async () => (await time(withIt)) - (await time(without)) };
}

const echoWorker = `require("node:worker_threads").parentPort.on("message", (message) => require("node:worker_threads").parentPort.postMessage(message))`;

export const bench: Bench = {
  name: "invoke",
  about:
    "invokes a Lua action through the whole host and through the backend alone, beside a bare worker message and wasmoon's own engine",
  open: async () => {
    const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 1 });
    const backend = createLuaBackend(pool);
    const artifact = unwrap(await backend.compile({ ...file, modules }));
    const memoryBytes = defaultLimits.memory_bytes;
    const instance = unwrap(
      await backend.instantiate(artifact, { plugin: "bench", version: "1.0.0", modules, memoryBytes }),
    );
    const whole = await openTemporaryHost([backend], { "bench.lua": plugin });
    const worker = new Worker(echoWorker, { eval: true });
    const factory = new LuaFactory();
    const openEngine = async (): Promise<Awaited<ReturnType<LuaFactory["createEngine"]>>> => {
      const engine = await factory.createEngine({ enableProxy: false });
      engine.global.set("crucible", { ask: (value: unknown) => value });
      engine.doStringSync(source);
      return engine;
    };
    const shared = await openEngine();
    const roundTrip = (value: unknown): Contender => ({
      run: async () => {
        worker.postMessage(value);
        await once(worker, "message");
      },
    });
    const wasmoon = (action: string, params: unknown): Readonly<Record<string, Contender>> => ({
      "wasmoon, one state": {
        run: () => (shared.global.get(action) as (value: unknown) => unknown)(params),
      },
      "wasmoon, fresh state": {
        run: async () => {
          const engine = await openEngine();
          (engine.global.get(action) as (value: unknown) => unknown)(params);
          engine.global.close();
        },
      },
    });
    const contenders = (action: string, params: Value): Readonly<Record<string, Contender>> => {
      const direct = inThread(action);
      return {
        crucible: { run: () => whole.invoke("bench", action, object([["value", params]])) },
        "crucible-lua": { run: callOf(instance, action, params) },
        "crucible-lua, no worker": { run: () => direct(params) },
        "bare worker message": roundTrip(params),
        ...wasmoon(action, params),
      };
    };
    return {
      rows: [
        {
          name: "no-op",
          unit: "µs",
          percentiles: true,
          contenders: contenders("main", 1),
          target: { contender: "crucible", atMost: 200, p99AtMost: 1000 },
        },
        { name: "one host call", unit: "µs", percentiles: true, contenders: contenders("ask", 1) },
        {
          name: "added by one host call",
          unit: "µs",
          contenders: {
            crucible: addedBy(
              () => whole.invoke("bench", "ask", object([["value", 1]])),
              () => whole.invoke("bench", "main", object([["value", 1]])),
            ),
            "crucible-lua": addedBy(callOf(instance, "ask", 1), callOf(instance, "main", 1)),
          },
          target: { contender: "crucible", atMost: 100 },
        },
        {
          name: "10 KB in and out",
          unit: "µs",
          percentiles: true,
          contenders: contenders("main", records()),
          target: { contender: "crucible", atMost: 500 },
        },
      ],
      notes: ["wasmoon with one state isolates nothing; both of its rows run in this thread, without any limit."],
      dispose: async () => {
        shared.global.close();
        await whole.dispose();
        await worker.terminate();
        await backend.dispose();
        await pool.dispose();
      },
    };
  },
};
