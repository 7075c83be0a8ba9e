// Workflows as plugins write them: the same in each language, with equal reports.
import { openHost, type TestHost } from "@crucible/conformance";
import { isObject, object, unwrap, type Outcome, type Value } from "@crucible/sandbox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anything, createLanguages, type Languages } from "./languages.ts";

let languages: Languages;
beforeAll(() => {
  languages = createLanguages();
});
afterAll(() => languages.dispose());

const inBoth: Languages["inBoth"] = (...given) => languages.inBoth(...given);

describe("a workflow written in Lua and in Rune", () => {
  test("runs functions and actions, passes outputs, tries again, and reports the same", async () => {
    const outcome = await inBoth({
      lua: `local workflow = require("workflow")
function main(params)
  local flow = workflow.define({
    name = "mixed",
    tasks = {
      start = { run = function(step) return { n = params.n } end },
      double = { type = "worker.double", inputs = { x = "\${start.n}" } },
      flaky = { type = "worker.flaky", inputs = { tries = 3 }, retry = { max = 3, delay_ms = 10 } },
      own = {
        needs = { "double" },
        retry = { max = 1, delay_ms = 1 },
        run = function(step)
          if step.attempt == 1 then error({ message = "first" }) end
          return { doubled = step.outputs.double, attempt = step.attempt }
        end,
      },
      wrong = { type = "worker.fail" },
      after = { needs = { "wrong" }, run = function(step) return "never" end },
    },
  })
  return { order = flow:order(), report = flow:execute({ parallel = true }) }
end`,
      rune: `pub fn main(params) {
    let flow = workflow::define(#{
        name: "mixed",
        tasks: #{
            start: #{ run: |step| #{ n: params.n } },
            double: #{ "type": "worker.double", inputs: #{ x: "\${start.n}" } },
            flaky: #{ "type": "worker.flaky", inputs: #{ tries: 3 }, retry: #{ max: 3, delay_ms: 10 } },
            own: #{
                needs: ["double"],
                retry: #{ max: 1, delay_ms: 1 },
                run: |step| if step.attempt == 1 { Err("first") } else { Ok(#{ doubled: step.outputs.double, attempt: step.attempt }) },
            },
            wrong: #{ "type": "worker.fail" },
            after: #{ needs: ["wrong"], run: |step| "never" },
        },
    })?;
    let report = flow.execute_with(#{ parallel: true })?;
    Ok(#{ order: flow.order(), report: report })
}`,
    });
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        order: ["flaky", "start", "double", "own", "wrong", "after"],
        report: {
          status: "partially_failed",
          outputs: { start: { n: 3 }, double: 6, flaky: 3, own: { doubled: 6, attempt: 2 } },
          tasks: { flaky: { attempts: 3 }, after: { status: "skipped", because: ["wrong"] } },
          errors: [{ task: "wrong", error: { code: "guest/exception", message: "nothing there" } }],
        },
      },
    });
  });

  test("is refused with everything that is wrong, the cycle's path included", async () => {
    const outcome = await inBoth({
      lua: `local workflow = require("workflow")
local source = { tasks = { a = { needs = { "b" }, run = function() end }, b = { needs = { "a" }, run = function() end }, c = { needs = { "x" }, run = function() end } } }
function main() local ok, failure = pcall(workflow.define, source) return { findings = workflow.check(source), message = failure.message, code = failure.code } end`,
      rune: `pub fn main(params) {
    let source = #{ tasks: #{ a: #{ needs: ["b"], run: |s| () }, b: #{ needs: ["a"], run: |s| () }, c: #{ needs: ["x"], run: |s| () } } };
    let failure = match workflow::define(source) { Err(failure) => failure, Ok(flow) => return "defined" };
    #{ findings: workflow::check(source)?, message: failure.message, code: failure.code }
}`,
    });
    expect(outcome).toMatchObject({
      ok: true,
      value: {
        code: "host/invalid-argument",
        findings: [
          { code: "unknown-dependency", tasks: ["c"] },
          {
            code: "cycle",
            tasks: ["a", "b", "a"],
            message: "Cannot order the tasks: they wait for each other: a → b → a",
          },
        ],
      },
    });
  });

  test("is stored under its run, and goes on in a later invocation", async () => {
    const later = async (host: TestHost): Promise<Outcome<Value>> => {
      const first = await host.invoke("caller", object([["limit", 1]]));
      const second = await host.invoke("caller", object([["limit", 9]]));
      return { ok: true, value: [first, second].map((each) => (each.ok ? each.value : each.error.message)) };
    };
    const outcome = await inBoth(
      {
        lua: `local workflow = require("workflow")
function main(params)
  local ran = {}
  local flow
  local function task(name) return function() ran[#ran + 1] = name if #ran >= params.limit then flow.cancel("paused") end return name end end
  flow = workflow.define({ name = "long", tasks = { { name = "a", run = task("a") }, { name = "b", needs = { "a" }, run = task("b") }, { name = "c", needs = { "b" }, run = task("c") } } })
  local report = flow.execute({ run = "nightly" })
  return { ran = ran, status = report.status, reason = report.reason, outputs = report.outputs }
end`,
        rune: `pub fn main(params) {
    let ran = [];
    let cell = #{};
    let task = |name| move |step| {
        ran.push(name);
        if ran.len() >= params.limit { cell.flow.cancel("paused")?; }
        Ok(name)
    };
    let flow = workflow::define(#{ name: "long", tasks: [
        #{ name: "a", run: task("a") },
        #{ name: "b", needs: ["a"], run: task("b") },
        #{ name: "c", needs: ["b"], run: task("c") },
    ] })?;
    cell.flow = flow;
    let report = flow.execute_with(#{ run: "nightly" })?;
    Ok(#{ ran, status: report.status, reason: report.reason, outputs: report.outputs })
}`,
      },
      { use: later },
    );
    expect(outcome).toMatchObject({
      ok: true,
      value: [
        { ran: ["a"], status: "cancelled", reason: "paused", outputs: { a: "a" } },
        { ran: ["b", "c"], status: "succeeded", outputs: { a: "a", b: "b", c: "c" } },
      ],
    });
  });

  test("ends with the invocation: what is not allowed is refused before anything starts", async () => {
    const outcome = await inBoth({
      lua: `local workflow = require("workflow")
function main() local ok, failure = pcall(workflow.execute, { tasks = { a = { type = "worker.double" } } }, { colour = 1 }) return failure.code end`,
      rune: `pub fn main(params) { match workflow::execute(#{ tasks: #{ a: #{ "type": "worker.double" } } }, #{ colour: 1 }) { Err(failure) => failure.code, Ok(report) => report } }`,
    });
    expect(outcome).toMatchObject({ ok: true, value: "host/invalid-argument" });
  });
});

