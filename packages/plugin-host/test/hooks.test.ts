import { object, succeed } from "@crucible/sandbox";
import type { Outcome, Value } from "@crucible/sandbox";
import { matchesPattern } from "@crucible/plugin-host";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { HostSubject } from "./host-subject.ts";
import { lua, openHost } from "./host-subject.ts";

const open: HostSubject[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((subject) => subject.dispose()));
});

const echo = lua("echo", "function main(p) return p end", "parameters: { type: object }\n");

function hook(name: string, code: string, priority = 100, event = "tool:before", more = ""): string {
  return lua(
    name,
    `function main(event) ${code} end`,
    `hooks: [{event: "${event}", pattern: echo, priority: ${priority}}]\n${more}`,
  );
}

async function openWith(plugins: Readonly<Record<string, string>>): Promise<HostSubject> {
  const subject = await openHost({ "/system/echo.lua": echo, ...plugins });
  open.push(subject);
  return subject;
}

const params = object([["a", 1]]);
const run = (subject: HostSubject): Promise<Outcome<Value>> => subject.run("echo", params);
const errors = (subject: HostSubject): readonly string[] =>
  subject.records.flatMap((record) => (record.kind === "error" ? [record.context ?? ""] : []));

describe("tool:before", () => {
  test("may cancel without a capability, with its reason", async () => {
    const subject = await openWith({ "/system/h.lua": hook("h", "return { cancel = true, reason = 'not today' }") });
    expect(await run(subject)).toMatchObject({
      ok: false,
      error: { code: "invocation/cancelled", message: 'The invocation was cancelled: by the hook of "h": not today' },
    });
  });

  test("sees the event, and what answers nothing changes nothing", async () => {
    const subject = await openWith({
      "/system/h.lua": hook(
        "h",
        "if event.payload.a ~= 1 or event.event_type ~= 'tool:before' or event.identifier ~= 'echo' then error('wrong') end",
      ),
    });
    expect(await run(subject)).toStrictEqual(succeed(params));
    expect(errors(subject)).toStrictEqual([]);
  });

  test("rewrites with Intercept only: undeclared is an escalation, declared asks, approved counts", async () => {
    const code = "return { payload = { a = 2 } }";
    const without = await openWith({ "/system/h.lua": hook("h", code) });
    expect(await run(without)).toStrictEqual(succeed(params));
    expect(without.records.some(({ kind }) => kind === "security")).toBe(true);
    const unasked = await openWith({
      "/system/h.lua": hook("h", code, 100, "tool:before", "capabilities: [Intercept]\n"),
    });
    expect(await run(unasked)).toStrictEqual(succeed(params));
    const granted = await openWith({
      "/system/h.lua": hook("h", code, 100, "tool:before", "capabilities: [Intercept]\n"),
    });
    granted.attach(() => Promise.resolve({ choice: "once", by: "ada" }));
    expect(await run(granted)).toStrictEqual(succeed(object([["a", 2]])));
    expect(
      granted.records.filter((each) => each.kind === "host.call" && each.function === "hooks.tool:before"),
    ).toMatchObject([{ plugin: "h", subject: "echo", capability: "Intercept", status: "ok" }]);
  });

  test("handlers run by priority, and each sees what the one before made of it", async () => {
    const add = (name: string, priority: number): string =>
      hook(
        name,
        `return { payload = { a = event.payload.a * 10 + ${priority} } }`,
        priority,
        "tool:before",
        "capabilities: [Intercept]\n",
      );
    const subject = await openWith({
      "/system/x.lua": add("x", 3),
      "/system/y.lua": add("y", 1),
      "/system/z.lua": add("z", 2),
    });
    subject.attach(() => Promise.resolve({ choice: "once", by: "ada" }));
    expect(await run(subject)).toStrictEqual(succeed(object([["a", 1123]])));
  });

  // The failure table: what a handler that cannot answer does to the call, by its priority.
  test.each([
    ["raises an error", "error('broken')"],
    ["never ends", "while true do end"],
    ["answers what is no answer", "return 5"],
  ])("one that %s is passed over; a security gate that does refuses the call", async (_what, code) => {
    const limits = "limits: { timeout_ms: 100 }\n";
    const normal = await openWith({ "/system/h.lua": hook("h", code, 10, "tool:before", limits) });
    expect(await run(normal)).toStrictEqual(succeed(params));
    expect(errors(normal)).toStrictEqual(["hook tool:before (generation 1)"]);
    const security = await openWith({ "/system/h.lua": hook("h", code, 9, "tool:before", limits) });
    expect(await run(security)).toMatchObject({ ok: false, error: { code: "capability/denied" } });
    expect(errors(security)).toStrictEqual(["hook tool:before (generation 1)"]);
  });

  test("one that is quarantined is passed over; a security gate that is refuses the call", async () => {
    const stop = async (subject: HostSubject): Promise<void> => {
      for (let times = 0; times < 3; times++) await subject.quarantine.note({ plugin: "h", home: "system" }, "tried");
    };
    const normal = await openWith({ "/system/h.lua": hook("h", "return { cancel = true }", 10) });
    await stop(normal);
    expect(await run(normal)).toStrictEqual(succeed(params));
    const security = await openWith({ "/system/h.lua": hook("h", "return { cancel = true }", 0) });
    await stop(security);
    expect(await run(security)).toMatchObject({ ok: false, error: { code: "capability/denied" } });
  });

  test("one that nobody trusted decides nothing, also as a security gate", async () => {
    const subject = await openWith({ "/kiln/plugins/h.lua": hook("h", "return { cancel = true }", 0) });
    expect(await run(subject)).toStrictEqual(succeed(params));
    expect(subject.records.some((each) => each.plugin === "h" && each.kind === "execution.start")).toBe(false);
  });

  test("raises no events of its own, however its handler calls", async () => {
    const subject = await openWith({
      "/system/h.lua": hook(
        "h",
        "return crucible.invoke_plugin('echo', {}) and nil",
        100,
        "tool:before",
        "capabilities: [PluginInvoke]\n",
      ),
    });
    expect(await run(subject)).toStrictEqual(succeed(params));
    expect(subject.records.filter((each) => each.kind === "execution.start" && each.plugin === "h").length).toBe(1);
  });

  test("handlers of a dead generation are gone, those of the new one are there", async () => {
    const subject = await openWith({ "/system/h.lua": hook("h", "return { cancel = true }") });
    expect((await run(subject)).ok).toBe(false);
    subject.remove("/system/h.lua");
    await subject.host.reload();
    expect(await run(subject)).toStrictEqual(succeed(params));
    subject.write("/system/h2.lua", hook("h2", "return { cancel = true, reason = 'new' }"));
    await subject.host.reload();
    expect(await run(subject)).toMatchObject({ ok: false, error: { code: "invocation/cancelled" } });
  });
});

