// Every gate before a guest runs, in one order: name, action, quarantine, depth, parameters, rate, trust, limits.
// Each gate fails closed. Nothing is loaded here.
import type { InvocationContext, Limits, NestedRequest, Outcome, Value } from "@crucible/sandbox";
import { CrucibleError, defaultLimits, fail, nestedContext, succeed } from "@crucible/sandbox";
import type { RaisedLimit, TrustCandidate } from "@crucible/capabilities";
import { raisedLimits } from "@crucible/capabilities";
import type { DeclaredAction, Validator } from "@crucible/manifest";
import { createValidator, suggest } from "@crucible/manifest";
import type { FoundPlugin } from "./discover.ts";
import type { Execution } from "./execution.ts";
import { principalOf, suspendClocks } from "./execution.ts";
import type { PluginHostOptions, RootRequest } from "./host-options.ts";
import { isTrustedByPlace } from "./plugin-root.ts";
import type { Registry } from "./registry.ts";
import { identityOf, qualifiedName } from "./registry.ts";

/** Who asks for an invocation, and in which generation names resolve. */
export type Origin =
  | { readonly kind: "root"; readonly request: RootRequest; readonly registry: Registry }
  | {
      readonly kind: "nested";
      readonly request: NestedRequest;
      readonly registry: Registry;
      readonly caller: Execution;
      readonly rootLimits: Limits;
    }
  /** The host itself: hooks and the actions around loading. Costs no rate and raises no events. */
  | { readonly kind: "host"; readonly request: RootRequest; readonly registry: Registry };

/** An invocation that passed all gates. */
export interface Admitted {
  readonly execution: Execution;
  readonly params: Value;
  readonly checkParams: Validator;
  readonly result: Validator | undefined;
  readonly rootLimits: Limits;
}

/** An invocation that passed all gates but those at which a person may have to be asked. */
export interface Pending {
  /** Asks: whether the content is trusted, and about limits above the defaults. The deadline moves by the wait. */
  readonly agree: (signal: AbortSignal) => Promise<Outcome<Admitted>>;
}

export interface Admission {
  admit(id: string, reference: string, action: string, params: Value, origin: Origin): Outcome<Admitted | Pending>;
  /** Whether a plugin's present content may run at all: trust, then quarantine. */
  checkRunnable(plugin: FoundPlugin): Outcome<void>;
}

/** Actions that the host calls around loading; nobody else can. */
export const lifecycleActions = ["on_load", "on_unload"] as const;

export function isLifecycleAction(name: string): boolean {
  return name === "on_load" || name === "on_unload";
}

