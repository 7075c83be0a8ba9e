// What a file in tooling/bench/benches exports as `bench`: rows of contenders that do the same work.

/** One benchmark: `tooling/bench/benches/NAME.ts` exports it under the name `bench`. */
export interface Bench {
  /** The file's name without its ending. */
  readonly name: string;
  /** One sentence for `pnpm bench --list`. */
  readonly about: string;
  /** Makes what the rows need: inputs, workers, stores. Not measured. */
  open(): Promise<OpenBench>;
}

export interface OpenBench {
  readonly rows: readonly Row[];
  /** Printed below the table: versions, sizes, contenders that are missing here and why. */
  readonly notes?: readonly string[];
  dispose?(): Promise<void>;
}

export type Unit = "ns" | "µs" | "ms" | "s" | "MB" | "KB" | "count" | "per second";

export interface Row {
  /** Names the work and its size: `encode 10 KB`. */
  readonly name: string;
  readonly unit: Unit;
  /**
   * Who does the work; ours is called `crucible`, or `crucible-BACKEND` where several of ours compete. The first one of ours
   * is what ratios are taken from.
   */
  readonly contenders: Readonly<Record<string, Contender>>;
  /** Instead of one row with the median, prints two: the 50th and the 99th percentile of single runs. */
  readonly percentiles?: boolean;
  /** Fewest samples of each contender, where a percentile needs more than the runner's own number; `--quick` asks for fewer. */
  readonly minSamples?: number;
  /** What the row must reach, in `unit`; said in the table, so that a reader need not look it up. */
  readonly target?: Target;
}

export interface Target {
  readonly contender: string;
  /** Bound of the median; with `percentiles` of the 50th percentile. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** With `percentiles`: bound of the 99th percentile. */
  readonly p99AtMost?: number;
}

/** Work that the runner times, or a number in the row's unit that the contender takes itself. */
export type Contender = TimedContender | MeasuredContender;

export interface TimedContender {
  /** Does the work once. What it returns is kept alive, so that no compiler can drop the work. */
  run(): unknown;
  /** Undoes what one run leaves behind; not timed. Given one, every run is timed alone. */
  reset?(): void | Promise<void>;
}

export interface MeasuredContender {
  /** Takes one sample: bytes, counts, or a duration that only the contender can delimit. */
  measure(): number | Promise<number>;
}
