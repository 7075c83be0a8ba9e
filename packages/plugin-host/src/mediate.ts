// Complete mediation: every host call of an invocation is read, decided, recorded, carried out and recorded again, here.
// Order: arguments → authority (may ask a person) → intent (for changes) → effect → record → answer.
import type {
  AuthorityRequest,
  CapabilityName,
  ErrorValue,
  HostAnswer,
  HostArguments,
  HostCallContext,
  HostCallHandler,
  HostCallRequest,
  Outcome,
  PluginInvoker,
  Value,
} from "@crucible/sandbox";
import { crossingBounds, encodeValue, fail, formatJson, succeed, toErrorValue } from "@crucible/sandbox";
import type { Authority, Verdict } from "@crucible/capabilities";
import { plainLine } from "@crucible/capabilities";
import type { Journal, JournalEntry } from "@crucible/audit";
import { suspendClocks, type Execution } from "./execution.ts";
import type { FunctionTable, HostEntry } from "./function-table.ts";
import { createRandom } from "./random.ts";

export interface MediationPowers {
  readonly authority: Authority;
  readonly journal: Pick<Journal, "append" | "flushed" | "record">;
  readonly now: () => number;
  /** Short digest of bytes for the journal. */
  readonly digest: (bytes: Uint8Array) => string;
  /** Capabilities that no plugin gets, whatever was granted. */
  readonly deniedCapabilities?: readonly CapabilityName[];
}

const undecided: Verdict = { outcome: succeed(undefined), reason: "none-needed", grants: [] };

