// A function of the host as a task: called through the door that the plugin's own calls take, and ended in time.
import {
  abortError,
  createInvocation,
  fail,
  isObject,
  toErrorValue,
  type HostCallContext,
  type InvocationHandle,
  type Value,
} from "@crucible/sandbox";
import type { HostTarget } from "./workflow.ts";

/**
 * Starts the function with inputs by the names of its parameters. The call is decided, recorded and counted like one that
 * the plugin makes. After `timeoutMs`, or when cancelled, the handle ends at once; the function is told by its signal.
 */
export function callHostFunction(
  call: HostCallContext,
  startTimer: (delayMs: number, run: () => void) => () => void,
  { module, name, parameters }: HostTarget,
  inputs: Value,
  timeoutMs: number | undefined,
): InvocationHandle {
  const operation = `${module}.${name}`;
  const control = createInvocation(operation);
  const { host } = call;
  if (host === undefined) {
    control.settle(fail("host/unknown-function", `Cannot call ${operation}: this host does not offer it`));
    return control.handle;
  }
  const abort = new AbortController();
  const end = (error: ReturnType<typeof abortError>): void => {
    control.settle({ ok: false, error });
    abort.abort(error);
  };
  control.signal.addEventListener("abort", () => end(abortError(control.signal)), { once: true });
  const stopTimer =
    timeoutMs === undefined
      ? undefined
      : startTimer(timeoutMs, () =>
          end({
            code: "limit/deadline",
            message: `${operation} ran longer than ${timeoutMs} ms`,
            details: { limit: { limit: timeoutMs, used: timeoutMs, unit: "ms" } },
          }),
        );
  const args = parameters.map((parameter) => (isObject(inputs) ? (inputs[parameter] ?? null) : null));
  // What is left out at the end is not there; in between it is null, which passes as left out.
  while (args.length > 0 && args.at(-1) === null) args.pop();
  void host
    .call(module, name, args, abort.signal)
    .catch((thrown: unknown) => ({ ok: false as const, error: toErrorValue(thrown) }))
    .then((outcome) => {
      stopTimer?.();
      control.settle(outcome);
    });
  return control.handle;
}
