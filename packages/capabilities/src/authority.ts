// The gate that every host call passes: quarantine, decision, question to a person, record, answer.
// It fails closed: whatever cannot be decided, asked or recorded is denied. Observers cannot stop it.
import { fail, succeed, type AuthorityRequest, type ErrorDetails, type Outcome } from "@crucible/sandbox";
import type { ApprovalBroker, ApprovalDraft } from "./approval-broker.ts";
import { approvalOptions, type ApprovalResult } from "./approval-request.ts";
import { targetOfSubject } from "./authority-target.ts";
import { capabilityTable } from "./capability-table.ts";
import type { Now } from "./clock.ts";
import { decide, type AuthorityQuery, type Decision, type Principal } from "./decide.ts";
import type { Grant, GrantDraft, PluginIdentity } from "./grant.ts";
import type { GrantStore } from "./grant-store.ts";
import { plainLine, remedyCommand } from "./prompt-text.ts";
import { createLimitGate, type LimitGate } from "./limit-gate.ts";
import type { LimitStore } from "./limit-store.ts";
import type { Quarantine } from "./quarantine.ts";
import { createRefusals } from "./refusals.ts";
import { scopeCovers, scopeOfTarget, wholeScope } from "./scope.ts";
import type { RaisedLimit, TrustCandidate } from "./trust.ts";
import { createTrustGate, type TrustGate } from "./trust-gate.ts";
import type { TrustStore } from "./trust-store.ts";

/** Who calls, for whom, in which run. */
export interface AuthorityContext {
  /** From the first calling plugin to the one that makes the call. */
  readonly chain: readonly Principal[];
  /** What the calling plugin says that it is for. */
  readonly description: string;
  readonly executionId: string;
  /** The invocation with which everything began; a person who refused it something is not asked again in all that it calls. */
  readonly rootExecutionId?: string;
  readonly session: string | null;
  /** Digest of all arguments; lets an answer be narrowed to them where the target cannot be spelled as a scope. */
  readonly argumentsDigest?: string;
  /** Aborted when the invocation ends: open questions of it go away. */
  readonly signal?: AbortSignal;
  /** Told when a person is being asked and when that is over: the invocation's clock stands still meanwhile. */
  readonly onAsking?: (asking: boolean) => void;
}

/** What happened, for the journal. Recorded durably before the answer is released. */
export type AuthorityEvent =
  | {
      readonly kind: "approval";
      readonly executionId: string;
      readonly request: ApprovalDraft;
      readonly result: ApprovalResult;
      readonly waitedMs: number;
    }
  | { readonly kind: "grant"; readonly executionId: string; readonly grant: Grant }
  | {
      /** A person let the content of a plugin run for good. */
      readonly kind: "trust";
      readonly executionId: string;
      readonly candidate: TrustCandidate;
      readonly version: string;
      readonly changes: readonly string[];
      readonly by: string;
    }
  | {
      /** A plugin runs with a limit above the default. */
      readonly kind: "limit";
      readonly executionId: string;
      readonly plugin: PluginIdentity;
      readonly change: RaisedLimit;
      readonly by: string;
    }
  | {
      readonly kind: "security";
      readonly priority: "high";
      readonly executionId: string;
      readonly chain: readonly PluginIdentity[];
      readonly request: AuthorityRequest;
      readonly reason: "undeclared" | "outside-scope";
      readonly message: string;
      /** Violations of the plugin so far, and whether it is stopped now. */
      readonly attempts: number;
      readonly quarantined: boolean;
    };

/** The answer of the gate. */
export interface Verdict {
  /** `ok`, or why not: `capability/*`, `host/path-refused`, `host/invalid-argument`, `grants/unreadable`, `audit/unwritable`. */
  readonly outcome: Outcome<void>;
  /** For the record of the call: `by-default`, `granted`, `approved:once`, `denied`, `undeclared`, `timed-out`, … */
  readonly reason: string;
  /** Grants and denials that it rests on. */
  readonly grants: readonly string[];
}

