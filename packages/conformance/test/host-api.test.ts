// The differential law of the host API holds for a guest that passes everything on, and is refuted by one that does not.
import { hostApiCases, openTemporaryKiln, type ConformanceTarget } from "@crucible/conformance";
import { createInvocation, fail, isObject, succeed, type Backend, type Value } from "@crucible/sandbox";
import { expect, test } from "vitest";

/** A guest without a language: it makes the calls that its parameters name, after `alter` has seen their arguments. */
function targetWith(alter: (args: readonly Value[]) => readonly Value[]): ConformanceTarget {
  const backend: Backend = {
    id: "passing",
    language: "lua",
    extensions: [".lua"],
    abi: "1",
    limits: ["timeout_ms", "memory_bytes"],
    features: { traps: false, fuel: false, artifacts: "portable" },
    compile: ({ file, text }) =>
      Promise.resolve(
        succeed({
          backend: "passing",
          abi: "1",
          file,
          hash: text,
          bytes: new TextEncoder().encode(text),
          actions: null,
          warnings: [],
          hostFunctions: null,
        }),
      ),
    instantiate: () =>
      Promise.resolve(
        succeed({
          call: ({ context, params, host }) => {
            const control = createInvocation(context.executionId);
            const { name, args } = isObject(params) ? params : {};
            if (host === undefined || typeof name !== "string" || !Array.isArray(args)) {
              control.settle(fail("guest/exception", "There is nothing to call"));
              return control.handle;
            }
            void host
              .call({
                module: "crucible",
                function: name,
                args: alter(args),
                signal: control.signal,
                suspendDeadline: () => () => undefined,
                remainingMs: () => 1000,
                publish: () => Promise.resolve(succeed(undefined)),
              })
              .then(({ outcome }) => control.settle(outcome));
            return control.handle;
          },
          dispose: () => Promise.resolve(),
        }),
      ),
    dispose: () => Promise.resolve(),
  };
  return {
    name: "passing",
    language: "lua",
    offers: ["kilns"],
    open: () => Promise.resolve({ backend, openKiln: openTemporaryKiln, dispose: () => Promise.resolve() }),
  };
}

const [sequence] = hostApiCases(
  targetWith((args) => args),
  { runs: 2 },
);

test("a guest that passes everything on is the same", async () => {
  await expect(sequence?.run()).resolves.toBeUndefined();
});

test("a guest that loses a last argument is not", async () => {
  const [refuted] = hostApiCases(
    targetWith((args) => args.slice(0, 1)),
    { runs: 4 },
  );
  await expect(refuted?.run()).rejects.toThrow(/Property failed/);
});
