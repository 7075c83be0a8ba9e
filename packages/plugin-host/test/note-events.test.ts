import type { HookEvent } from "@crucible/manifest";
import type { NoteEvent, PluginHost } from "@crucible/plugin-host";
import { maxHookDepth } from "@crucible/plugin-host";
import type { HostModule, Value } from "@crucible/sandbox";
import { formatJson, succeed, textArgument } from "@crucible/sandbox";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { HostSubject } from "./host-subject.ts";
import { lua, openHost } from "./host-subject.ts";

const open: HostSubject[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((subject) => subject.dispose()));
});

/** A host with `notes.change(path)`, which tells of a change as the kiln's module does, and `notes.hear(text)`. */
async function start(
  plugins: Readonly<Record<string, string>>,
): Promise<HostSubject & { readonly heard: string[]; tell(type: NoteEvent["type"], path: string): void }> {
  const heard: string[] = [];
  const opened: { host?: PluginHost } = {};
  const parameters = [{ name: "text", schema: { type: "string" }, summary: "the text" }] as const;
  const declared = { summary: "For tests.", parameters, returns: true, capability: null, cost: 1 } as const;
  const notes: HostModule = {
    declaration: {
      name: "notes",
      summary: "For tests.",
      functions: [
        { ...declared, name: "change", effect: "write" },
        { ...declared, name: "hear", effect: "read" },
      ],
    },
    functions: {
      change: {
        run: (args, call) => {
          const cause = call.invocation.rootExecutionId;
          opened.host?.publish({ ...event("note:modified", textArgument(args, "text")), cause });
          return succeed(null);
        },
      },
      hear: { run: (args) => succeed(heard.push(textArgument(args, "text"))) },
    },
  };
  const subject = await openHost(plugins, { hostModules: [notes] });
  open.push(subject);
  opened.host = subject.host;
  return { ...subject, heard, tell: (type, path) => subject.host.publish(event(type, path)) };
}

function event(type: NoteEvent["type"], path: string): NoteEvent {
  return { type, identifier: path, payload: () => ({ path }) };
}

const imported = 'local notes = require("notes")\n';

function hooked(name: string, code: string, events: readonly HookEvent[] = ["note:modified"], more = ""): string {
  const hooks = events.map((each) => `{event: "${each}"}`).join(", ");
  return lua(name, `${imported}function main(event) ${code} end`, `hooks: [${hooks}]\n${more}`);
}

const errors = ({ records }: HostSubject): readonly (string | null)[] =>
  records.flatMap((record) => (record.kind === "error" ? [`${record.plugin} ${record.error.code}`] : []));

describe("events of notes", () => {
  test("reach handlers in the order in which they came, whatever they are", async () => {
    const types = ["note:created", "note:modified", "note:deleted", "note:parsed"] as const;
    const subject = await start({
      "/system/h.lua": hooked("h", "notes.hear(event.event_type .. ' ' .. event.payload.path)", types),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...types), fc.constantFrom("a.md", "b.md", "c/d.md")), { maxLength: 12 }),
        async (events) => {
          subject.heard.length = 0;
          // A minute for each event: the rate is another test's.
          for (const [type, path] of events) {
            subject.time.now += 60_000;
            subject.tell(type, path);
          }
          await subject.host.settled();
          expect(subject.heard).toStrictEqual(events.map((each) => each.join(" ")));
        },
      ),
      { numRuns: 20 },
    );
    expect(errors(subject)).toStrictEqual([]);
  });

  test("are not told to whoever does not read the note, and that is no violation", async () => {
    const subject = await start({
      "/system/all.lua": hooked("all", "notes.hear('all ' .. event.identifier)"),
      "/system/some.lua": hooked(
        "some",
        "notes.hear('some ' .. event.identifier)",
        ["note:modified"],
        "capabilities: [{name: KilnRead, scope: {folders: [Journal]}}]\n",
      ),
      "/system/none.lua": hooked("none", "notes.hear('none')", ["note:modified"], "capabilities: []\n"),
    });
    subject.tell("note:modified", "Journal/a.md");
    subject.tell("note:modified", "Private/b.md");
    await subject.host.settled();
    expect(subject.heard).toStrictEqual(["all Journal/a.md", "some Journal/a.md", "all Private/b.md"]);
    expect(subject.records.filter(({ kind }) => kind === "security")).toStrictEqual([]);
    const decided = subject.records.flatMap((each) => (each.kind === "host.call" ? [each] : []));
    expect(decided.filter((each) => each.function === "hooks.note:modified")).toMatchObject([
      { plugin: "all", subject: "Journal/a.md", capability: "KilnRead", status: "ok" },
      { plugin: "some", subject: "Journal/a.md", capability: "KilnRead", status: "ok" },
      { plugin: "all", subject: "Private/b.md", capability: "KilnRead", status: "ok" },
    ]);
  });

  test("of which nothing is left to tell are not told", async () => {
    const subject = await start({ "/system/h.lua": hooked("h", "notes.hear('told')") });
    subject.host.publish({ ...event("note:modified", "gone.md"), payload: () => undefined });
    await subject.host.settled();
    expect(subject.heard).toStrictEqual([]);
  });

  test("do not keep the one who made the change waiting", async () => {
    const subject = await start({
      "/system/h.lua": hooked("h", "notes.hear('handler')"),
      "/system/w.lua": lua("w", imported + "function main() notes.change('a.md') notes.hear('writer') end"),
    });
    expect(await subject.run("w")).toStrictEqual(succeed(null));
    await subject.host.settled();
    expect(subject.heard.toSorted()).toStrictEqual(["handler", "writer"]);
  });
});