export interface AuthorityPowers {
  readonly grants: GrantStore;
  readonly limits: LimitStore;
  /** Keeps what a person who is asked trusts; without it nobody is asked. */
  readonly trust?: TrustStore;
  readonly quarantine: Quarantine;
  readonly broker: ApprovalBroker;
  readonly now: Now;
  /** Writes to the journal; the gate waits, and denies where it fails. */
  readonly record: (event: AuthorityEvent) => void | Promise<void>;
  /** Tells the user about a violation. What it throws is ignored. */
  readonly notify: (event: Extract<AuthorityEvent, { kind: "security" }>) => void;
}

/** Decides, asks and records. */
export interface Authority {
  /** Decides about limits above the defaults: at once where they were agreed to, else after asking. */
  readonly checkLimits: LimitGate;
  /** Decides about content that nobody trusted yet. */
  readonly checkTrust: TrustGate;
  /** Decides one request of a host call, asking a person where needed. Never rejects. */
  check(request: AuthorityRequest, context: AuthorityContext): Promise<Verdict>;
  /** The decision alone: nobody is asked, nothing is recorded or counted. For checks ahead of a run. */
  preview(
    request: AuthorityRequest,
    context: Pick<AuthorityContext, "chain" | "session" | "argumentsDigest">,
  ): Outcome<Decision>;
}

