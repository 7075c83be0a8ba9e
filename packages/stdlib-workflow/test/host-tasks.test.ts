// Functions of the host as tasks: named by their types, with the authority, the records and the limits of the plugin.
import type { TestHost } from "@crucible/conformance";
import { abortError, object, type HostModule, type Outcome, type Value } from "@crucible/sandbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLanguages, type Languages, type Texts } from "./languages.ts";

let languages: Languages;
beforeAll(() => {
  languages = createLanguages();
});
afterAll(() => languages.dispose());

const notes = { "a.md": "---\nstatus: open\n---\nFirst Note", "b.md": "Second" };

const pipeline: Texts = {
  lua: `local workflow = require("workflow")
function main(params)
  return workflow.execute({
    name = "pipeline",
    tasks = {
      read = { type = "crucible.read_note", inputs = { path = "\${inputs.path}" } },
      slug = { type = "utils.text.slug", inputs = { text = "\${read.content}" } },
      keep = { type = "crucible.state.set", inputs = { key = "slug", value = "\${slug}" }, critical = true },
      back = { type = "crucible.state.get", needs = { "keep" }, inputs = { key = "slug" } },
      mine = { run = function(step) return step.outputs.back .. "!" end, needs = { "back" } },
    },
  }, { parallel = true, inputs = { path = "a" } })
end`,
  rune: `pub fn main(params) {
    workflow::execute(#{
        name: "pipeline",
        tasks: #{
            read: #{ "type": "crucible.read_note", inputs: #{ path: "\${inputs.path}" } },
            slug: #{ "type": "utils.text.slug", inputs: #{ text: "\${read.content}" } },
            keep: #{ "type": "crucible.state.set", inputs: #{ key: "slug", value: "\${slug}" }, critical: true },
            back: #{ "type": "crucible.state.get", needs: ["keep"], inputs: #{ key: "slug" } },
            mine: #{ run: |step| \`\${step.outputs.back}!\`, needs: ["back"] },
        },
    }, #{ parallel: true, inputs: #{ path: "a" } })
}`,
};

const callsOf = (host: TestHost): readonly unknown[] =>
  host.records.flatMap((record) =>
    record.kind === "host.call" && !record.function.startsWith("workflow.")
      ? [[record.plugin, record.function, record.subject, record.decision]]
      : [],
  );

test("functions of the host are tasks, each call decided and recorded as the plugin's own", async () => {
  const recorded: unknown[] = [];
  const outcome = await languages.inBoth(pipeline, {
    notes,
    manifest: { capabilities: ["KilnRead", "StateManage"] },
    use: async (host) => {
      const ended = await host.invoke("caller", object([]));
      recorded.push(callsOf(host));
      return ended;
    },
  });
  expect(outcome).toMatchObject({
    ok: true,
    value: {
      status: "succeeded",
      outputs: { slug: "first-note", keep: null, back: "first-note", mine: "first-note!" },
    },
  });
  const expected = [
    ["caller", "crucible.read_note", "a.md", "by-default"],
    ["caller", "utils.text.slug", null, "none-needed"],
    ["caller", "crucible.state.set", "slug", "by-default"],
    ["caller", "crucible.state.get", "slug", "by-default"],
  ];
  expect(recorded).toStrictEqual([expected, expected]);
});

test("what the plugin may not do, its workflow may not do either: the task fails and is not tried again", async () => {
  const violations: unknown[] = [];
  const outcome = await languages.inBoth(pipeline, {
    notes,
    manifest: { capabilities: ["StateManage"] },
    use: async (host) => {
      const ended = await host.invoke("caller", object([]));
      violations.push(host.events.map(({ kind }) => kind));
      return ended;
    },
  });
  expect(outcome).toMatchObject({
    ok: true,
    value: {
      status: "partially_failed",
      tasks: { read: { status: "failed", attempts: 1 }, slug: { status: "skipped", because: ["read"] } },
      errors: [{ task: "read", error: { code: "capability/escalation" } }],
    },
  });
  expect(violations).toStrictEqual([["security"], ["security"]]);
});

const writing: Texts = {
  lua: `local workflow = require("workflow")
function main() return workflow.execute({ tasks = {
  write = { type = "crucible.write_note", inputs = { path = "new.md", content = "text" }, retry = { max = 3, delay_ms = 1 } },
} }) end`,
  rune: `pub fn main(params) { workflow::execute(#{ tasks: #{
  write: #{ "type": "crucible.write_note", inputs: #{ path: "new.md", content: "text" }, retry: #{ max: 3, delay_ms: 1 } },
} }, #{}) }`,
};

test.each([
  ["once", "succeeded", 1],
  ["deny", "failed", 1],
] as const)("a person is asked about a task's effect and answers %s: it has %s", async (answer, status, attempts) => {
  const seen: unknown[] = [];
  const outcome = await languages.inBoth(writing, {
    notes,
    answer,
    manifest: { capabilities: ["KilnWrite"] },
    use: async (host) => {
      const ended = await host.invoke("caller", object([]));
      const written = await host.kiln.readNote("new.md");
      seen.push([host.questions.map(({ operation }) => operation), written.ok]);
      return ended;
    },
  });
  expect(outcome).toMatchObject({ ok: true, value: { tasks: { write: { status, attempts } } } });
  expect(seen).toStrictEqual(Array(2).fill([["crucible.write_note"], answer === "once"]));
});

