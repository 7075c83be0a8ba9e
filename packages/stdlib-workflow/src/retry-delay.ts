// How long to wait before another attempt, and whether another attempt can help at all.
import type { ErrorValue } from "@crucible/sandbox";
import { permanentFailures, type RetryPolicy } from "./workflow.ts";

/** No retries; what a retry policy leaves out is taken from here. */
export const noRetry: RetryPolicy = { max: 0, delayMs: 1000, factor: 2, maxDelayMs: 60_000, jitter: 0.2 };

/**
 * Milliseconds between a failed attempt and the next: the delay grows by the factor up to its maximum, and chance takes
 * up to `jitter` of it away, so that tasks that failed together do not come back together.
 *
 * @param attempt the one that failed, from 1
 * @param random 0 ≤ x < 1
 */
export function retryDelay(policy: RetryPolicy, attempt: number, random: number): number {
  const delay = Math.min(policy.maxDelayMs, policy.delayMs * policy.factor ** (attempt - 1));
  return Math.round(delay * (1 - policy.jitter * random));
}

/** Whether the same task could succeed if it were tried again. */
export function canRetry({ code }: ErrorValue): boolean {
  return !permanentFailures.some((entry) => (entry.endsWith("/") ? code.startsWith(entry) : code === entry));
}
