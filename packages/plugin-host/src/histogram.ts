// A histogram of durations with fixed bounds: constant memory, percentiles by interpolation inside of a bucket.

/** Upper bounds of the buckets, in milliseconds. */
export const durationBounds: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 600_000,
];

export interface Histogram {
  add(value: number): void;
  count(): number;
  sum(): number;
  max(): number;
  /** 0 without values; never more than the largest value. */
  percentile(share: number): number;
  /** Cumulative counts, as Prometheus has them. */
  buckets(): readonly { readonly atMost: number; readonly count: number }[];
}

export function createHistogram(): Histogram {
  const counts = new Float64Array(durationBounds.length + 1);
  let [count, sum, max] = [0, 0, 0];
  return {
    add: (value) => {
      let index = 0;
      while (index < durationBounds.length && value > (durationBounds[index] ?? 0)) index++;
      counts[index] = (counts[index] ?? 0) + 1;
      count++;
      sum += value;
      max = Math.max(max, value);
    },
    count: () => count,
    sum: () => sum,
    max: () => max,
    percentile: (share) => {
      if (count === 0) return 0;
      const wanted = share * count;
      let seen = 0;
      for (const [index, inBucket] of counts.entries()) {
        if (inBucket > 0 && seen + inBucket >= wanted) {
          const lower = index === 0 ? 0 : (durationBounds[index - 1] ?? 0);
          const upper = Math.min(durationBounds[index] ?? max, max);
          return Math.min(max, lower + ((wanted - seen) / inBucket) * Math.max(0, upper - lower));
        }
        seen += inBucket;
      }
      return max;
    },
    buckets: () => {
      let seen = 0;
      return durationBounds.map((atMost, index) => ({ atMost, count: (seen += counts[index] ?? 0) }));
    },
  };
}
