// What the reference backend's programs do with the standard library, by the raw functions that the shims call too.
import { fail, isObject, object, succeed, type Outcome, type Value } from "@crucible/sandbox";

type Call = (name: string, args: readonly Value[]) => Promise<Outcome<Value>>;
type Given = (key: string) => Value;

/** The program "ask the graph"; `call` calls the module `graph`. */
export async function askGraph(call: Call, given: Given): Promise<Outcome<Value>> {
  const entries: (readonly [string, Value])[] = [];
  for (const [key, name, args] of [
    ["bfs", "bfs", [given("start"), given("walk")]],
    ["dfs", "dfs", [given("start"), given("walk")]],
    ["pagerank", "pagerank", [given("rank")]],
    ["communities", "communities", [given("group")]],
    ["path", "shortest_path", [given("start"), given("target")]],
  ] as const) {
    const answer = await call(name, args);
    if (!answer.ok) return answer;
    entries.push([key, answer.value ?? false]);
  }
  return succeed(object(entries));
}

/** The program "run a state machine"; `call` calls the module `statemachine`. */
export async function runMachine(call: Call, given: Given): Promise<Outcome<Value>> {
  const [definition, name] = [given("definition"), given("name")];
  const checked = await call("check", [definition]);
  if (!checked.ok) return checked;
  const findings = listOf(checked.value);
  const errors = findings.filter((finding) => textOf(finding, "severity") === "error");
  if (errors.length > 0) return fail("guest/exception", errors.map((finding) => textOf(finding, "message")).join("; "));
  const log: Value[] = [];
  const loaded = await call("load", [definition, name]);
  if (!loaded.ok) return loaded;
  let snapshot = loaded.value;
  if (snapshot === null) {
    const begun = await call("begin", [definition]);
    if (!begun.ok) return begun;
    for (const each of listOf(fieldOf(begun.value, "calls"))) log.push(fieldOf(each, "callback"));
    snapshot = fieldOf(begun.value, "snapshot");
    const started = object([
      ["event", "machine.start"],
      ["from", ""],
    ]);
    const saved = await call("save", [definition, name, snapshot, started]);
    if (!saved.ok) return saved;
  }
  for (const event of listOf(given("events"))) {
    const planned = await call("step", [definition, snapshot, event]);
    if (!planned.ok) return planned;
    const plan = listOf(fieldOf(planned.value, "plans"))[0] ?? null;
    for (const each of listOf(fieldOf(plan, "calls"))) log.push(fieldOf(each, "callback"));
    const before = isObject(snapshot) ? Object.entries(snapshot) : [];
    const cause = object([
      ["event", event],
      ["from", fieldOf(snapshot, "state")],
    ]);
    snapshot = object([
      ...before,
      ["state", fieldOf(plan, "state")],
      ["done", fieldOf(plan, "done")],
      ["sequence", Number(fieldOf(snapshot, "sequence")) + 1],
      ["history", [...listOf(fieldOf(snapshot, "history")), fieldOf(plan, "record")]],
    ]);
    const saved = await call("save", [definition, name, snapshot, cause]);
    if (!saved.ok) return saved;
  }
  const state = fieldOf(snapshot, "state");
  const dot = await call("dot", [definition, state]);
  if (!dot.ok) return dot;
  return succeed(
    object([
      ["state", state],
      ["log", log],
      ["dot", dot.value],
      ["findings", findings.map((finding) => fieldOf(finding, "code"))],
    ]),
  );
}

function listOf(value: Value): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

function fieldOf(value: Value, name: string): Value {
  return isObject(value) ? (value[name] ?? null) : null;
}

function textOf(value: Value, name: string): string {
  const text = fieldOf(value, name);
  return typeof text === "string" ? text : "";
}