export function createAdmission(options: PluginHostOptions): Admission {
  const validators = new WeakMap<DeclaredAction, Validators>();
  const usual = options.limits ?? defaultLimits;
  const noneRaised: readonly RaisedLimit[] = [];
  const raisedBy = new WeakMap<FoundPlugin, readonly RaisedLimit[]>();
  // What a kiln's plugin asks for was agreed to when its content was trusted.
  const raisedOf = (plugin: FoundPlugin): readonly RaisedLimit[] => {
    if (!isTrustedByPlace(plugin.root.scope)) return noneRaised;
    let raised = raisedBy.get(plugin);
    if (raised === undefined) raisedBy.set(plugin, (raised = raisedLimits(plugin.manifest.limits, usual)));
    return raised;
  };

  const checkRunnable = (plugin: FoundPlugin): Outcome<void> => {
    const trusted = checkTrust(options, plugin);
    return trusted.ok ? options.quarantine.check(principalOf(plugin)) : trusted;
  };

  const agree = async (
    admitted: Admitted,
    raised: readonly RaisedLimit[],
    trusted: Outcome<void>,
    signal: AbortSignal,
  ): Promise<Outcome<Admitted>> => {
    const { execution } = admitted;
    const { context, plugin } = execution;
    const run = {
      description: plugin.manifest.description,
      executionId: context.executionId,
      rootExecutionId: context.rootExecutionId,
      session: context.session,
      signal,
    };
    const asked = options.now();
    const resume = suspendClocks(execution.caller);
    try {
      if (!trusted.ok) {
        const { version } = plugin.manifest;
        const given = await options.authority.checkTrust({ ...run, candidate: trustCandidateOf(plugin), version });
        // What was not agreed to is refused in the words that name the remedy.
        if (!given.ok) return given.error.code === "plugin/untrusted" ? trusted : given;
      }
      if (raised.length > 0) {
        const agreed = await options.authority.checkLimits({ ...run, plugin: principalOf(plugin), raised });
        if (!agreed.ok) return agreed;
      }
    } finally {
      resume();
    }
    const deadline = context.deadline + (options.now() - asked);
    return succeed({ ...admitted, execution: { ...execution, context: { ...context, deadline } } });
  };

  return {
    checkRunnable,
    admit: (id, reference, actionName, params, origin) => {
      const { registry } = origin;
      const found = registry.find(reference);
      if (!found.ok) return found;
      const plugin = found.value;
      const { manifest } = plugin;
      const action = manifest.actions.find((each) => each.name === actionName);
      const isHidden = isLifecycleAction(actionName) && origin.kind !== "host";
      if (action === undefined || isHidden || manifest.kind === "library") {
        const name = reference.split("@")[0] ?? reference;
        const actions = manifest.kind === "library" ? [] : callableActions(manifest.actions);
        const meant = suggest(actionName, actions);
        const hint =
          meant === undefined
            ? `Its actions: ${actions.length === 0 ? "none" : actions.join(", ")}`
            : `Did you mean "${meant}"?`;
        return fail("plugin/action-not-found", `Action '${actionName}' not found in plugin '${name}'`, {
          plugin: manifest.name,
          hint,
        });
      }
      const stopped = options.quarantine.check(principalOf(plugin));
      if (!stopped.ok) return stopped;
      const trusted = checkTrust(options, plugin);
      // What the host itself runs asks nobody.
      if (!trusted.ok && (trusted.error.code !== "plugin/untrusted" || origin.kind === "host")) return trusted;
      const limits: Limits = { ...usual, ...manifest.limits };
      const narrowed =
        origin.kind === "nested"
          ? narrow(limits, nestedLimits(origin, options.now()))
          : narrow(limits, origin.request.limits);
      if (origin.kind === "nested" && origin.caller.context.depth + 1 > origin.rootLimits.call_depth) {
        return fail(
          "limit/depth",
          `Cannot call "${manifest.name}": plugin calls nest deeper than ${origin.rootLimits.call_depth}`,
          {
            limit: { limit: origin.rootLimits.call_depth, used: origin.caller.context.depth + 1, unit: "calls" },
          },
        );
      }
      let own = validators.get(action);
      if (own === undefined) validators.set(action, (own = createValidators(plugin, action)));
      // What the host hands over has the host's form.
      const checked = origin.kind === "host" ? succeed(params) : own.params(params);
      // Content that nobody trusts shows none of its own text.
      if (!checked.ok) return trusted.ok ? checked : trusted;
      if (origin.kind === "root") {
        const allowed = options.rateLimiter.take(`${plugin.root.home} ${qualifiedName(plugin)}`, limits);
        if (!allowed.ok) return allowed;
      }
      const context = contextOf(options, id, plugin, actionName, narrowed, origin);
      const execution: Execution = {
        context,
        plugin,
        action,
        registry,
        chain: origin.kind === "nested" ? [...origin.caller.chain, principalOf(plugin)] : [principalOf(plugin)],
        limits: narrowed,
        seed: (origin.kind === "nested" ? undefined : origin.request.seed) ?? options.randomSeed(),
        subject: { execution_id: id, plugin: manifest.name, version: manifest.version, invoker: context.invoker },
        quiet: origin.kind === "host" || (origin.kind === "nested" && origin.caller.quiet),
        caller: origin.kind === "nested" ? origin.caller : undefined,
        clock: undefined,
        lastTime: options.now(),
        hostCalls: 0,
      };
      const admitted: Admitted = {
        execution,
        params: checked.value,
        checkParams: own.params,
        result: own.result,
        rootLimits: origin.kind === "nested" ? origin.rootLimits : narrowed,
      };
      const raised = raisedOf(plugin);
      if (trusted.ok && raised.length === 0) return succeed(admitted);
      return succeed({ agree: (signal) => agree(admitted, raised, trusted, signal) });
    },
  };
}