/** Makes the gate. */
export function createAuthority(powers: AuthorityPowers): Authority {
  const { grants, quarantine, broker, now, record, notify } = powers;
  const refusals = createRefusals();

  const preview: Authority["preview"] = (request, context) => {
    for (const principal of context.chain) {
      const stopped = quarantine.check(principal);
      if (!stopped.ok) return stopped;
    }
    const target = targetOfSubject(request.subject);
    if (!target.ok) return target;
    const lookup = grants.lookup();
    if (!lookup.ok) return lookup;
    return succeed(decide(context.chain, lookup.value, queryOf(request, context, target.value, now())));
  };

  const check = async (request: AuthorityRequest, context: AuthorityContext): Promise<Verdict> => {
    const decided = preview(request, context);
    const { subject } = request;
    // Not knowing the tags of a note never allows anything: they are looked for where that could be why it was not.
    if (decided.ok && decided.value.kind !== "allow" && subject?.findTags !== undefined) {
      const { findTags, ...known } = subject;
      return check({ ...request, subject: { ...known, tags: await findTags() } }, context);
    }
    if (!decided.ok) return { outcome: decided, reason: decided.error.code, grants: [] };
    const decision = decided.value;
    switch (decision.kind) {
      case "allow":
        return { outcome: succeed(undefined), reason: decision.reason, grants: decision.grants };
      case "deny":
        return refuse(request, context, decision);
      case "ask":
        return question(request, context, decision);
    }
  };

  const refuse = async (
    request: AuthorityRequest,
    context: AuthorityContext,
    decision: Extract<Decision, { kind: "deny" }>,
  ): Promise<Verdict> => {
    const { reason } = decision;
    const message = denialText(request, reason);
    const verdict: Verdict = {
      outcome: fail(decision.code, message, {
        ...detailsOf(request, context),
        ...(reason === "denied"
          ? { hint: "A recorded denial covers it or a part of it: cru plugins grants list" }
          : {}),
      }),
      reason,
      grants: decision.grants,
    };
    const callee = context.chain.at(-1);
    if ((reason !== "undeclared" && reason !== "outside-scope") || callee === undefined) return verdict;
    const noted = await quarantine.note(callee, `${request.operation}: ${reason}`);
    const event: AuthorityEvent = {
      kind: "security",
      priority: "high",
      executionId: context.executionId,
      chain: context.chain.map(({ plugin, home }) => ({ plugin, home })),
      request,
      reason,
      message,
      attempts: noted.ok ? noted.value.attempts : 1,
      quarantined: noted.ok && noted.value.since !== undefined,
    };
    await record(event);
    try {
      notify(event);
    } catch {
      // An observer: the denial stands whether or not somebody could be told.
    }
    return verdict;
  };

  const question = async (
    request: AuthorityRequest,
    context: AuthorityContext,
    decision: Extract<Decision, { kind: "ask" }>,
  ): Promise<Verdict> => {
    const callee = context.chain.at(-1);
    if (callee === undefined) return deniedAs(request, context, "no-principal", decision);
    const entry = capabilityTable[decision.through];
    const target = targetOfSubject(request.subject);
    const narrowedScope =
      target.ok && decision.through === request.capability
        ? scopeOfTarget(request.capability, target.value)
        : undefined;
    const narrowable = narrowedScope !== undefined || context.argumentsDigest !== undefined;
    const draft: ApprovalDraft = {
      plugin: { plugin: callee.plugin, home: callee.home },
      description: plainLine(context.description, 300),
      capability: decision.through,
      operation: request.operation,
      argumentSummary: plainLine(request.argumentSummary, 300),
      impact: entry.impact,
      risk: entry.risk,
      onBehalfOf: decision.onBehalfOf.map(({ plugin, home }) => ({ plugin, home })),
      options: approvalOptions(decision.remember, narrowable),
      ...(narrowedScope === undefined ? {} : { narrowedScope }),
      executionId: context.executionId,
      session: context.session,
    };
    const key = keyOf(draft, request, context);
    const run = context.rootExecutionId ?? context.executionId;
    if (!refusals.mayAsk(run, key)) return deniedAs(request, context, "denied", decision);
    const asked = now();
    context.onAsking?.(true);
    const result = await broker.ask(draft, {
      // What is asked each time is asked for each call; everything else is one question while it is open.
      ...(decision.remember ? { key } : {}),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      recheck: () => {
        const again = preview(request, context);
        if (!again.ok) return false;
        return again.value.kind === "ask" ? undefined : again.value.kind === "allow";
      },
    });
    context.onAsking?.(false);
    await record({
      kind: "approval",
      executionId: context.executionId,
      request: draft,
      result,
      waitedMs: now() - asked,
    });
    if (result.kind === "denied" || result.kind === "timed-out") refusals.note(run, key);
    if (result.kind === "settled")
      return result.allowed ? check(request, context) : deniedAs(request, context, "denied", decision);
    if (result.kind !== "approved") return deniedAs(request, context, result.kind, decision);

    // Somebody may have denied it for good while the question was open, or the plugin was stopped.
    const again = preview(request, context);
    if (!again.ok) return { outcome: again, reason: again.error.code, grants: [] };
    if (again.value.kind === "deny") return refuse(request, context, again.value);
    if (result.choice === "once") return { outcome: succeed(undefined), reason: "approved:once", grants: [] };
    const added = await remember(request, context, draft, result.choice, callee);
    if (!added.ok) return { outcome: added, reason: added.error.code, grants: [] };
    broker.recheck();
    return { outcome: succeed(undefined), reason: `approved:${result.choice}`, grants: added.value };
  };

  /** Records the answer: for each pair that was asked about, else for the plugin itself. */
  const remember = async (
    request: AuthorityRequest,
    context: AuthorityContext,
    draft: ApprovalDraft,
    choice: "session" | "always" | "always-narrowed",
    callee: PluginIdentity,
  ): Promise<Outcome<readonly string[]>> => {
    const narrowed = choice === "always-narrowed";
    const grant: GrantDraft = {
      effect: "allow",
      plugin: callee.plugin,
      home: callee.home,
      capability: request.capability,
      scope: narrowed ? (draft.narrowedScope ?? wholeScope) : declaredScope(context.chain, request),
      ...(narrowed ? { operation: request.operation } : {}),
      ...(narrowed && draft.narrowedScope === undefined && context.argumentsDigest !== undefined
        ? { argumentsDigest: context.argumentsDigest }
        : {}),
      ...(choice === "session" ? { session: context.session ?? "" } : {}),
      origin: "prompt",
    };
    const drafts =
      draft.onBehalfOf.length === 0 ? [grant] : draft.onBehalfOf.map((pair) => ({ ...grant, onBehalfOf: pair }));
    const ids: string[] = [];
    for (const one of drafts) {
      const added = await grants.add(one);
      if (!added.ok) return added;
      ids.push(added.value.id);
      await record({ kind: "grant", executionId: context.executionId, grant: added.value });
    }
    return succeed(ids);
  };

  return {
    preview,
    checkLimits: createLimitGate(powers, refusals),
    checkTrust: createTrustGate(powers, refusals),
    check: async (request, context) => {
      try {
        return await check(request, context);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return {
          outcome: fail(
            "capability/denied",
            `Cannot ${plainLine(request.argumentSummary, 300)}: it could not be decided or recorded: ${message}`,
            detailsOf(request, context),
          ),
          reason: "failed",
          grants: [],
        };
      }
    },
  };
}

