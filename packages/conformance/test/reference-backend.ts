// A backend without a guest, for tests of the laws and of the runner. Its language has one program for each name of
// `programs`, and the text of a program is its name. It can be told to break one rule.
import { programs, type ConformanceTarget, type ProgramName } from "@crucible/conformance";
import {
  createInvocation,
  fail,
  isObject,
  object,
  succeed,
  type Backend,
  type CallRequest,
  type Instance,
  type Outcome,
  type Value,
} from "@crucible/sandbox";

/** One way in which a backend can be wrong. */
export type Fault =
  | "state survives a call"
  | "contexts are remembered"
  | "messages are lost"
  | "lines are off by one"
  | "the limit is not reported"
  | "a deadline spoils the next call"
  | "a trap looks like an exception";

/** Makes a target whose backend obeys every law, unless it has a fault. Counts its open subjects in `open`. */
export function referenceTarget(fault?: Fault): ConformanceTarget & { readonly opened: () => number } {
  let opened = 0;
  return {
    name: "reference",
    language: "javascript",
    offers: ["traps"],
    programs: Object.fromEntries(Object.keys(programs).map((name) => [name, name])),
    open: async () => {
      opened += 1;
      const backend = createReferenceBackend(fault);
      return Promise.resolve({
        backend,
        prepareTrap: async () => Promise.resolve(createInstance("trap", fault, { spoiled: false, counter: 0 })),
        dispose: async () => {
          opened -= 1;
          await backend.dispose();
        },
      });
    },
    opened: () => opened,
  };
}

interface Memory {
  context?: Outcome<Value>;
  counter: number;
  spoiled: boolean;
}

function createReferenceBackend(fault: Fault | undefined): Backend {
  const memory: Memory = { counter: 0, spoiled: false };
  return {
    id: "reference",
    language: "javascript",
    extensions: [".js"],
    abi: "1",
    limits: ["timeout_ms"],
    features: { traps: false, fuel: false, artifacts: "portable" },
    compile: async ({ file, text }) =>
      Promise.resolve(
        succeed({
          backend: "reference",
          abi: "1",
          file,
          hash: text.trim(),
          bytes: new TextEncoder().encode(text),
          actions: null,
          warnings: [],
          hostFunctions: null,
        }),
      ),
    instantiate: async (artifact) => Promise.resolve(succeed(createInstance(artifact.hash, fault, memory))),
    dispose: async () => Promise.resolve(),
  };
}

function createInstance(program: string, fault: Fault | undefined, memory: Memory): Instance {
  return {
    call: (request) => {
      const control = createInvocation(request.context.executionId);
      void answer(program, request, fault, memory).then(control.settle);
      return control.handle;
    },
    dispose: async () => Promise.resolve(),
  };
}

async function answer(
  program: string,
  { params, limits, host }: CallRequest,
  fault: Fault | undefined,
  memory: Memory,
): Promise<Outcome<Value>> {
  const name = program as ProgramName | "trap";
  switch (name) {
    case "echo":
      return memory.spoiled ? fail("thread/crashed", "The worker ended") : succeed(params);
    case "count":
      memory.counter = fault === "state survives a call" ? memory.counter + 1 : 1;
      return succeed(memory.counter);
    case "describe context": {
      const answered = await host?.call({
        module: "crucible",
        function: "context",
        args: [],
        signal: new AbortController().signal,
        suspendDeadline: () => () => undefined,
        remainingMs: () => limits.timeout_ms,
        publish: async () => Promise.resolve(succeed(undefined)),
      });
      const outcome = answered?.outcome ?? fail("host/unknown-function", "There is no host");
      if (fault !== "contexts are remembered") return outcome;
      memory.context ??= outcome;
      return memory.context;
    }
    case "raise": {
      const given = isObject(params) ? params["message"] : undefined;
      const message = fault === "messages are lost" || typeof given !== "string" ? "error" : given;
      const line = fault === "lines are off by one" ? 3 : 2;
      return fail("guest/exception", message, { place: { file: "program.js", line } });
    }
    case "loop": {
      memory.spoiled = fault === "a deadline spoils the next call";
      const { timeout_ms: limit } = limits;
      const report =
        fault === "the limit is not reported" ? {} : { limit: { limit, used: limit, unit: "ms" as const } };
      return fail("limit/deadline", `The call took longer than ${limit} ms`, report);
    }
    case "trap":
      return fault === "a trap looks like an exception"
        ? fail("guest/exception", "unreachable")
        : fail("guest/trap", "unreachable", { operation: object([]) });
  }
}