function callableActions(actions: readonly DeclaredAction[]): readonly string[] {
  return actions.map(({ name }) => name).filter((name) => !isLifecycleAction(name));
}

interface Validators {
  readonly params: Validator;
  readonly result: Validator | undefined;
}

function createValidators(plugin: FoundPlugin, action: DeclaredAction): Validators {
  const name = action.name === "main" ? qualifiedName(plugin) : `${qualifiedName(plugin)}.${action.name}`;
  return {
    params: createValidator(action.parameters, {
      code: "invocation/invalid-parameters",
      subject: `the parameters of "${name}"`,
    }),
    result:
      action.returns === undefined || action.returns === true
        ? undefined
        : createValidator(action.returns, { code: "invocation/invalid-result", subject: `the result of "${name}"` }),
  };
}

/** A plugin as the store of trust knows it. */
export function trustCandidateOf(plugin: FoundPlugin): TrustCandidate {
  const { claims, path, hash } = plugin;
  const { dependencies, limits } = plugin.manifest;
  return { ...identityOf(plugin), claims, dependencies, limits, path, hash };
}

// A kiln's plugins run after the user has trusted this very content; one's own folders are trusted by being one's own.
function checkTrust(options: PluginHostOptions, plugin: FoundPlugin): Outcome<void> {
  if (isTrustedByPlace(plugin.root.scope)) return succeed(undefined);
  const { manifest } = plugin;
  const assessed = options.trust.assess(trustCandidateOf(plugin));
  if (!assessed.ok) return assessed;
  if (assessed.value.kind === "trusted") return succeed(undefined);
  const { changes, previous } = assessed.value;
  const reason = previous === undefined ? "its content has not been trusted yet" : "it changed since it was trusted";
  return fail("plugin/untrusted", `Cannot run "${manifest.name}": ${reason}`, {
    plugin: manifest.name,
    hint: `Read ${plugin.entryPath}, then: cru plugins trust ${qualifiedName(plugin)}`,
    changes: changes.map(({ text }) => text),
  });
}

function contextOf(
  { now }: PluginHostOptions,
  id: string,
  plugin: FoundPlugin,
  action: string,
  limits: Limits,
  origin: Origin,
): InvocationContext {
  const { manifest } = plugin;
  const deadline = now() + limits.timeout_ms;
  const own = { executionId: id, plugin: manifest.name, version: manifest.version, action, deadline };
  const { taskId, attempt } = origin.request;
  if (origin.kind === "nested") {
    return nestedContext(origin.caller.context, {
      ...own,
      ...(taskId === undefined ? {} : { taskId }),
      ...(attempt === undefined ? {} : { attempt }),
    });
  }
  const { invoker, session, traceparent } = origin.request;
  return {
    taskId: taskId ?? id,
    attempt: attempt ?? 1,
    invoker,
    session: session ?? null,
    rootExecutionId: id,
    parentExecutionId: null,
    depth: 0,
    traceparent: traceparent ?? null,
    ...own,
  };
}

function nestedLimits({ caller, request }: Extract<Origin, { kind: "nested" }>, now: number): Partial<Limits> {
  const left = Math.max(1, caller.clock?.remainingMs() ?? caller.context.deadline - now);
  return { timeout_ms: Math.min(left, request.timeoutMs ?? left) };
}

function narrow(limits: Limits, by: Partial<Limits> | undefined): Limits {
  if (by === undefined) return limits;
  const narrowed: Record<string, number> = { ...limits };
  for (const [name, value] of Object.entries(by)) {
    if (!Number.isFinite(value) || value <= 0)
      throw new CrucibleError("host/invalid-argument", `Cannot set the limit ${name} to ${value}`);
    narrowed[name] = Math.min(value, narrowed[name] ?? value);
  }
  return { ...limits, ...narrowed };
}