test("a plugin without PluginInvoke can run its own functions, and no action of others", async () => {
  const host = await openHost(languages.subject("lua"), {
    plugins: [
      {
        manifest: { name: "worker", description: "Works", actions: { double: { parameters: anything } } },
        code: "function double(p) return 1 end",
      },
      {
        manifest: { name: "caller", description: "Calls", capabilities: [], parameters: anything },
        code: `local workflow = require("workflow")
function main(params)
  local own = workflow.execute({ tasks = { a = function() return 1 end } })
  local ok, failure = pcall(workflow.execute, { tasks = { a = { type = "worker.double" } } })
  local stored, refusal = pcall(workflow.execute, { tasks = { a = function() return 1 end } }, { run = "kept" })
  return { own = own.status, code = failure.code, stored = refusal.code }
end`,
      },
    ],
  });
  const value = unwrap(await host.invoke("caller", object([])));
  expect(isObject(value)).toBe(true);
  expect(value).toMatchObject({ own: "succeeded", code: "capability/escalation", stored: "capability/escalation" });
  await host.dispose();
});

test("a workflow that Lua defines outside of its functions is checked when it is used first", async () => {
  const host = await openHost(languages.subject("lua"), {
    plugins: [
      {
        manifest: {
          name: "caller",
          description: "Defines",
          capabilities: [],
          actions: { good: { parameters: anything }, order: { parameters: anything }, bad: { parameters: anything } },
        },
        code: `local workflow = require("workflow")
local flow = workflow.define({ tasks = { b = { needs = { "a" }, run = function(step) return step.outputs.a + 1 end }, a = function() return 1 end } })
local cycle = workflow.define({ tasks = { a = { needs = { "a" }, run = function() end } } })
function good() return flow:execute().outputs end
function order() return flow:order() end
function bad() return cycle:execute() end`,
      },
    ],
  });
  expect(await host.invoke("caller", object([]), { action: "good" })).toMatchObject({
    ok: true,
    value: { a: 1, b: 2 },
  });
  expect(await host.invoke("caller", object([]), { action: "order" })).toMatchObject({ ok: true, value: ["a", "b"] });
  expect(await host.invoke("caller", object([]), { action: "bad" })).toMatchObject({
    ok: false,
    error: { code: "host/invalid-argument", message: expect.stringContaining("a → a") as unknown },
  });
  await host.dispose();
});
