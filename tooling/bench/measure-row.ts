// Measures one row: all contenders take turns, so that whatever disturbs the machine disturbs them alike.
// The clock is an argument; the tests give it one of their own.
import type { Contender, Row, TimedContender, Unit } from "./bench-definition.ts";

export interface MeasureOptions {
  /** Milliseconds from any fixed point, with a fraction. */
  readonly now: () => number;
  /** Milliseconds that each contender is measured for; warming up takes a fifth of it beforehand. */
  readonly budgetMs: number;
  /**
   * Milliseconds for which a contender runs before the next one's turn: each is measured warm, and what one leaves behind (heat,
   * garbage, cold caches) falls on few samples of the others.
   */
  readonly turnMs: number;
  /** Fewest samples of each contender, whatever the budget says. */
  readonly minSamples: number;
  /** Most samples of each contender. */
  readonly maxSamples: number;
}

/** Samples of each contender, in the row's unit, in the order in which they were taken. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/** A sample shorter than this is repeated and divided: below it the clock and the call would be part of the result. */
const sampleMs = 0.5;

/** Measures every contender of a row. Takes about the budget, and a fifth more, for each contender. */
export async function measureRow(row: Row, options: MeasureOptions): Promise<Samples> {
  const entries = Object.entries(row.contenders).map(([name, contender]) => ({
    name,
    contender,
    repeats: 1,
    spentMs: 0,
    samples: [] as number[],
  }));
  for (const entry of entries) entry.repeats = await warmUp(entry.contender, row.percentiles === true, options);

  const { budgetMs, maxSamples } = options;
  const fewest = Math.min(maxSamples, Math.max(options.minSamples, row.minSamples ?? 0));
  const isFull = ({ spentMs, samples }: (typeof entries)[number]): boolean =>
    samples.length >= maxSamples || (samples.length >= fewest && spentMs >= budgetMs);
  for (let waiting = entries; waiting.length > 0; waiting = waiting.filter((entry) => !isFull(entry))) {
    for (const entry of waiting) {
      const turnStarted = options.now();
      do {
        const started = options.now();
        const sample = await takeSample(entry.contender, entry.repeats, row.unit, options.now);
        entry.spentMs += options.now() - started;
        entry.samples.push(sample);
      } while (options.now() - turnStarted < options.turnMs && !isFull(entry));
    }
  }
  return Object.fromEntries(entries.map(({ name, samples }) => [name, samples]));
}

/** Runs until a fifth of the budget is spent; returns how many runs make one sample. */
async function warmUp(contender: Contender, single: boolean, { now, budgetMs }: MeasureOptions): Promise<number> {
  const started = now();
  let runs = 0;
  do {
    if ("measure" in contender) await contender.measure();
    else await runOnce(contender);
    runs += 1;
  } while (now() - started < budgetMs / 5);
  if (single || "measure" in contender || contender.reset !== undefined) return 1;
  const runMs = (now() - started) / runs;
  return Math.max(1, Math.min(1_000_000, Math.round(sampleMs / Math.max(runMs, 1e-6))));
}

async function runOnce(contender: TimedContender): Promise<void> {
  keepAlive(await contender.run());
  await contender.reset?.();
}

async function takeSample(contender: Contender, repeats: number, unit: Unit, now: () => number): Promise<number> {
  if ("measure" in contender) return contender.measure();
  const started = now();
  const first = contender.run();
  let last = first;
  if (first instanceof Promise) {
    await first;
    for (let index = 1; index < repeats; index += 1) await contender.run();
  } else {
    for (let index = 1; index < repeats; index += 1) last = contender.run();
  }
  const elapsedMs = now() - started;
  keepAlive(last);
  await contender.reset?.();
  return fromMs(elapsedMs / repeats, unit);
}

function fromMs(ms: number, unit: Unit): number {
  switch (unit) {
    case "ns":
      return ms * 1e6;
    case "µs":
      return ms * 1e3;
    case "ms":
      return ms;
    case "s":
      return ms / 1e3;
    case "per second":
      return 1e3 / ms;
    case "MB":
    case "KB":
    case "count":
      throw new TypeError(`A row in ${unit} needs contenders that measure themselves`);
  }
}

/** Value at a fraction of the sorted samples: 0.5 is the median; between two samples the mean of both. */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

let kept: unknown;

function keepAlive(value: unknown): void {
  if (value === kept) kept = undefined;
  else kept = value;
}