test("unknown functions and inputs are found before anything runs, with what was probably meant", async () => {
  const outcome = await languages.inBoth({
    lua: `local workflow = require("workflow")
function main() return workflow.check({ tasks = {
  a = { type = "crucible.reed_note", inputs = { path = "a.md" } },
  b = { type = "crucible.read_note", inputs = { pat = "a.md" } },
  c = { type = "crucible.state", inputs = {} },
  d = { type = "workflow.execute", inputs = {} },
  e = { type = "utils.date.now", inputs = { colour = 1 } },
} }) end`,
    rune: `pub fn main(params) { workflow::check(#{ tasks: #{
  a: #{ "type": "crucible.reed_note", inputs: #{ path: "a.md" } },
  b: #{ "type": "crucible.read_note", inputs: #{ pat: "a.md" } },
  c: #{ "type": "crucible.state", inputs: #{} },
  d: #{ "type": "workflow.execute", inputs: #{} },
  e: #{ "type": "utils.date.now", inputs: #{ colour: 1 } },
} }) }`,
  });
  expect(outcome).toMatchObject({
    ok: true,
    value: [
      {
        code: "unknown-function",
        message: 'Cannot read task "a": "crucible" has no function "reed_note", did you mean "read_note"?',
        tasks: ["a"],
      },
      {
        code: "invalid-input",
        message: 'Cannot read task "b": "crucible.read_note" has no parameter "pat", did you mean "path"?',
        tasks: ["b"],
      },
      {
        code: "invalid-input",
        message:
          'Cannot read task "b": "crucible.read_note" needs the input "path" (the note, from the kiln\'s root: `reading/a.md`; the ending may be left out)',
        tasks: ["b"],
      },
      { code: "unknown-function", tasks: ["c"] },
      {
        code: "unknown-function",
        message:
          'Cannot read task "d": "workflow.execute" cannot be a task: put its tasks into this workflow, or call an action that executes it',
        tasks: ["d"],
      },
      {
        code: "invalid-input",
        message: 'Cannot read task "e": "utils.date.now" has no parameter "colour", it takes none',
        tasks: ["e"],
      },
    ],
  });
});

test("arguments of the wrong kind fail the task, as they fail the call", async () => {
  const outcome = await languages.inBoth(
    {
      lua: `local workflow = require("workflow")
function main() return workflow.execute({ tasks = { a = { type = "crucible.read_note", inputs = { path = 7 } } } }) end`,
      rune: `pub fn main(params) { workflow::execute(#{ tasks: #{ a: #{ "type": "crucible.read_note", inputs: #{ path: 7 } } } }, #{}) }`,
    },
    { manifest: { capabilities: ["KilnRead"] } },
  );
  expect(outcome).toMatchObject({
    ok: true,
    value: { errors: [{ task: "a", attempts: 1, error: { code: "host/invalid-argument" } }] },
  });
});

test("calls of tasks count against the plugin's limit of host calls, which ends the invocation", async () => {
  const tasks = (format: (name: number) => string): string => Array.from({ length: 20 }, (_, at) => format(at)).join();
  const run = (limit: number): Promise<Outcome<Value>> =>
    languages.inBoth(
      {
        lua: `local workflow = require("workflow")
function main() return workflow.execute({ tasks = {${tasks((at) => `t${at} = { type = "utils.date.now" }`)}} }).status end`,
        rune: `pub fn main(params) { Ok(workflow::execute(#{ tasks: #{${tasks((at) => `t${at}: #{ "type": "utils.date.now" }`)}} }, #{})?.status) }`,
      },
      { manifest: { limits: { host_calls: limit } } },
    );
  // The shim's own calls are order, begin and advance.
  expect(await run(23)).toMatchObject({ ok: true, value: "succeeded" });
  expect(await run(22)).toMatchObject({ ok: false, error: { code: "limit/host-calls" } });
});

test.each([
  [
    "the task's time-out",
    "timeout_ms",
    { status: "partially_failed", errors: [{ error: { code: "limit/deadline" } }] },
  ],
  ["the workflow's time-out", "whole", { status: "timed_out", tasks: { a: { status: "cancelled" } } }],
])("%s ends a function of the host, which is told by its signal", async (_, place, report) => {
  const told: unknown[] = [];
  const slow: HostModule = {
    declaration: {
      name: "slow",
      summary: "Takes its time.",
      functions: [
        {
          name: "sleep",
          summary: "Ends when it is told to.",
          parameters: [],
          returns: true,
          capability: null,
          effect: "none",
          cost: 1,
        },
      ],
    },
    functions: {
      sleep: {
        run: (_args, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener("abort", () => {
              told.push(abortError(signal).code);
              resolve({ ok: false, error: abortError(signal) });
            });
          }),
      },
    },
  };
  const [task, whole] = place === "whole" ? ["", "timeout_ms = 5000, "] : [", timeout_ms = 5000", ""];
  const outcome = await languages.inBoth(
    {
      lua: `local workflow = require("workflow")
function main() return workflow.execute({ ${whole}tasks = { a = { type = "slow.sleep"${task} } } }) end`,
      rune: `pub fn main(params) { workflow::execute(#{ ${whole.replace("=", ":")}tasks: #{ a: #{ "type": "slow.sleep"${task.replace("=", ":")} } } }, #{}) }`,
    },
    { modules: [slow] },
  );
  expect(outcome).toMatchObject({ ok: true, value: report });
  const code = place === "whole" ? "invocation/cancelled" : "limit/deadline";
  expect(told).toStrictEqual([code, code]);
});
