// What a person is asked, as data: every front end renders the same request and gives back the same answers.
import type { CapabilityName } from "@crucible/sandbox";
import type { Risk } from "./capability-table.ts";
import type { PluginIdentity } from "./grant.ts";
import type { Scope } from "./scope.ts";

/** Ways to answer. `always-narrowed` is `always` for these arguments only. */
export type ApprovalChoice = "once" | "session" | "always" | "always-narrowed" | "deny";

export interface ApprovalOption {
  readonly choice: ApprovalChoice;
  /** What a button or a menu says. */
  readonly label: string;
  /** The kind that the Agent Client Protocol gives such an option. */
  readonly kind: "allow_once" | "allow_always" | "reject_once";
}

/** One question to a person. Plain data: it can be shown, sent, journalled and kept. */
export interface ApprovalRequest {
  /** Unique; the answer names it. */
  readonly id: string;
  readonly plugin: PluginIdentity;
  /** What the plugin says that it is for. Written by a stranger: show it as text, never as markup. */
  readonly description: string;
  /** `null` where it is about limits above the defaults. */
  readonly capability: CapabilityName | null;
  /** The host function, as guests see it: `crucible.write_note`; `limits` where it is about these. */
  readonly operation: string;
  /** One line about the arguments. Written from a stranger's data. */
  readonly argumentSummary: string;
  readonly impact: string;
  readonly risk: Risk;
  /** Callers on whose behalf it happens and who may not do it themselves. */
  readonly onBehalfOf: readonly PluginIdentity[];
  readonly options: readonly ApprovalOption[];
  /** What `always-narrowed` would permit; absent where that option is not offered. */
  readonly narrowedScope?: Scope;
  /** Unix milliseconds at which no answer becomes a denial. */
  readonly expires: number;
  readonly executionId?: string;
  readonly session?: string | null;
}

/** How a question ended. Everything but an approval denies; the ways are told apart in the journal only. */
export type ApprovalResult =
  | { readonly kind: "approved"; readonly choice: Exclude<ApprovalChoice, "deny">; readonly by: string }
  | { readonly kind: "denied"; readonly by: string }
  | { readonly kind: "timed-out" }
  | { readonly kind: "cancelled" }
  /** Nobody is there who could be asked. */
  | { readonly kind: "unattended" }
  /** The front end failed. */
  | { readonly kind: "failed"; readonly message: string }
  /** Another answer, or the store, has decided it meanwhile. */
  | { readonly kind: "settled"; readonly allowed: boolean };

const labels: Readonly<Record<ApprovalChoice, readonly [string, ApprovalOption["kind"]]>> = {
  once: ["Approve once", "allow_once"],
  session: ["For this session", "allow_always"],
  always: ["Always", "allow_always"],
  "always-narrowed": ["Always, for exactly this", "allow_always"],
  deny: ["Deny", "reject_once"],
};

/** The options that fit a question: what may not be remembered offers only once and deny. */
export function approvalOptions(remember: boolean, narrowable: boolean): readonly ApprovalOption[] {
  const choices: readonly ApprovalChoice[] = remember
    ? ["once", "session", ...(narrowable ? (["always-narrowed"] as const) : []), "always", "deny"]
    : ["once", "deny"];
  return choices.map((choice) => ({ choice, label: labels[choice][0], kind: labels[choice][1] }));
}
