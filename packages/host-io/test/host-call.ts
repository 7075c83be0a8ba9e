// Calls a host function as a host does: arguments, authority, effect; with an authority that the test writes.
import type { AuthorityRequest, HostCallContext, HostModule, Outcome, Value, ValueObject } from "@crucible/sandbox";
import { defaultLimits, fail, object, succeed, rootContext } from "@crucible/sandbox";

export interface Caller {
  call(name: string, args: ValueObject, options?: CallOptions): Promise<Outcome<Value>>;
  /** Every question that was asked, in order. */
  readonly asked: AuthorityRequest[];
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly fileBytes?: number;
  readonly remainingMs?: number;
  /** Runs between the decision and the effect. */
  readonly afterDecision?: () => void;
}

/** `decide` says yes to a request or not. */
export function createCaller(module: HostModule, decide: (request: AuthorityRequest) => boolean = () => true): Caller {
  const asked: AuthorityRequest[] = [];
  const check = (request: AuthorityRequest): Outcome<void> => {
    asked.push(request);
    return decide(request)
      ? succeed(undefined)
      : fail("capability/denied", `Cannot ${request.argumentSummary}: not granted`);
  };
  return {
    asked,
    call: async (name, args, options = {}) => {
      const implementation = module.functions[name];
      if (implementation === undefined) throw new TypeError(`there is no function ${name}`);
      const call: HostCallContext = {
        invocation: rootContext({
          executionId: "e1",
          plugin: "p",
          version: "1.0.0",
          action: "main",
          invoker: { kind: "user", name: "me" },
          deadline: 0,
        }),
        pluginHome: "system",
        limits: { ...defaultLimits, file_bytes: options.fileBytes ?? defaultLimits.file_bytes },
        signal: options.signal ?? new AbortController().signal,
        remainingMs: () => options.remainingMs ?? 20_000,
        now: () => 0,
        random: () => 0.5,
        authorize: (request) => Promise.resolve(check(request)),
        progress: () => {},
        emit: () => Promise.resolve(succeed(undefined)),
        log: () => {},
        invoker: {
          invoke: () => {
            throw new TypeError("nothing is invoked here");
          },
        },
      };
      const requests = implementation.authority?.(args, call) ?? succeed([]);
      if (!requests.ok) return requests;
      for (const request of requests.value) {
        const allowed = check(request);
        if (!allowed.ok) return allowed;
      }
      options.afterDecision?.();
      return implementation.run(args, call);
    },
  };
}

/** Arguments from a plain record. */
export function args(record: Readonly<Record<string, Value>>): ValueObject {
  return object(Object.entries(record));
}