function queryOf(
  request: AuthorityRequest,
  context: Pick<AuthorityContext, "session" | "argumentsDigest">,
  target: AuthorityQuery["target"],
  time: number,
): AuthorityQuery {
  return {
    capability: request.capability,
    target,
    operation: request.operation,
    argumentsDigest: context.argumentsDigest,
    session: context.session,
    now: time,
  };
}

/**
 * What "always" is given for: the capability as the manifest declares it now. A later version that declares more has to
 * ask again.
 */
function declaredScope(chain: readonly Principal[], request: AuthorityRequest): Grant["scope"] {
  const target = targetOfSubject(request.subject);
  const claim = chain
    .at(-1)
    ?.claims.find(
      ({ name, scope }) => name === request.capability && target.ok && scopeCovers(name, scope, target.value),
    );
  return claim?.scope ?? wholeScope;
}

function keyOf(draft: ApprovalDraft, request: AuthorityRequest, context: AuthorityContext): string {
  return JSON.stringify([
    draft.plugin,
    draft.capability,
    request,
    draft.onBehalfOf,
    context.argumentsDigest ?? null,
    context.session,
  ]);
}

function detailsOf(request: AuthorityRequest, context: AuthorityContext): ErrorDetails {
  const plugin = context.chain.at(-1)?.plugin;
  return { ...(plugin === undefined ? {} : { plugin }), operation: request.operation, capability: request.capability };
}

function deniedAs(
  request: AuthorityRequest,
  context: AuthorityContext,
  reason: ApprovalResult["kind"] | "no-principal",
  { through, onBehalfOf }: Extract<Decision, { kind: "ask" }>,
): Verdict {
  const callee = context.chain.at(-1);
  const command = callee === undefined ? undefined : remedyCommand(callee, request, through, onBehalfOf);
  const message = denialText(request, reason);
  const hint =
    command === undefined
      ? "Run it where somebody can answer: this capability is asked each time"
      : `To permit it: ${command}`;
  return {
    outcome: fail("capability/denied", reason === "unattended" ? `${message}. ${hint}` : message, {
      ...detailsOf(request, context),
      hint,
    }),
    reason,
    grants: [],
  };
}

/** What the guest and its user read. It says nothing that the guest could not know. */
function denialText(request: AuthorityRequest, reason: string): string {
  const what = `Cannot ${plainLine(request.argumentSummary, 300)}`;
  const { capability } = request;
  switch (reason) {
    case "undeclared":
      return `${what}: capability ${capability} is not declared in the manifest`;
    case "outside-scope":
      return `${what}: it is outside the scope that the manifest declares for ${capability}`;
    case "protected":
      return `${what}: the place is protected`;
    case "timed-out":
      return `${what}: capability ${capability} was not granted in time`;
    case "unattended":
      return `${what}: capability ${capability} is not granted and nobody is there to ask`;
    case "cancelled":
      return `${what}: the question for ${capability} was cancelled`;
    case "failed":
      return `${what}: the question for ${capability} could not be asked`;
    default:
      return `${what}: capability ${capability} is not granted`;
  }
}