describe("tool:after and tool:error", () => {
  test("a result is changed with Intercept, and held against the schema again", async () => {
    const rewriting = (value: string): string =>
      hook("h", `return { payload = { result = ${value} } }`, 100, "tool:after", "capabilities: [Intercept]\n");
    const typed = lua("echo", "function main() return 1 end", "returns: integer\n");
    for (const [value, expected] of [
      ["2", succeed(2)],
      ["'two'", { ok: false, error: { code: "invocation/invalid-result" } }],
    ] as const) {
      const subject = await openWith({ "/system/echo.lua": typed, "/system/h.lua": rewriting(value) });
      subject.attach(() => Promise.resolve({ choice: "once", by: "ada" }));
      expect(await subject.run("echo")).toMatchObject(expected);
    }
  });

  // The failure table of stages and observers: nothing that they do changes the outcome.
  test.each([
    ["raises an error", "error('broken')"],
    ["cancels", "return { cancel = true }"],
    ["answers what is no answer", "return 5"],
  ])("one that %s changes no result", async (_what, code) => {
    const subject = await openWith({ "/system/h.lua": hook("h", code, 0, "tool:after") });
    expect(await run(subject)).toStrictEqual(succeed(params));
  });

  test("an observer of failures sees code and arguments, and its own failure is only recorded", async () => {
    const subject = await openWith({
      "/system/echo.lua": lua("echo", "function main() error('no') end", "parameters: { type: object }\n"),
      "/system/h.lua": hook("h", "error(event.payload.error.code .. event.payload.arguments.a)", 100, "tool:error"),
    });
    expect(await run(subject)).toMatchObject({ ok: false, error: { code: "guest/exception" } });
    await subject.host.dispose(10_000);
    const record = subject.records.find((each) => each.kind === "error");
    expect(record?.kind === "error" ? record.error.message : "").toContain("guest/exception1");
  });
});

test("a note's events reach the handlers whose pattern fits, and nobody else", async () => {
  const observer = (name: string, pattern: string): string =>
    lua(
      name,
      "function main(event) crucible.fetch(event.identifier) end",
      `hooks: [{event: "note:created", pattern: "${pattern}"}]\n`,
    );
  const subject = await openWith({
    "/system/a.lua": observer("a", "Journal/*"),
    "/system/b.lua": observer("b", "*.txt"),
  });
  subject.host.publish({ type: "note:created", identifier: "Journal/today.md", payload: () => ({}) });
  await subject.host.dispose(10_000);
  const calls = subject.records.flatMap((each) => (each.kind === "host.call" ? [[each.plugin, each.subject]] : []));
  // Hearing of it and reading it are decided each for itself.
  expect(calls).toStrictEqual([
    ["a", "Journal/today.md"],
    ["a", "Journal/today.md"],
  ]);
});

test("matchesPattern agrees with the regular expression of the pattern", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 10 }), (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      expect(matchesPattern(pattern, text)).toBe(expression.test(text));
    }),
    { numRuns: 2000 },
  );
});
