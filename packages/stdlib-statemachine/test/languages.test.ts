// The module as plugins use it: the same program in each language, with equal results, through a whole host.
import { listHostFunctions, object, toPlain, checkHostModule, type Outcome, type Value } from "@crucible/sandbox";
import { createStateMachines } from "@crucible/stdlib-statemachine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuestHosts, type GuestHosts, type GuestLanguage } from "../../../tooling/guest-hosts.ts";

let hosts: GuestHosts;
beforeAll(() => {
  hosts = createGuestHosts();
});
afterAll(() => hosts.dispose());

const languages: readonly GuestLanguage[] = ["lua", "rune"];

const programs: Readonly<Record<GuestLanguage, string>> = {
  lua: `
local statemachine = require("statemachine")

local function document(log, version)
  return statemachine.define{
    id = "document", version = version or 1, initial = "draft", context = {edits = 0, by = "nobody"},
    guards = {signed = function(context, event) return event.data == "ann" end},
    states = {
      draft = {
        entry = function(context, event) log[#log + 1] = "enter draft on " .. event.type end,
        exit = function(context, event) log[#log + 1] = "leave draft to " .. event.to end,
        on = {
          edit = {actions = function(context) context.edits = context.edits + 1 end},
          submit = {target = "review", actions = function(context, event) log[#log + 1] = "submit" end},
          fail = {target = "review", actions = function() error("no") end},
        },
      },
      review = {
        initial = "waiting", entry = function() log[#log + 1] = "enter review" end,
        on = {reject = "draft", approve = {{target = "done", guard = "signed", actions = function(context, event) context.by = event.data end}}},
        states = {waiting = {on = {take = "reading"}}, reading = {entry = function() log[#log + 1] = "enter reading" end}},
      },
      done = {type = "final"},
    },
    migrate = function(before, from) return {state = before.state == "draft" and "draft" or "review.waiting", context = {edits = before.context.edits, by = "v" .. from}} end,
  }
end

function walk()
  local log = {}
  local machine = document(log)
  local one = machine.start()
  local seen = {one:state()}
  local function send(event, data) seen[#seen + 1] = one:transition(event, data) end
  send("edit"); send("edit"); send("submit"); send("take")
  local can = {one:can("approve", "bob"), one.can("approve", "ann"), one:can("edit")}
  local events, inside = one:events(), {one:matches("review"), one:matches("review.reading"), one:matches("rev")}
  local refused, unknown = select(2, pcall(one.transition, one, "approve", "bob")), select(2, pcall(one.transition, one, "fly"))
  send("approve", "ann")
  local ended = select(2, pcall(one.transition, one, "edit"))
  return {
    seen = seen, log = log, can = can, events = events, inside = inside, refused = refused.message, code = refused.code, unknown = unknown.message, ended = ended.message,
    context = one:context(), done = one:done(), count = #one:history(), last = one:history()[#one:history()].event, snapshot = one:snapshot().sequence,
    dot = one:dot(), mermaid = one:mermaid(), svg = one:svg():sub(1, 5), whole = machine:dot(), note = machine:mermaid(), picture = machine:svg():sub(1, 5),
    findings = machine:findings(), id = machine:data().id,
  }
end

function again(params)
  local log = {}
  local one = document(log, params.version):open(params.name)
  for _, event in ipairs(params.events) do one:transition(event) end
  return {state = one:state(), context = one:context(), log = crucible.array(log), name = one:name(), events = #one:history(), names = document(log):instances()}
end

function fail(params) return document({}):open(params.name):transition("fail") end
function forget(params) return document({}):remove(params.name) end

function wrong()
  local definition = {initial = "x", states = {a = {on = {go = "b"}}, c = {entry = "beep"}}}
  return {found = statemachine.check(definition), message = select(2, pcall(statemachine.define, definition)),
    missing = select(2, pcall(statemachine.define, {initial = "a", states = {a = {entry = "beep"}}}))}
end

function exchange()
  local rung = {}
  local config = {id = "bell", initial = "still", states = {still = {on = {ring = {target = "ringing", actions = {"ding"}}}}, ringing = {on = {stop = "still"}}}}
  local machine = statemachine.from_xstate(config, {actions = {ding = function() rung[1] = "ding" end}})
  local bell = machine:start({loud = true})
  bell:transition("ring")
  return {rung = rung, context = bell:context(), back = machine:to_xstate()}
end
`,
  rune: `
fn document(log, version) {
    statemachine::define(#{
        id: "document", version, initial: "draft", context: #{ edits: 0, by: "nobody" },
        guards: #{ signed: |context, event| event.data == "ann" },
        states: #{
            draft: #{
                entry: |context, event| { log.push(\`enter draft on \${event["type"]}\`); },
                exit: |context, event| { log.push(\`leave draft to \${event.to}\`); },
                on: #{
                    edit: #{ actions: |context, event| { context.edits += 1; } },
                    submit: #{ target: "review", actions: |context, event| { log.push("submit"); } },
                    fail: #{ target: "review", actions: |context, event| Err("no") },
                },
            },
            review: #{
                initial: "waiting", entry: |context, event| { log.push("enter review"); },
                on: #{ reject: "draft", approve: [#{ target: "done", guard: "signed", actions: |context, event| { context.by = event.data; } }] },
                states: #{ waiting: #{ on: #{ take: "reading" } }, reading: #{ entry: |context, event| { log.push("enter reading"); } } },
            },
            done: #{ "type": "final" },
        },
        migrate: |before, from| #{ state: if before.state == "draft" { "draft" } else { "review.waiting" }, context: #{ edits: before.context.edits, by: \`v\${from}\` } },
    })
}

fn failure(result) {
    match result { Err(error) => error, Ok(value) => value }
}

pub fn walk() {
    let log = [];
    let machine = document(log, 1)?;
    let one = machine.start()?;
    let seen = [one.state()];
    seen.push(one.transition("edit")?);
    seen.push(one.transition("edit")?);
    seen.push(one.transition("submit")?);
    seen.push(one.transition("take")?);
    let can = [one.can_with("approve", "bob")?, one.can_with("approve", "ann")?, one.can("edit")?];
    let events = one.events()?;
    let inside = [one.matches("review"), one.matches("review.reading"), one.matches("rev")];
    let refused = failure(one.transition_with("approve", "bob"));
    let unknown = failure(one.transition("fly"));
    seen.push(one.transition_with("approve", "ann")?);
    let ended = failure(one.transition("edit"));
    let history = one.history();
    Ok(#{
        seen, log, can, events, inside, refused: refused.message, code: refused.code, unknown: unknown.message, ended: ended.message,
        context: one.context(), done: one.done(), count: history.len(), last: history[history.len() - 1].event, snapshot: one.snapshot().sequence,
        dot: one.dot()?, mermaid: one.mermaid()?, svg: one.svg()?.get(0..5), whole: machine.dot()?, note: machine.mermaid()?, picture: machine.svg()?.get(0..5),
        findings: machine.findings(), id: machine.data().id,
    })
}

pub fn again(params) {
    let log = [];
    let machine = document(log, params.version)?;
    let one = machine.open(params.name)?;
    for event in params.events {
        one.transition(event)?;
    }
    Ok(#{ state: one.state(), context: one.context(), log, name: one.name(), events: one.history().len(), names: machine.instances()? })
}

pub fn fail(params) { document([], 1)?.open(params.name)?.transition("fail") }
pub fn forget(params) { document([], 1)?.remove(params.name) }

pub fn wrong() {
    let definition = #{ initial: "x", states: #{ a: #{ on: #{ go: "b" } }, c: #{ entry: "beep" } } };
    Ok(#{ found: statemachine::check(definition)?, message: failure(statemachine::define(definition)),
        missing: failure(statemachine::define(#{ initial: "a", states: #{ a: #{ entry: "beep" } } })) })
}

pub fn exchange() {
    let rung = [];
    let config = #{ id: "bell", initial: "still", states: #{ still: #{ on: #{ ring: #{ target: "ringing", actions: ["ding"] } } }, ringing: #{ on: #{ stop: "still" } } } };
    let machine = statemachine::from_xstate(config, #{ actions: #{ ding: |context, event| { rung.push("ding"); } } })?;
    let bell = machine.start_with(#{ loud: true })?;
    bell.transition("ring")?;
    Ok(#{ rung, context: bell.context(), back: machine.to_xstate()? })
}
`,
};