describe("handlers that change notes", () => {
  test.each([
    ["itself", ["a"]],
    ["another one", ["a", "b"]],
  ])("and so call %s end at the depth, with a record", async (_whom, names) => {
    const code = (name: string): string => `notes.hear('${name}') notes.change('x.md')`;
    const subject = await start(
      Object.fromEntries(names.map((name) => [`/system/${name}.lua`, hooked(name, code(name))])),
    );
    subject.tell("note:modified", "x.md");
    await subject.host.settled();
    // Each event is told to all, and each of them makes one of the next depth.
    const told = names.length;
    expect(subject.heard.length).toBe(told + told ** 2 + told ** 3);
    expect(maxHookDepth).toBe(3);
    expect(errors(subject).length).toBe(told ** 4);
    expect(new Set(errors(subject))).toStrictEqual(new Set(names.map((name) => `${name} limit/depth`)));
  });

  test("through other plugins are as deep as if they did it themselves", async () => {
    const subject = await start({
      "/system/h.lua": hooked(
        "h",
        "notes.hear('h') require('w').main()",
        ["note:modified"],
        "dependencies: { w: '*' }\n",
      ),
      "/system/w.lua": lua("w", imported + "function main() notes.change('x.md') end"),
    });
    subject.tell("note:modified", "x.md");
    await subject.host.settled();
    expect(subject.heard).toStrictEqual(["h", "h", "h"]);
    expect(errors(subject)).toStrictEqual(["h limit/depth"]);
  });

  test("and hear of it over the disk are held by their rate for one note, with a record", async () => {
    const limits = "limits: { rate_per_minute: 60, burst: 5 }\n";
    const subject = await start({
      "/system/h.lua": hooked("h", "notes.hear(event.identifier)", ["note:modified"], limits),
    });
    for (let times = 0; times < 7; times++) subject.tell("note:modified", "x.md");
    subject.tell("note:modified", "y.md");
    await subject.host.settled();
    expect(subject.heard).toStrictEqual(["x.md", "x.md", "x.md", "x.md", "x.md", "y.md"]);
    expect(errors(subject)).toStrictEqual(["h limit/rate", "h limit/rate"]);
  });
});

test("a shutdown with time tells what waits, one without drops it", async () => {
  const endless = "while true do end";
  const told = await start({ "/system/h.lua": hooked("h", "notes.hear(event.identifier)") });
  for (const path of ["a.md", "b.md", "c.md"]) told.tell("note:modified", path);
  await told.host.dispose(10_000);
  expect(told.heard).toStrictEqual(["a.md", "b.md", "c.md"]);
  const dropped = await start({ "/system/h.lua": hooked("h", `notes.hear(event.identifier) ${endless}`) });
  for (const path of ["a.md", "b.md", "c.md"]) dropped.tell("note:modified", path);
  await dropped.host.dispose();
  expect(dropped.heard.length).toBeLessThanOrEqual(1);
});

test("what a handler gets is the event, with where it came from", async () => {
  let got: Value = null;
  const parameters = [{ name: "event", schema: true, summary: "the event" }] as const;
  const module: HostModule = {
    declaration: {
      name: "notes",
      summary: "For tests.",
      functions: [
        { name: "keep", summary: "Keeps.", parameters, returns: true, capability: null, effect: "read", cost: 1 },
      ],
    },
    functions: { keep: { run: (args) => ((got = args["event"] ?? null), succeed(null)) } },
  };
  const subject = await openHost({ "/system/h.lua": hooked("h", "notes.keep(event)") }, { hostModules: [module] });
  open.push(subject);
  subject.host.publish(event("note:modified", "a.md"));
  await subject.host.settled();
  expect(formatJson(got)).toBe(
    '{"cancelled":false,"event_type":"note:modified","identifier":"a.md","payload":{"path":"a.md"},"source":"kiln","timestamp_ms":1000000}',
  );
});
