// A backend without a guest: its plugins call the function that their parameters name. What the host answers it, is what
// every language has to make of the same call.
import {
  createInvocation,
  abortError,
  fail,
  isObject,
  succeed,
  textArgument,
  type Backend,
  type CallRequest,
  type Outcome,
  type Value,
} from "@crucible/sandbox";

/** Creates the backend; the calls are those of `dispatchProgram`. */
export function createDirectBackend(module: string): Backend {
  return {
    id: "direct",
    language: "javascript",
    extensions: [".js"],
    abi: "1",
    limits: ["timeout_ms", "memory_bytes"],
    features: { traps: false, fuel: false, artifacts: "portable" },
    compile: async ({ file, text }) =>
      Promise.resolve(
        succeed({
          backend: "direct",
          abi: "1",
          file,
          hash: text,
          bytes: new TextEncoder().encode(text),
          actions: null,
          warnings: [],
          hostFunctions: null,
        }),
      ),
    instantiate: async () =>
      Promise.resolve(
        succeed({
          call: (request: CallRequest) => {
            const control = createInvocation(request.context.executionId);
            control.signal.addEventListener("abort", () =>
              control.settle({ ok: false, error: abortError(control.signal) }),
            );
            void callNamed(module, request, control.signal).then(control.settle);
            return control.handle;
          },
          dispose: async () => Promise.resolve(),
        }),
      ),
    dispose: async () => Promise.resolve(),
  };
}

async function callNamed(
  module: string,
  { params, host, limits }: CallRequest,
  signal: AbortSignal,
): Promise<Outcome<Value>> {
  if (host === undefined || !isObject(params)) return fail("host/unknown-function", "There is nothing to call");
  const args = params["args"];
  const { outcome } = await host.call({
    module,
    function: textArgument(params, "name"),
    args: Array.isArray(args) ? args : [],
    signal,
    suspendDeadline: () => () => undefined,
    remainingMs: () => limits.timeout_ms,
    publish: async () => Promise.resolve(succeed(undefined)),
  });
  return outcome;
}
