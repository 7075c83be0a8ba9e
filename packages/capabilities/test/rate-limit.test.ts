// The limiter against a reference that counts tokens as exact fractions, under a virtual clock.
import { createRateLimiter } from "@crucible/capabilities";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createVirtualTime } from "./virtual-time.ts";

/** Tokens as big integers in units of 1/60000, from scratch for every question. */
function reference(times: readonly number[], rate: number, burst: number): boolean[] {
  let level = BigInt(burst) * 60_000n;
  let seen = times[0] ?? 0;
  return times.map((time) => {
    const gained = level + BigInt(time - seen) * BigInt(rate);
    const cap = BigInt(burst) * 60_000n;
    level = gained > cap ? cap : gained;
    seen = time;
    if (level < 60_000n) return false;
    level -= 60_000n;
    return true;
  });
}

describe("the rate limiter", () => {
  test("agrees with the exact reference for random arrivals", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3_000), { maxLength: 200 }),
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 1, max: 50 }),
        (gaps, rate, burst) => {
          const time = createVirtualTime(1_000);
          const limiter = createRateLimiter(time.now);
          const times: number[] = [];
          const taken = gaps.map((gap) => {
            time.advance(gap);
            times.push(time.now());
            return limiter.take("p", { rate_per_minute: rate, burst }).ok;
          });
          expect(taken).toEqual(reference(times, rate, burst));
        },
      ),
    );
  });

  test("lets the burst through at once and then the even rate", () => {
    const time = createVirtualTime();
    const limiter = createRateLimiter(time.now);
    const limits = { rate_per_minute: 100, burst: 20 };
    const takeAll = (): number => {
      let count = 0;
      while (limiter.take("p", limits).ok) count += 1;
      return count;
    };
    expect(takeAll()).toBe(20);
    time.advance(60_000);
    expect(takeAll()).toBe(20);
    let minute = 0;
    for (let second = 0; second < 60; second += 1) {
      time.advance(1_000);
      minute += takeAll();
    }
    expect(minute).toBe(100);
  });

  test("says when to come back, and then lets in", () => {
    const time = createVirtualTime();
    const limiter = createRateLimiter(time.now);
    const limits = { rate_per_minute: 7, burst: 1 };
    expect(limiter.take("p", limits).ok).toBe(true);
    const refused = limiter.take("p", limits);
    expect(refused).toMatchObject({
      ok: false,
      error: { code: "limit/rate", details: { limit: { limit: 7, unit: "per-minute" } } },
    });
    const retryAfterMs = refused.ok ? 0 : Number(refused.error.details?.["retryAfterMs"]);
    time.advance(retryAfterMs - 1);
    expect(limiter.take("p", limits).ok).toBe(false);
    time.advance(1);
    expect(limiter.take("p", limits).ok).toBe(true);
  });

  test("keeps plugins apart and forgets those whose bucket is full again", () => {
    const time = createVirtualTime();
    const limiter = createRateLimiter(time.now);
    for (let index = 0; index < 3_000; index += 1) {
      time.advance(1_000);
      expect(limiter.take(`p${index}`, { rate_per_minute: 60, burst: 1 }).ok).toBe(true);
    }
    expect(limiter.size).toBeLessThan(2_100);
  });

  test("a clock that goes back gives no tokens", () => {
    let now = 1_000_000;
    const limiter = createRateLimiter(() => now);
    const limits = { rate_per_minute: 1, burst: 1 };
    expect(limiter.take("p", limits).ok).toBe(true);
    now = 0;
    expect(limiter.take("p", limits).ok).toBe(false);
    now = 59_999;
    expect(limiter.take("p", limits).ok).toBe(false);
    now = 60_000;
    expect(limiter.take("p", limits).ok).toBe(true);
  });
});
