// A backend without a guest, for tests of the laws and of the runner. Its language has one program for each name of
// `programs`, and the text of a program is its name in a comment. It can be told to break one rule.
import { openTemporaryKiln, programs, type ConformanceTarget, type ProgramName } from "@crucible/conformance";
import { sha256, toHex } from "@crucible/cache";
import {
  abortError,
  createInvocation,
  fail,
  isObject,
  object,
  succeed,
  type Artifact,
  type Backend,
  type CallRequest,
  type Instance,
  type InvocationControl,
  type Outcome,
  type SourcePlace,
  type Value,
} from "@crucible/sandbox";
import { askGraph, runMachine } from "./reference-libraries.ts";

/** One way in which a backend can be wrong. */
export type Fault =
  | "state survives a call"
  | "contexts are remembered"
  | "messages are lost"
  | "lines are off by one"
  | "the limit is not reported"
  | "a deadline spoils the next call"
  | "memory is not bounded"
  | "a trap looks like an exception"
  | "notes are made up"
  | "writes are swallowed"
  | "options are lost";

const texts: Readonly<Partial<Record<string, string>>> = {
  ...Object.fromEntries(Object.keys(programs).map((name) => [name, `// ${name}\n`])),
  "document itself": "/** Says nothing. */\n\n/** Answers null. */\nexport function main(params) {}\n",
};

/** Makes a target whose backend obeys every law, unless it has a fault. Says how many of its subjects are open. */
export function referenceTarget(fault?: Fault): ConformanceTarget & { readonly opened: () => number } {
  let opened = 0;
  return {
    name: "reference",
    language: "javascript",
    offers: ["traps", "kilns"],
    programs: texts,
    open: async () => {
      opened += 1;
      const state: State = { fault, memory: { counter: 0, spoiled: false } };
      const trap = { name: "trap", place: { file: "trap.js", line: 1 } };
      return Promise.resolve({
        backend: createReferenceBackend(state),
        prepareTrap: async () => Promise.resolve(createInstance(trap, state)),
        openKiln: openTemporaryKiln,
        dispose: async () => {
          opened -= 1;
          return Promise.resolve();
        },
      });
    },
    opened: () => opened,
  };
}

interface State {
  readonly fault: Fault | undefined;
  /** What only a wrong backend keeps between calls. */
  readonly memory: { counter: number; spoiled: boolean; context?: Outcome<Value> };
}

/** A call, with where its events go. */
type PublishingRequest = CallRequest & Pick<InvocationControl, "publish">;

interface LoadedProgram {
  readonly name: string;
  /** Where its first line stands in the author's file. */
  readonly place: SourcePlace;
}

function createReferenceBackend(state: State): Backend {
  return {
    id: "reference",
    language: "javascript",
    extensions: [".js"],
    abi: "1",
    limits: ["timeout_ms", "memory_bytes"],
    features: { traps: false, fuel: false, artifacts: "portable" },
    compile: async ({ file, text }) => {
      if (text.trim() === "// syntax error") {
        const line = text.split("\n").findIndex((each) => each.trim() !== "") + 1;
        return Promise.resolve(fail("compile/syntax", "It does not parse", { place: { file, line } }));
      }
      const bytes = new TextEncoder().encode(text);
      return Promise.resolve(
        succeed({
          backend: "reference",
          abi: "1",
          file,
          hash: toHex(sha256(bytes)),
          bytes,
          actions: null,
          warnings: [],
          hostFunctions: null,
        }),
      );
    },
    instantiate: async (artifact) => Promise.resolve(succeed(createInstance(readProgram(artifact), state))),
    dispose: async () => Promise.resolve(),
  };
}

/** The front matter of a plugin is blank in its text, so that the first line that is not is the program's first. */
function readProgram({ file, bytes }: Artifact): LoadedProgram {
  const lines = new TextDecoder().decode(bytes).split("\n");
  const line = lines.findIndex((each) => each.trim() !== "") + 1;
  const body = lines.join("\n").trim();
  const name = Object.keys(texts).find((each) => texts[each]?.trim() === body) ?? body;
  return { name, place: { file, line } };
}

function createInstance(program: LoadedProgram, state: State): Instance {
  return {
    call: (request) => {
      const control = createInvocation(request.context.executionId);
      control.signal.addEventListener("abort", () => control.settle({ ok: false, error: abortError(control.signal) }));
      void answer(program, { ...request, publish: control.publish }, state).then((outcome) =>
        control.settle(outcome, { memoryBytes: 65_536, fuel: undefined }),
      );
      return control.handle;
    },
    dispose: async () => Promise.resolve(),
  };
}