/** The same steps in a fresh host of each language, so that what they store can be compared as well. */
async function inBoth(
  steps: (
    invoke: (action: string, params?: Readonly<Record<string, Value>>) => Promise<Outcome<Value>>,
  ) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for (const language of languages) {
    const host = await hosts.open(language, programs[language]);
    results.push(
      await steps((action, params = {}) => host.invoke("tester", object(Object.entries(params)), { action })),
    );
    await host.dispose();
  }
  return results;
}

const plain = (outcome: Outcome<Value>): unknown =>
  JSON.parse(JSON.stringify(outcome.ok ? toPlain(outcome.value) : outcome.error));

test("the module's declaration and functions agree", () => {
  const module = createStateMachines();
  expect(checkHostModule(module)).toStrictEqual([]);
  expect(listHostFunctions(module.declaration).every(({ summary }) => summary.endsWith("."))).toBe(true);
});

test("a machine runs alike in every language", async () => {
  const [lua, rune] = await inBoth(async (invoke) => plain(await invoke("walk")));
  expect(rune).toStrictEqual(lua);
  expect(lua).toMatchObject({
    seen: ["draft", "draft", "draft", "review.waiting", "review.reading", "done"],
    log: ["enter draft on machine.start", "leave draft to review.waiting", "submit", "enter review", "enter reading"],
    can: [false, true, false],
    events: ["approve", "reject"].sort(),
    inside: [true, true, false],
    refused: 'Cannot send "approve" to "document": in "review.reading" no guard lets it pass',
    code: "host/event-refused",
    unknown: 'Cannot send "fly" to "document": in "review.reading" it takes "approve", "reject"',
    ended: 'Cannot send "edit" to "document": it has ended in "done"',
    context: { edits: 2, by: "ann" },
    done: true,
    count: 6,
    last: "approve",
    snapshot: 6,
    svg: "<?xml",
    findings: [],
    id: "document",
  });
});

