// Instances against a model, with crashes at every point: the shim's protocol is driven by hand, and any of its steps may be
// the last. White-box in one respect: it calls the raw functions in the order in which the shims do.
import {
  object,
  succeed,
  toPlain,
  unwrap,
  fromPlain,
  type HostCallContext,
  type Outcome,
  type Value,
} from "@crucible/sandbox";
import {
  checkMachine,
  createStateMachines,
  createStateStorage,
  planEvent,
  planStart,
  type MachineStorage,
} from "@crucible/stdlib-statemachine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryMachine, events, toValue } from "./arbitrary-machine.ts";

// The functions use the clock and the log of their call, nothing else.
const call = { now: () => 7, log: () => undefined } as unknown as HostCallContext;

interface Stored {
  readonly state: string;
  readonly sequence: number;
  readonly history: readonly { readonly to: string }[];
  readonly [key: string]: unknown;
}

// What led to a state is only told.
const cause = object([
  ["event", "go"],
  ["from", ""],
]);

class Crash extends Error {}

/** Storage whose next change can be the last thing that happens: before or after it took effect. */
function createMemory(): MachineStorage & {
  crash: "before" | "after" | undefined;
  readonly entries: Map<string, Value>;
} {
  const entries = new Map<string, Value>();
  return {
    entries,
    crash: undefined,
    read: (_, key) => Promise.resolve(succeed(entries.get(key))),
    change(_, key, apply) {
      if (this.crash === "before") throw new Crash();
      const next = apply(entries.get(key));
      if (!next.ok) return Promise.resolve(next);
      if (next.value === undefined) entries.delete(key);
      else entries.set(key, next.value);
      if (this.crash === "after") throw new Crash();
      return Promise.resolve(succeed(null));
    },
    keys: () => Promise.resolve(succeed([...entries.keys()])),
  };
}

type Run = (name: string, args: Readonly<Record<string, Value>>) => Promise<Outcome<Value>>;

function runner(storage: MachineStorage): Run {
  const { functions } = createStateMachines({ storage });
  return async (name, args) => {
    const found = functions[name];
    if (found === undefined) throw new TypeError(name);
    return found.run(object(Object.entries(args)), call);
  };
}

const plain = (outcome: Outcome<Value>): Record<string, unknown> => toPlain(unwrap(outcome)) as Record<string, unknown>;

const crashes = fc.constantFrom<"none" | "callback" | "before" | "after">(
  "none",
  "none",
  "none",
  "callback",
  "before",
  "after",
);

test("wherever a run is cut off, the instance is found before the event or after it, never between", async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryMachine,
      fc.array(fc.tuple(fc.constantFrom(...events), crashes), { minLength: 1, maxLength: 10 }),
      async (given, sent) => {
        const definition = toValue(given);
        const { machine } = checkMachine(definition);
        const storage = createMemory();
        const run = runner(storage);
        const load = async (): Promise<Stored | null> =>
          toPlain(unwrap(await run("load", { definition, name: "i" }))) as Stored | null;

        const begun = plain(await run("begin", { definition, context: null }));
        unwrap(await run("save", { definition, name: "i", snapshot: fromPlain(begun["snapshot"]), cause }));
        const model = [planStart(machine).to];

        for (const [event, crash] of sent) {
          const before = await load();
          expect(before?.state).toBe(model.at(-1));
          const snapshot = fromPlain(before);
          const stepped = await run("step", { definition, snapshot, event });
          const plan = planEvent(machine, model.at(-1) ?? "", event).find(({ guard }) => guard !== "no");
          if (!stepped.ok || plan === undefined) {
            expect(stepped.ok ? "no guard passes" : stepped.error.code).toBe(
              stepped.ok ? "no guard passes" : "host/event-refused",
            );
            continue;
          }
          if (crash === "callback") continue; // The guest died while a callback ran: it never comes to saving.
          const after = fromPlain({
            ...before,
            state: plan.to,
            done: plan.done,
            sequence: (before?.sequence ?? 0) + 1,
            history: [
              ...(before?.history ?? []),
              { sequence: model.length + 1, event, from: model.at(-1), to: plan.to, time: 7 },
            ],
          });
          storage.crash = crash === "none" ? undefined : crash;
          const saved = await run("save", { definition, name: "i", snapshot: after, cause }).catch(
            (thrown: unknown) => thrown,
          );
          storage.crash = undefined;
          if (crash === "none") expect(saved).toMatchObject({ ok: true });
          else expect(saved).toBeInstanceOf(Crash);
          if (crash !== "before") model.push(plan.to);
        }
        const end = await load();
        expect(end?.state).toBe(model.at(-1));
        expect(end?.sequence).toBe(model.length);
        expect(end?.history.map(({ to }) => to)).toStrictEqual(model);
      },
    ),
    { numRuns: 500 },
  );
});

