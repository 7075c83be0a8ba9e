// What the host keeps of one running invocation: who calls whom, in which generation, and what was recorded so far.
import type { HostCallRequest, InvocationContext, Limits } from "@crucible/sandbox";
import type { RecordSubject } from "@crucible/audit";
import type { Principal } from "@crucible/capabilities";
import type { DeclaredAction } from "@crucible/manifest";
import type { FoundPlugin } from "./discover.ts";
import type { Registry } from "./registry.ts";
import { identityOf } from "./registry.ts";

export interface Execution {
  readonly context: InvocationContext;
  readonly plugin: FoundPlugin;
  readonly action: DeclaredAction;
  /** The registry that the root captured. */
  readonly registry: Registry;
  /** From the root's plugin to this one. */
  readonly chain: readonly Principal[];
  readonly limits: Limits;
  readonly seed: bigint;
  readonly subject: RecordSubject;
  /** Raises no events: the host itself asked for it, or something that the host asked for. */
  readonly quiet: boolean;
  /** The execution that waits for this one. */
  readonly caller: Execution | undefined;
  /** The invocation's clock, from its first host call on; before that nobody asks about it. */
  clock: ExecutionClock | undefined;
  /** Unix milliseconds that the guest has seen last. */
  lastTime: number;
  hostCalls: number;
}

/** Time in which a person thinks does not count: the deadline stands still for as long. */
export type ExecutionClock = Pick<HostCallRequest, "suspendDeadline" | "remainingMs">;

/** Stops the clocks of an execution and of all that wait for it; the returned function lets them go on. */
export function suspendClocks(execution: Execution | undefined): () => void {
  const resumes: (() => void)[] = [];
  for (let each = execution; each !== undefined; each = each.caller)
    if (each.clock !== undefined) resumes.push(each.clock.suspendDeadline());
  return () => {
    for (const resume of resumes) resume();
  };
}

/** The plugin of an execution as the authority sees it. */
export function principalOf(plugin: FoundPlugin): Principal {
  return { ...identityOf(plugin), claims: plugin.claims };
}