describe("a stored instance", () => {
  test("is there in the next invocation, beside others, until it is removed", async () => {
    const [lua, rune] = await inBoth(async (invoke) => [
      plain(await invoke("again", { name: "a", version: 1, events: ["edit", "submit"] })),
      plain(await invoke("again", { name: "b", version: 1, events: [] })),
      plain(await invoke("again", { name: "a", version: 1, events: ["take"] })),
      plain(await invoke("forget", { name: "a" })),
      plain(await invoke("forget", { name: "a" })),
      plain(await invoke("again", { name: "a", version: 1, events: [] })),
    ]);
    expect(rune).toStrictEqual(lua);
    const log = ["enter draft on machine.start"];
    expect(lua).toStrictEqual([
      {
        state: "review.waiting",
        context: { edits: 1, by: "nobody" },
        log: [...log, "leave draft to review.waiting", "submit", "enter review"],
        name: "a",
        events: 3,
        names: ["a"],
      },
      { state: "draft", context: { edits: 0, by: "nobody" }, log, name: "b", events: 1, names: ["a", "b"] },
      {
        state: "review.reading",
        context: { edits: 1, by: "nobody" },
        log: ["enter reading"],
        name: "a",
        events: 4,
        names: ["a", "b"],
      },
      true,
      false,
      { state: "draft", context: { edits: 0, by: "nobody" }, log, name: "a", events: 1, names: ["a", "b"] },
    ]);
  });

  test("is migrated once when the version rises, and refused by an older plugin", async () => {
    const [lua, rune] = await inBoth(async (invoke) => {
      await invoke("again", { name: "a", version: 1, events: ["edit", "submit", "take"] });
      const migrated = plain(await invoke("again", { name: "a", version: 3, events: [] }));
      const later = plain(await invoke("again", { name: "a", version: 3, events: ["take"] }));
      const older = await invoke("again", { name: "a", version: 2, events: [] });
      return [migrated, later, older.ok];
    });
    expect(rune).toMatchObject(lua as object);
    expect(lua).toMatchObject([
      { state: "review.waiting", context: { edits: 1, by: "v1" }, log: [], events: 5 },
      { state: "review.reading", context: { edits: 1, by: "v1" }, events: 6 },
      false,
    ]);
  });

  test("stays where it was when a callback fails", async () => {
    const [lua, rune] = await inBoth(async (invoke) => {
      await invoke("again", { name: "a", version: 1, events: ["edit"] });
      const failed = await invoke("fail", { name: "a" });
      return [failed.ok, plain(await invoke("again", { name: "a", version: 1, events: [] }))];
    });
    expect(rune).toStrictEqual(lua);
    expect(lua).toMatchObject([false, { state: "draft", context: { edits: 1 }, events: 2 }]);
  });

  test("needs StateManage, a machine in memory does not", async () => {
    for (const language of languages) {
      const host = await hosts.open(language, programs[language], { capabilities: [] });
      expect(await host.invoke("tester", object([]), { action: "walk" })).toMatchObject({ ok: true });
      const params = object([
        ["name", "a"],
        ["version", 1],
        ["events", []],
      ]);
      const refused = await host.invoke("tester", params, { action: "again" });
      expect(refused.ok ? "" : JSON.stringify(refused.error)).toContain("StateManage");
      await host.dispose();
    }
  });
});

test("what is wrong with a definition is told alike, all of it", async () => {
  const [lua, rune] = await inBoth(async (invoke) => plain(await invoke("wrong")));
  expect(rune).toMatchObject({ found: (lua as { found: unknown }).found });
  for (const result of [lua, rune]) {
    expect((result as { found: readonly unknown[] }).found).toHaveLength(2);
    expect((result as { message: string }).message).toContain(
      'Cannot define the machine: The machine begins in "x", which is no state in it: it has a, c; The transition of "a" on "go" leads to "b", which is no state',
    );
    expect((result as { missing: string }).missing).toContain("Cannot define the machine: there is no callback beep");
  }
});

test("machines of XState come in and go out alike", async () => {
  const [lua, rune] = await inBoth(async (invoke) => plain(await invoke("exchange")));
  expect(rune).toStrictEqual(lua);
  expect(lua).toMatchObject({ rung: ["ding"], context: { loud: true }, back: { id: "bell", initial: "still" } });
});