const definition = fromPlain({
  id: "door",
  initial: "shut",
  states: { shut: { on: { open: "wide" } }, wide: { on: { close: "shut" } } },
});

describe("two invocations that change one instance", () => {
  test("cannot both win: the second is told", async () => {
    const storage = createMemory();
    const run = runner(storage);
    const begun = plain(await run("begin", { definition, context: null }));
    const first = fromPlain(begun["snapshot"]);
    expect(await run("save", { definition, name: "d", snapshot: first, cause })).toMatchObject({ ok: true });
    expect(await run("save", { definition, name: "d", snapshot: first, cause })).toMatchObject({
      ok: false,
      error: { code: "host/state-conflict" },
    });
  });

  test("through createStateStorage try again while they meet, and give up at last", async () => {
    const values = new Map<string, Value>([["statemachine/door/d", null]]);
    let lost = 0;
    let refusals = 3;
    const state = (answer: (args: Readonly<Record<string, Value>>) => Value) => ({
      run: (args: Readonly<Record<string, Value>>) => succeed(answer(args)),
    });
    const storage = createStateStorage({
      declaration: { name: "crucible", summary: "", functions: [] },
      functions: {
        "state.get": state(({ key }) => values.get(key as string) ?? null),
        "state.keys": state(() => [...values.keys()]),
        "state.update": state(({ changes }) => {
          if (refusals > 0) {
            refusals -= 1;
            lost += 1;
            return false;
          }
          for (const [key, value] of Object.entries(changes as Record<string, Value>)) values.set(key, value);
          return true;
        }),
      },
    });
    expect(await storage.change(call, "k", () => succeed("v"))).toMatchObject({ ok: true });
    expect([values.get("k"), lost]).toStrictEqual(["v", 3]);
    refusals = Infinity;
    expect(await storage.change(call, "k", () => succeed("w"))).toMatchObject({
      ok: false,
      error: { code: "host/state-conflict" },
    });
    expect(values.get("k")).toBe("v");
  });
});

test("what is stored and cannot be an instance of the machine is refused with its reason", async () => {
  const storage = createMemory();
  const run = runner(storage);
  const sound = plain(await run("begin", { definition, context: null }))["snapshot"] as Record<string, unknown>;
  for (const broken of [
    null,
    1,
    {},
    { ...sound, machine: "window" },
    { ...sound, state: "gone" },
    { ...sound, version: 9 },
    { ...sound, history: 3 },
  ]) {
    storage.entries.set("statemachine/door/d", fromPlain(broken));
    expect(await run("load", { definition, name: "d" })).toMatchObject({
      ok: false,
      error: { code: "host/state-invalid" },
    });
  }
});

test("without storage, machines in memory work and stored ones say why not", async () => {
  const { functions } = createStateMachines();
  expect(await functions["begin"]?.run(object([["definition", definition]]), call)).toMatchObject({ ok: true });
  const args = object([
    ["definition", definition],
    ["name", "d"],
  ]);
  expect(await functions["load"]?.run(args, call)).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
});