async function answer(
  { name, place }: LoadedProgram,
  request: PublishingRequest,
  { fault, memory }: State,
): Promise<Outcome<Value>> {
  const { params, limits } = request;
  const given = (key: string): Value => (isObject(params) ? (params[key] ?? null) : null);
  const program = name as ProgramName | "trap";
  const options = fault === "options are lost" ? null : given("options");
  switch (program) {
    case "echo":
      return memory.spoiled ? fail("thread/crashed", "The worker ended") : succeed(params);
    case "count":
      memory.counter = fault === "state survives a call" ? memory.counter + 1 : 1;
      return succeed(memory.counter);
    case "raise": {
      const message = given("message");
      const line = place.line + (fault === "lines are off by one" ? 2 : 1);
      const text = fault === "messages are lost" || typeof message !== "string" ? "error" : message;
      return fail("guest/exception", text, { place: { ...place, line } });
    }
    case "loop": {
      // What is asked for later may be answered earlier.
      await new Promise((resolve) => setImmediate(resolve));
      memory.spoiled = fault === "a deadline spoils the next call";
      const { timeout_ms: limit } = limits;
      const report =
        fault === "the limit is not reported" ? {} : { limit: { limit, used: limit, unit: "ms" as const } };
      return fail("limit/deadline", `The call took longer than ${limit} ms`, { place, ...report });
    }
    case "allocate": {
      const used = Number(given("bytes"));
      const { memory_bytes: limit } = limits;
      return used <= limit || fault === "memory is not bounded"
        ? succeed(used)
        : fail("limit/memory", `The call needs more than ${limit} bytes`, {
            place,
            limit: { limit, used, unit: "bytes" },
          });
    }
    case "find globals":
      return succeed("");
    case "describe context": {
      const outcome = await callHost(request, "context", []);
      if (fault !== "contexts are remembered") return outcome;
      memory.context ??= outcome;
      return memory.context;
    }
    case "read note":
      return fault === "notes are made up" ? succeed("a note") : callHost(request, "read_note", [given("path")]);
    case "write note":
      return callHost(request, "write_note", [given("path"), given("content")]);
    case "write note with front matter":
      if (fault === "writes are swallowed") return succeed(object([["path", given("path")]]));
      return callHost(request, "write_note", [given("path"), given("content"), given("frontmatter")]);
    case "search":
      return callHost(request, "search", [given("query"), options]);
    case "traverse":
      return callHost(request, "graph.traverse", [given("start"), given("strategy"), options]);
    case "ask the network":
      return callHost(request, "http.get", [given("url")]);
    case "list notes":
      return callHost(request, "list_notes", [given("folder"), options]);
    case "store":
      return callHost(request, "state.set", [given("key"), given("value")]);
    case "load":
      return callHost(request, "state.get", [given("key")]);
    case "check workflow": {
      const findings = await callModule(request, "workflow", "check", [given("definition")]);
      if (!findings.ok || (Array.isArray(findings.value) && findings.value.length > 0))
        return findings.ok ? succeed({ findings: findings.value }) : findings;
      const order = await callModule(request, "workflow", "order", [given("definition")]);
      return order.ok ? succeed({ order: order.value }) : order;
    }
    case "execute workflow":
      return executeWorkflow(request, given);
    case "ask the graph":
      return askGraph((each, args) => callModule(request, "graph", each, args), given);
    case "run a state machine":
      return runMachine((each, args) => callModule(request, "statemachine", each, args), given);
    case "use utilities":
      return applyUtilities(request, given);
    case "call plugin":
      return callHost(request, "invoke_plugin", [given("plugin"), given("params")]);
    case "import callee":
      return callModule(request, "callee", "main", [params]);
    case "syntax error":
      return fail("guest/exception", "it does not parse");
    case "raise when asked":
      return given("fail") === true ? fail("guest/exception", "asked to") : succeed(params);
    case "reach for a file":
      return fail("guest/exception", "there are no files");
    case "document itself":
      return succeed(null);
    case "trap":
      return fail(fault === "a trap looks like an exception" ? "guest/exception" : "guest/trap", "unreachable");
  }
}

async function executeWorkflow(request: PublishingRequest, given: (key: string) => Value): Promise<Outcome<Value>> {
  const begun = await callModule(request, "workflow", "begin", [given("definition"), given("options")]);
  if (!begun.ok) return begun;
  const ran: Value[] = [];
  let ended: Value = null;
  for (;;) {
    const step = await callModule(request, "workflow", "advance", [begun.value, ended]);
    if (!step.ok) return step;
    if (!isObject(step.value)) return fail("guest/exception", "The step is no object");
    const { report, task, attempt, outputs } = step.value;
    if (report !== undefined) return succeed({ report, ran });
    const fails = given("fails");
    const count = isObject(fails) ? Number(fails[typeof task === "string" ? task : ""] ?? 0) : 0;
    if (Number(attempt) <= count) ended = { error: { message: `attempt ${Number(attempt)}` } };
    else {
      ran.push(task ?? null);
      ended = { output: { task: task ?? null, saw: outputs ?? null } };
    }
  }
}

async function applyUtilities(request: PublishingRequest, given: (key: string) => Value): Promise<Outcome<Value>> {
  const date = await callModule(request, "utils", "date.format", [given("time"), null, given("zone")]);
  if (!date.ok) return date;
  const entries: [string, Value][] = [["date", date.value]];
  for (const [key, name, ...args] of [
    ["json", "json.parse", given("json")],
    ["yaml", "yaml.parse", given("yaml")],
    ["found", "regex.find_all", given("pattern"), given("text")],
    ["time", "date.parse", date.value],
    ["slug", "text.slug", given("text")],
    ["lines", "text.lines", given("text")],
  ] as const) {
    const outcome = await callModule(request, "utils", name, args);
    if (!outcome.ok) return outcome;
    entries.push([key, outcome.value]);
  }
  return succeed(object(entries));
}

function callHost(request: PublishingRequest, name: string, args: readonly Value[]): Promise<Outcome<Value>> {
  return callModule(request, "crucible", name, args);
}

async function callModule(
  { host, limits, publish }: PublishingRequest,
  module: string,
  name: string,
  args: readonly Value[],
): Promise<Outcome<Value>> {
  if (host === undefined) return fail("host/unknown-function", "There is no host");
  const { outcome } = await host.call({
    module,
    function: name,
    args,
    signal: new AbortController().signal,
    suspendDeadline: () => () => undefined,
    remainingMs: () => limits.timeout_ms,
    publish,
  });
  return outcome;
}
