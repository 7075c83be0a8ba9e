// Keeps a plugin from wearing a person down: what was refused is not asked again in the same run, and after a few refusals
// nothing is.

/** Refused questions of one run, its nested invocations included. */
export interface Refusals {
  readonly mayAsk: (rootExecutionId: string, key: string) => boolean;
  readonly note: (rootExecutionId: string, key: string) => void;
}

/** Refused questions of one run after which it asks no more, and runs that are remembered. */
const maxRefusals = 3;
const maxRuns = 1_000;

export function createRefusals(): Refusals {
  const byRun = new Map<string, Set<string>>();
  return {
    mayAsk: (run, key) => {
      const refused = byRun.get(run);
      return refused === undefined || (!refused.has(key) && refused.size < maxRefusals);
    },
    note: (run, key) => {
      const refused = byRun.get(run) ?? new Set();
      byRun.set(run, refused.add(key));
      const [oldest] = byRun.keys();
      if (byRun.size > maxRuns && oldest !== undefined) byRun.delete(oldest);
    },
  };
}
