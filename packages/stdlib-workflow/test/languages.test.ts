import { openHost, type ConformanceSubject, type TestHost } from "@crucible/conformance";
import { isObject, object, unwrap, type Backend, type Outcome, type Value } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createRuneBackend } from "@crucible/sandbox-rune";
import { createNodeThreadPowers, createThreadPool, type ThreadPool } from "@crucible/sandbox-thread";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

type Texts = Readonly<Record<"lua" | "rune", string>>;

let pool: ThreadPool;
const backends = new Map<keyof Texts, Backend>();

beforeAll(() => {
  pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 3 });
  backends.set("lua", createLuaBackend(pool));
  backends.set("rune", createRuneBackend(pool));
});
afterAll(async () => {
  for (const backend of backends.values()) await backend.dispose();
  await pool.dispose();
});

const worker: Texts = {
  lua: `function double(params) return params.x * 2 end
function flaky(params)
  local tries = (crucible.state.get("tries") or 0) + 1
  crucible.state.set("tries", tries)
  if tries < params.tries then error({ code = "host/network", message = "not yet" }) end
  return tries
end
function fail(params) error({ code = "host/not-found", message = "nothing there" }) end`,
  rune: `pub fn double(params) { params.x * 2 }
pub fn flaky(params) {
    let tries = match crucible::state::get("tries")? { () => 1, before => before + 1 };
    crucible::state::set("tries", tries)?;
    if tries < params.tries {
        return Err(#{ "code": "host/network", "message": "not yet" });
    }
    tries
}
pub fn fail(params) { Err(#{ "code": "host/not-found", "message": "nothing there" }) }`,
};
const anything = { type: "object" };
const actions = {
  double: { parameters: anything },
  flaky: { parameters: anything },
  fail: { parameters: anything },
  main: { parameters: anything },
};

/** Runs one program in both languages, each with a plugin \`worker\` in its own language, and compares what comes out. */
async function inBoth(
  code: Texts,
  use: (test: TestHost) => Promise<Outcome<Value>> = (test) => test.invoke("caller", object([["n", 3]])),
): Promise<Outcome<Value>> {
  const outcomes: Outcome<Value>[] = [];
  for (const [language, backend] of backends) {
    const subject: ConformanceSubject = { backend, dispose: async () => Promise.resolve() };
    const { main: _, ...own } = actions;
    const host = await openHost(subject, {
      plugins: [
        {
          manifest: { name: "worker", description: "Works", capabilities: ["StateManage"], actions: own },
          code: worker[language],
        },
        {
          manifest: {
            name: "caller",
            description: "Calls",
            capabilities: ["PluginInvoke", "StateManage"],
            parameters: anything,
          },
          code: code[language],
        },
      ],
    });
    outcomes.push(await use(host));
    await host.dispose();
  }
  const [lua, rune] = outcomes.map(timeless);
  expect(rune).toStrictEqual(lua);
  return outcomes[0] as Outcome<Value>;
}

// Times differ from run to run: each language looks at the clock as often as its own library does.
function timeless(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) =>
      key === "duration_ms" || key === "details" ? undefined : typeof each === "bigint" ? String(each) : each,
    ),
  );
}

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
      later,
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
  const backend = backends.get("lua") as Backend;
  const host = await openHost(
    { backend, dispose: async () => Promise.resolve() },
    {
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
    },
  );
  const value = unwrap(await host.invoke("caller", object([])));
  expect(isObject(value)).toBe(true);
  expect(value).toMatchObject({ own: "succeeded", code: "capability/escalation", stored: "capability/escalation" });
  await host.dispose();
});
