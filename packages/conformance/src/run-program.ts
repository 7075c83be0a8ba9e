// From a program's text to a running call, with the parts that a law does not care about filled in.
import {
  defaultLimits,
  type Instance,
  type InvocationContext,
  type InvocationHandle,
  type Limits,
  type Value,
  rootContext,
} from "@crucible/sandbox";
import { assertSuccess } from "./assertion.ts";
import type { ConformanceSubject } from "./target.ts";

/** Compiles a program and binds it; a failure of either refutes the law. The caller disposes of the instance. */
export async function prepareProgram(
  { backend }: ConformanceSubject,
  text: string,
  memoryBytes: number = defaultLimits.memory_bytes,
): Promise<Instance> {
  const file = `program${backend.extensions[0] ?? ""}`;
  const artifact = assertSuccess(await backend.compile({ file, text, firstLine: 1, modules: [] }));
  return assertSuccess(
    await backend.instantiate(artifact, {
      plugin: "program",
      version: "1.0.0",
      modules: [],
      memoryBytes,
    }),
  );
}

/** Calls the action `main` of a prepared program. */
export function callMain(instance: Instance, params: Value, limits: Partial<Limits> = {}): InvocationHandle {
  return instance.call({
    action: "main",
    params,
    context: plainContext,
    limits: { ...defaultLimits, ...limits },
    seed: 1n,
    startTime: 0,
  });
}

const plainContext: InvocationContext = rootContext({
  executionId: "execution-1",
  plugin: "program",
  version: "1.0.0",
  action: "main",
  invoker: { kind: "user", name: "conformance" },
  deadline: defaultLimits.timeout_ms,
});