/** Makes the handler of one invocation's host calls. `invoker` calls other plugins on behalf of this invocation. */
export function createMediator(
  powers: MediationPowers,
  functions: FunctionTable,
  execution: Execution,
  invoker: PluginInvoker,
): HostCallHandler {
  const { authority, journal, digest } = powers;
  const crossing = crossingBounds(execution.limits);
  let random: (() => number) | undefined;
  const now = (): number => {
    execution.lastTime = Math.max(execution.lastTime, powers.now());
    return execution.lastTime;
  };

  const call = async (request: HostCallRequest): Promise<Omit<HostAnswer, "time">> => {
    const number = ++execution.hostCalls;
    execution.clock ??= { suspendDeadline: () => request.suspendDeadline(), remainingMs: () => request.remainingMs() };
    const started = powers.now();
    const entry = functions.find(request.module, request.function);
    if (entry === undefined) {
      const message = `Cannot call ${request.module}.${request.function}: this host does not offer it`;
      return { outcome: fail("host/unknown-function", message) };
    }
    const encodedArgs = request.encodedArgs === undefined ? encodeValue(request.args) : succeed(request.encodedArgs);
    if (!encodedArgs.ok) return { outcome: encodedArgs };
    const argumentsDigest = digest(encodedArgs.value);
    let verdict = undecided;
    let subject: string | null = null;

    const run = async (): Promise<Outcome<Value>> => {
      const args = entry.readArguments(request.args, execution.plugin.manifest.language);
      if (!args.ok) return args;
      const context = createContext(request, entry, argumentsDigest);
      const requests = authorityRequests(entry, args.value, context);
      if (!requests.ok) return requests;
      for (const asked of requests.value) {
        subject ??= asked.subject?.value ?? null;
        verdict = await check(request, asked, argumentsDigest);
        if (!verdict.outcome.ok) return verdict.outcome;
      }
      const { effect } = entry.declaration;
      if (effect === "write" || effect === "external") {
        const noted = await journal.record({
          kind: "host.intent",
          call: number,
          function: entry.operation,
          subject,
          arguments: argumentsDigest,
          ...execution.subject,
        });
        if (!noted.ok) return noted;
      }
      return entry.implementation.run(args.value, context);
    };

    let outcome = await run().catch((thrown: unknown): Outcome<Value> => ({
      ok: false,
      error: toErrorValue(thrown),
    }));
    const result = outcome.ok ? encodeValue(outcome.value, crossing) : undefined;
    if (result?.ok === false) outcome = result;
    const recorded = append({
      kind: "host.call",
      call: number,
      function: entry.operation,
      subject,
      arguments: argumentsDigest,
      capability: entry.declaration.capability,
      decision: verdict.reason,
      duration_ms: powers.now() - started,
      ...execution.subject,
      ...(verdict.grants.length === 0 ? {} : { grants: verdict.grants }),
      ...(outcome.ok ? { status: "ok" } : { status: "error", error: briefError(outcome.error) }),
      ...(result?.ok === true ? { result: digest(result.value) } : {}),
    });
    if (!recorded.ok) return { outcome: recorded };
    const flushed = await journal.flushed();
    if (!flushed.ok) return { outcome: flushed };
    return result?.ok === true ? { outcome, encoded: result.value } : { outcome };
  };

  // What cannot be recorded is not answered.
  const append = (entry: JournalEntry): Outcome<void> => {
    try {
      journal.append(entry);
      return succeed(undefined);
    } catch (thrown) {
      return { ok: false, error: toErrorValue(thrown) };
    }
  };

  const check = (request: HostCallRequest, asked: AuthorityRequest, argumentsDigest: string): Promise<Verdict> => {
    if (powers.deniedCapabilities?.includes(asked.capability) === true) {
      const message = `Cannot run ${asked.operation}: the configuration denies ${asked.capability} to all plugins`;
      const outcome = fail("capability/denied", message, {
        hint: "See capabilities.deny in cru config show --sources",
      });
      return Promise.resolve({ outcome, reason: "denied-by-configuration", grants: [] });
    }
    let resume: (() => void) | undefined;
    return authority.check(asked, {
      chain: execution.chain,
      description: execution.plugin.manifest.description,
      executionId: execution.context.executionId,
      rootExecutionId: execution.context.rootExecutionId,
      session: execution.context.session,
      argumentsDigest,
      signal: request.signal,
      onAsking: (asking) => {
        if (asking) resume = suspendClocks(execution);
        else resume?.();
      },
    });
  };

  const createContext = (request: HostCallRequest, entry: HostEntry, argumentsDigest: string): HostCallContext => ({
    invocation: execution.context,
    pluginHome: execution.plugin.root.home,
    limits: execution.limits,
    signal: request.signal,
    remainingMs: request.remainingMs,
    now,
    random: () => (random ??= createRandom(execution.seed))(),
    authorize: async (asked) =>
      (await check(request, { ...asked, operation: entry.operation }, argumentsDigest)).outcome,
    progress: (report) => void request.publish({ kind: "progress", report }),
    emit: (value) => request.publish({ kind: "emit", value }),
    log: (level, message, fields) =>
      void request.publish({ kind: "log", level, message, ...(fields === undefined ? {} : { fields }) }),
    invoker,
    host: {
      modules: functions.modules,
      call: (module, name, args, signal) => callFor(request, module, name, args, signal),
    },
  });

  // What a library does on the plugin's behalf takes the plugin's own way, and counts against its limit.
  const callFor = async (
    request: HostCallRequest,
    module: string,
    name: string,
    args: readonly Value[],
    signal: AbortSignal | undefined,
  ): Promise<Outcome<Value>> => {
    if (request.countCall?.() === false)
      return fail("limit/host-calls", `The plugin made more than ${execution.limits.host_calls} host calls`);
    const { outcome } = await mediator.call({
      module,
      function: name,
      args,
      signal: signal === undefined ? request.signal : AbortSignal.any([request.signal, signal]),
      ...(request.line === undefined ? {} : { line: request.line }),
      ...(request.countCall === undefined ? {} : { countCall: request.countCall }),
      suspendDeadline: () => request.suspendDeadline(),
      remainingMs: () => request.remainingMs(),
      publish: (event) => request.publish(event),
    });
    return outcome;
  };

  const mediator: HostCallHandler = {
    call: async (request): Promise<HostAnswer> => {
      const answer = await call(request);
      return { time: now(), ...answer };
    },
  };
  return mediator;
}

// One request from the declaration where the function does not say better.
function authorityRequests(
  entry: HostEntry,
  args: HostArguments,
  context: HostCallContext,
): Outcome<readonly AuthorityRequest[]> {
  const { declaration, implementation, operation } = entry;
  if (implementation.authority !== undefined) return implementation.authority(args, context);
  if (declaration.capability === null) return succeed([]);
  const named = declaration.subject === undefined ? undefined : args[declaration.subject.parameter];
  const request = { capability: declaration.capability, operation, argumentSummary: summarize(entry, args) };
  if (declaration.subject === undefined || typeof named !== "string") return succeed([request]);
  return succeed([{ ...request, subject: { kind: declaration.subject.kind, value: named } }]);
}

function summarize({ operation, declaration }: HostEntry, args: HostArguments): string {
  const parts = Object.entries(args).map(([name, value]) =>
    declaration.confidential?.includes(name) === true ? `${name}: …` : `${name}: ${formatJson(value).slice(0, 80)}`,
  );
  return plainLine(`${operation}(${parts.join(", ")})`, 200);
}

// Diagnostics and stacks of errors belong to their own records, not into each call's.
function briefError({ code, message }: ErrorValue): ErrorValue {
  return { code, message: plainLine(message, 300) };
}
