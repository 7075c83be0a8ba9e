import type { HostCallContext, InvocationHandle, Value } from "@crucible/sandbox";
import {
  checkHostModule,
  defaultLimits,
  isObject,
  object,
  settledInvocation,
  succeed,
  unwrap,
  rootContext,
} from "@crucible/sandbox";
import { createHostCore, parsePluginReference } from "@crucible/host-core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const core = createHostCore({ readSecret: (name) => Promise.resolve(name === "token" ? "s3cret" : undefined) });
const context = rootContext({
  executionId: "e1",
  taskId: "t1",
  attempt: 2,
  plugin: "p",
  version: "1.0.0",
  action: "main",
  invoker: { kind: "user", name: "ada" },
  deadline: 5,
});

function contextWith(events: unknown[] = [], random: () => number = () => 0.5): HostCallContext {
  return {
    invocation: context,
    pluginHome: "system",
    limits: defaultLimits,
    signal: new AbortController().signal,
    remainingMs: () => 100,
    now: () => 1234.9,
    random,
    authorize: () => Promise.resolve(succeed(undefined)),
    progress: (report) => events.push(["progress", report]),
    emit: (value) => Promise.resolve((events.push(["emit", value]), succeed(undefined))),
    log: (level, message, fields) => events.push(["log", level, message, fields]),
    invoker: {
      invoke: (name, action, params): InvocationHandle => settledInvocation("e2", succeed([name, action, params])),
    },
  };
}

const call = async (name: string, args: Record<string, Value> = {}, host = contextWith()): Promise<unknown> =>
  core.functions[name]?.run(object(Object.entries(args)), host);

test("the module's declaration and functions agree", () => {
  expect(checkHostModule(core)).toStrictEqual([]);
});

test("log, progress and emit reach whoever follows the invocation", async () => {
  const events: unknown[] = [];
  const host = contextWith(events);
  await call("log", { level: "warn", message: "m", fields: object([["a", 1]]) }, host);
  await call("progress", { fraction: 0.25, message: "half" }, host);
  await call("progress", { fraction: null }, host);
  await call("emit", { value: [1] }, host);
  expect(events).toStrictEqual([
    ["log", "warn", "m", object([["a", 1]])],
    ["progress", { fraction: 0.25, message: "half" }],
    ["progress", {}],
    ["emit", [1]],
  ]);
});

test("context shows executionId, taskId and attempt", async () => {
  const value = unwrap((await call("context")) as ReturnType<typeof succeed<Value>>);
  expect(isObject(value) && [value["executionId"], value["taskId"], value["attempt"]]).toStrictEqual(["e1", "t1", 2]);
});

test("clock gives whole milliseconds", async () => {
  expect(await call("clock")).toStrictEqual(succeed(1234));
});

describe("random_int", () => {
  test("stays within its bounds and reaches both", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
        fc.bigInt({ min: 0n, max: 1000n }),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (low, span, draws) => {
          const high = low + span > (1n << 63n) - 1n ? (1n << 63n) - 1n : low + span;
          const host = contextWith([], () => draws.pop() ?? 0);
          const drawn = core.functions["random_int"]?.run(
            object([
              ["low", toInt(low)],
              ["high", toInt(high)],
            ]),
            host,
          ) as ReturnType<typeof succeed<Value>>;
          const value = BigInt(unwrap(drawn) as number | bigint);
          expect(value >= low && value <= high).toBe(true);
        },
      ),
    );
    const at = async (random: number): Promise<unknown> =>
      call(
        "random_int",
        { low: 1, high: 6 },
        contextWith([], () => random),
      );
    return Promise.all([at(0), at(1 - 2 ** -53)]).then((ends) => expect(ends).toStrictEqual([succeed(1), succeed(6)]));
  });

  test("is even: each of six faces comes up a sixth of the time", async () => {
    let state = 1;
    const host = contextWith([], () => (state = (state * 48271) % 2147483647) / 2147483647);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let roll = 0; roll < 12_000; roll++) {
      const face = unwrap(
        (await call("random_int", { low: 1, high: 6 }, host)) as ReturnType<typeof succeed<Value>>,
      ) as number;
      counts[face - 1] = (counts[face - 1] ?? 0) + 1;
    }
    // Five degrees of freedom: 20.5 is exceeded by chance once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0)).toBeLessThan(20.5);
  });

  test("refuses bounds in the wrong order", async () => {
    expect(await call("random_int", { low: 6, high: 1.5e308 })).toMatchObject({
      ok: false,
      error: { code: "host/invalid-argument" },
    });
    expect(await call("random_int", { low: 2, high: 1 })).toMatchObject({
      ok: false,
      error: { code: "host/invalid-argument" },
    });
  });
});

test("secrets.get reads by name and says nothing of others", async () => {
  expect(await call("secrets.get", { name: "token" })).toStrictEqual(succeed("s3cret"));
  expect(await call("secrets.get", { name: "other" })).toMatchObject({ ok: false, error: { code: "host/not-found" } });
});

test("invoke_plugin asks for exactly the plugin that it calls", async () => {
  const args = object([
    ["name", "core/http.get@^1"],
    ["params", object([["url", "x"]])],
  ]);
  expect(core.functions["invoke_plugin"]?.authority?.(args, contextWith())).toMatchObject({
    ok: true,
    value: [{ capability: "PluginInvoke", subject: { kind: "plugin", value: "core/http@^1" } }],
  });
  expect(await core.functions["invoke_plugin"]?.run(args, contextWith())).toStrictEqual(
    succeed(["core/http@^1", "get", object([["url", "x"]])]),
  );
});

test.each([
  ["dice", "dice", "main"],
  ["dice.roll", "dice", "roll"],
  ["core/http.get", "core/http", "get"],
  ["core/http@^1.2.0", "core/http@^1.2.0", "main"],
  ["core/http.get@1.2.0", "core/http@1.2.0", "get"],
])("parsePluginReference reads %s", (reference, plugin, action) => {
  expect(parsePluginReference(reference)).toStrictEqual({ plugin, action });
});

function toInt(value: bigint): Value {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
