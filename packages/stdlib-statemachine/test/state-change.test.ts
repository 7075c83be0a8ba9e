// What a session needs of machines: they follow the transitions of the script and no others, and every change of state is an
// event of the invocation, in order, with what caused it.
import type { TestHost } from "@crucible/conformance";
import { object, toPlain, unwrap, type InvocationEvent } from "@crucible/sandbox";
import { readStateChange, type StateChange } from "@crucible/stdlib-statemachine";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuestHosts, guestLanguages, type GuestHosts, type GuestLanguage } from "../../../tooling/guest-hosts.ts";

let hosts: GuestHosts;
const opened = new Map<GuestLanguage, TestHost>();
beforeAll(async () => {
  hosts = createGuestHosts();
  for (const language of guestLanguages) opened.set(language, await hosts.open(language, programs[language]));
});
afterAll(async () => {
  for (const host of opened.values()) await host.dispose();
  await hosts.dispose();
});

const programs = {
  lua: `local statemachine = require("statemachine")
function follow(params)
  local machine = statemachine.define(params.definition)
  local one = params.name ~= "" and machine.open(params.name) or machine.start()
  local seen = {one.state()}
  for _, event in ipairs(params.events) do
    pcall(one.transition, one, event)
    seen[#seen + 1] = one.state()
  end
  return seen
end
function fails(params)
  local machine = statemachine.define{id = "m", initial = "a", states = {
    a = {on = {go = {target = "b", actions = function() error("no") end}, ask = {target = "b", guard = function() return false end}}}, b = {}}}
  local one = machine.start()
  pcall(one.transition, one, "go")
  pcall(one.transition, one, "ask")
  return one.state()
end`,
  rune: `pub fn follow(params) {
    let machine = statemachine::define(params.definition)?;
    let one = if params.name != "" { machine.open(params.name)? } else { machine.start()? };
    let seen = [one.state()];
    for event in params.events {
        let _ = one.transition(event);
        seen.push(one.state());
    }
    Ok(seen)
}
pub fn fails(params) {
    let machine = statemachine::define(#{ id: "m", initial: "a", states: #{
        a: #{ on: #{ go: #{ target: "b", actions: |context, event| Err("no") }, ask: #{ target: "b", guard: |context, event| false } } }, b: #{} } })?;
    let one = machine.start()?;
    let _ = one.transition("go");
    let _ = one.transition("ask");
    Ok(one.state())
}`,
};

/** For each state the target of each event, where it has one. */
type Script = readonly (readonly (number | null)[])[];

const names = ["go", "stop", "rest"];
const scripts: fc.Arbitrary<Script> = fc.array(fc.array(fc.option(fc.nat(3)), { minLength: 3, maxLength: 3 }), {
  minLength: 4,
  maxLength: 4,
});

const definitionOf = (script: Script, history: number) =>
  object([
    ["id", "agent"],
    ["initial", "s0"],
    ["history", history],
    [
      "states",
      object(
        script.map((row, state) => {
          const on = row.flatMap((target, event) =>
            target === null ? [] : [[names[event] ?? "", `s${target}`] as const],
          );
          return [`s${state}`, object([["on", object(on)]])];
        }),
      ),
    ],
  ]);

async function run(
  language: GuestLanguage,
  action: string,
  params: ReturnType<typeof object>,
): Promise<{ readonly value: unknown; readonly changes: readonly StateChange[]; readonly calls: readonly string[] }> {
  const host = opened.get(language);
  if (host === undefined) throw new TypeError(`There is no host for ${language}`);
  const before = host.records.length;
  const handle = host.host.invoke("tester", action, params, { invoker: { kind: "agent", name: "somebody" } });
  const events: InvocationEvent[] = [];
  const reading = (async () => {
    for await (const event of handle.events) events.push(event);
  })();
  const value = toPlain(unwrap(await handle.outcome));
  await reading;
  const calls = host.records
    .slice(before)
    .flatMap((record) =>
      record.kind === "host.call" && /\.(save|announce)$/u.test(record.function) ? [record.function] : [],
    );
  return { value, changes: events.flatMap((event) => readStateChange(event) ?? []), calls };
}

describe("a machine that a script defines", () => {
  let runs = 0;

  test("follows its transitions, and each change is an event and a record, in memory and stored, with any history", async () => {
    await fc.assert(
      fc.asyncProperty(
        scripts,
        fc.array(fc.nat(2), { maxLength: 12 }),
        fc.boolean(),
        fc.constantFrom(0, 2, 100),
        async (script, events, isStored, history) => {
          const name = isStored ? `front-${(runs += 1)}` : "";
          const instance = isStored ? name : null;
          const changes: StateChange[] = [
            { machine: "agent", instance, event: "machine.start", from: "", to: "s0", sequence: 1 },
          ];
          const seen = ["s0"];
          let state = 0;
          for (const event of events) {
            const target = script[state]?.[event] ?? null;
            if (target !== null) {
              const step = { event: names[event] ?? "", from: `s${state}`, to: `s${target}` };
              changes.push({ machine: "agent", instance, ...step, sequence: changes.length + 1 });
              state = target;
            }
            seen.push(`s${state}`);
          }
          const params = object([
            ["definition", definitionOf(script, history)],
            ["name", name],
            ["events", events.map((event) => names[event] ?? "")],
          ]);
          for (const language of guestLanguages) {
            const found = await run(language, "follow", params);
            expect(found.value).toStrictEqual(seen);
            expect(found.changes).toStrictEqual(changes);
            const call = instance === null ? "statemachine.announce" : "statemachine.save";
            expect(found.calls).toStrictEqual(changes.map(() => call));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test("tells of no change that did not happen: a callback failed, a guard said no", async () => {
    for (const language of guestLanguages) {
      const { value, changes } = await run(language, "fails", object([]));
      expect(value).toBe("a");
      expect(changes.map(({ event }) => event)).toStrictEqual(["machine.start"]);
    }
  });
});

test("readStateChange reads nothing out of other events", () => {
  expect(readStateChange({ kind: "progress", report: {} })).toBeUndefined();
  expect(readStateChange({ kind: "log", level: "info", message: "x" })).toBeUndefined();
  const fields = object([
    ["kind", "state-change"],
    ["machine", 1],
  ]);
  expect(readStateChange({ kind: "log", level: "info", message: "x", fields })).toBeUndefined();
});
