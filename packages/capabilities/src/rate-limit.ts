// How often a plugin may be invoked: a token bucket per plugin on an injected clock, exact in integers.
import { fail, succeed, type Limits, type Outcome } from "@crucible/sandbox";
import type { Now } from "./clock.ts";

/** Counts root invocations per plugin. */
export interface RateLimiter {
  /**
   * Takes one token of the plugin's bucket.
   *
   * The bucket holds `burst` tokens, starts full and gains `rate_per_minute` in a minute. A clock that goes backwards
   * gives nothing and takes nothing.
   *
   * @returns `limit/rate` with `retryAfterMs` in its details when the bucket is empty
   */
  take(plugin: string, limits: Pick<Limits, "rate_per_minute" | "burst">): Outcome<void>;
  /** Forgets a plugin, for example when it is unloaded for good. */
  forget(plugin: string): void;
  /** Number of plugins that are remembered; full buckets are forgotten on the way. */
  readonly size: number;
}

/** Tokens are counted in units of 1/60000, so that one millisecond at one token per minute is one unit. */
const unitsPerToken = 60_000;

interface Bucket {
  /** 0 … burst × unitsPerToken */
  level: number;
  seen: number;
  rate: number;
  capacity: number;
}

/** Makes a limiter. Cost of a call: one map lookup. */
export function createRateLimiter(now: Now): RateLimiter {
  const buckets = new Map<string, Bucket>();
  let sweepAt = 1_024;
  return {
    take: (plugin, { rate_per_minute: rate, burst }) => {
      const time = now();
      const capacity = burst * unitsPerToken;
      const bucket = buckets.get(plugin) ?? { level: capacity, seen: time, rate, capacity };
      const elapsed = Math.max(0, Math.floor(time - bucket.seen));
      bucket.level = Math.min(capacity, bucket.level + elapsed * rate);
      // A remainder below a millisecond stays for the next call; a clock that went back starts from its new time.
      bucket.seen = time < bucket.seen ? time : bucket.seen + elapsed;
      bucket.rate = rate;
      bucket.capacity = capacity;
      buckets.set(plugin, bucket);
      if (buckets.size > sweepAt) {
        for (const [name, other] of buckets) {
          if (name !== plugin && other.level + (time - other.seen) * other.rate >= other.capacity) buckets.delete(name);
        }
        sweepAt = Math.max(1_024, buckets.size * 2);
      }
      if (bucket.level >= unitsPerToken) {
        bucket.level -= unitsPerToken;
        return succeed(undefined);
      }
      const retryAfterMs = Math.ceil((unitsPerToken - bucket.level) / rate);
      return fail(
        "limit/rate",
        `Cannot invoke "${plugin}": more than ${rate} invocations a minute with a burst of ${burst}; try again in ${retryAfterMs} ms`,
        { plugin, retryAfterMs, limit: { limit: rate, used: rate, unit: "per-minute" } },
      );
    },
    forget: (plugin) => {
      buckets.delete(plugin);
    },
    get size() {
      return buckets.size;
    },
  };
}
