// Questions about a plugin as a whole, before it runs: asked once per run at most, recorded, answered once or for good.
import type { ApprovalDraft } from "./approval-broker.ts";
import { approvalOptions, type ApprovalResult } from "./approval-request.ts";
import type { AuthorityPowers } from "./authority.ts";
import type { Risk } from "./capability-table.ts";
import type { PluginIdentity } from "./grant.ts";
import { plainLine } from "./prompt-text.ts";
import type { Refusals } from "./refusals.ts";

/** In which run a question comes up. */
export interface RunContext {
  readonly executionId: string;
  /** The invocation with which everything began. */
  readonly rootExecutionId: string;
  readonly session: string | null;
  /** Aborted when the invocation ends. */
  readonly signal?: AbortSignal;
}

export interface PluginQuestion {
  readonly plugin: PluginIdentity;
  /** What the plugin says that it is for. */
  readonly description: string;
  readonly operation: "limits" | "trust";
  readonly summary: string;
  readonly impact: string;
  readonly risk: Risk;
  /** Equal for equal questions. */
  readonly key: string;
  /** Whether it was agreed to meanwhile. */
  readonly isSettled: () => boolean;
}

export type AskPowers = Pick<AuthorityPowers, "broker" | "now" | "record">;

/** Asks and records. What was refused is not asked again in the same run. */
export async function askAboutPlugin(
  { broker, now, record }: AskPowers,
  refusals: Refusals,
  question: PluginQuestion,
  { executionId, rootExecutionId, session, signal }: RunContext,
): Promise<ApprovalResult> {
  const { plugin, operation, key, risk } = question;
  if (!refusals.mayAsk(rootExecutionId, key)) return { kind: "settled", allowed: false };
  const draft: ApprovalDraft = {
    plugin: { plugin: plugin.plugin, home: plugin.home },
    description: plainLine(question.description, 300),
    capability: null,
    operation,
    argumentSummary: plainLine(question.summary, 500),
    impact: plainLine(question.impact, 1_000),
    risk,
    onBehalfOf: [],
    options: approvalOptions(true, false).filter(({ choice }) => choice !== "session"),
    executionId,
    session,
  };
  const asked = now();
  const result = await broker.ask(draft, {
    key,
    ...(signal === undefined ? {} : { signal }),
    recheck: () => (question.isSettled() ? true : undefined),
  });
  // Where nobody was asked nothing happened, and nothing ran.
  if (result.kind !== "unattended")
    await record({ kind: "approval", executionId, request: draft, result, waitedMs: now() - asked });
  if (result.kind === "denied" || result.kind === "timed-out") refusals.note(rootExecutionId, key);
  return result;
}
