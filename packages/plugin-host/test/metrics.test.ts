import type { JournalEntry } from "@crucible/audit";
import type { ErrorRateAlert } from "@crucible/plugin-host";
import { createMetrics, durationBounds } from "@crucible/plugin-host";
import type { ErrorCode } from "@crucible/sandbox";
import { object } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lua, openHost } from "./host-subject.ts";

function end(plugin: string, durationMs: number, code?: ErrorCode): JournalEntry {
  return {
    execution_id: "e",
    plugin,
    version: "1.0.0",
    invoker: null,
    kind: "execution.end",
    ...(code === undefined ? { status: "ok" } : { status: "error", error: { code, message: "no" } }),
    duration_ms: durationMs,
    host_calls: 2,
    memory_bytes: durationMs * 10,
    fuel: 3,
  };
}

const ending = fc.record({
  plugin: fc.constantFrom("a", "b"),
  durationMs: fc.integer({ min: 0, max: 2000 }),
  code: fc.option(fc.constantFrom<ErrorCode>("guest/exception", "limit/deadline"), { nil: undefined }),
});

describe("metrics", () => {
  test("agree with counting the records", () => {
    fc.assert(
      fc.property(fc.array(ending, { maxLength: 40 }), (endings) => {
        const metrics = createMetrics({ now: () => 0 });
        for (const { plugin, durationMs, code } of endings) metrics.observe(end(plugin, durationMs, code));
        for (const statistics of metrics.plugins()) {
          const own = endings.filter(({ plugin }) => plugin === statistics.plugin);
          const failed = own.filter(({ code }) => code !== undefined);
          const durations = own.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
          expect(statistics).toMatchObject({
            invocations: own.length,
            failures: failed.length,
            fuel: own.length * 3,
            hostCalls: own.length * 2,
            memoryBytes: Math.max(...durations) * 10,
            recent: { invocations: own.length, failures: failed.length },
          });
          for (const [code, count] of Object.entries(statistics.errors))
            expect(count).toBe(failed.filter((each) => each.code === code).length);
          // An estimate lies in the bucket of the true value.
          const exact = durations[Math.ceil(0.5 * durations.length) - 1] ?? 0;
          const upper = durationBounds.find((bound) => exact <= bound) ?? Infinity;
          const lower = durationBounds.findLast((bound) => bound < exact) ?? 0;
          expect(statistics.duration.p50).toBeGreaterThanOrEqual(lower);
          expect(statistics.duration.p50).toBeLessThanOrEqual(upper);
        }
        const total = metrics.plugins().reduce((sum, { invocations }) => sum + invocations, 0);
        expect(total).toBe(endings.length);
      }),
    );
  });

  test("raise an alert at the threshold, once, and take it back when the window has passed", () => {
    let time = 0;
    const alerts: ErrorRateAlert[] = [];
    const metrics = createMetrics({ now: () => time, windowMs: 1000, onAlert: (alert) => alerts.push(alert) });
    for (let count = 0; count < 5; count++) metrics.observe(end("p", 1));
    for (let count = 0; count < 4; count++) metrics.observe(end("p", 1, "guest/exception"));
    expect(alerts).toStrictEqual([]);
    for (let count = 0; count < 3; count++) metrics.observe(end("p", 1, "guest/exception"));
    expect(alerts).toStrictEqual([{ plugin: "p", raised: true, rate: 0.5, failures: 5, invocations: 10 }]);
    time = 2000;
    metrics.observe(end("p", 1));
    expect(alerts.map(({ raised }) => raised)).toStrictEqual([true, false]);
    expect(metrics.plugins()[0]?.recent).toStrictEqual({ invocations: 1, failures: 0, rate: 0 });
  });

  test("count what was cancelled, and raise no alert for it", () => {
    const alerts: ErrorRateAlert[] = [];
    const metrics = createMetrics({ now: () => 0, onAlert: (alert) => alerts.push(alert) });
    for (let count = 0; count < 30; count++) metrics.observe(end("p", 1, "invocation/cancelled"));
    expect(alerts).toStrictEqual([]);
    expect(metrics.plugins()).toMatchObject([{ failures: 30, alerted: false, recent: { invocations: 0, rate: 0 } }]);
  });

  test("in Prometheus' text have cumulative buckets and escaped labels", () => {
    const metrics = createMetrics({ now: () => 0 });
    metrics.observe(end('odd"name\\', 3, "guest/exception"));
    metrics.observe(end('odd"name\\', 300));
    const text = metrics.prometheus();
    expect(text).toContain('crucible_errors_total{plugin="odd\\"name\\\\",code="guest/exception"} 1');
    const buckets = [...text.matchAll(/le="([^"]+)"} (\d+)/g)].map(([, , count]) => Number(count));
    expect(buckets).toStrictEqual(buckets.toSorted((a, b) => a - b));
    expect(buckets.at(-1)).toBe(2);
    for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^(# (HELP|TYPE) |[a-z_]+\{.*\} [0-9.e+-]+$)/);
  });

  test("say what the workers do and what is loaded, where somebody watches them", async () => {
    const metrics = createMetrics({ now: () => 0 });
    expect(metrics.prometheus()).not.toContain("crucible_pool");
    const pool = createThreadPool({ powers: createNodeThreadPowers(), observer: metrics.pool });
    const backend = createLuaBackend(pool);
    const subject = await openHost(
      { "/system/p.lua": lua("p", "function main() end") },
      { metrics, backends: [backend] },
    );
    metrics.watchPool(() => pool.stats());
    await subject.run("p");
    await subject.run("p");
    const { pool: occupancy, modules, ...counts } = metrics.resources();
    expect(occupancy).toStrictEqual(pool.stats());
    expect(modules).toMatchObject({ entries: 1, hits: 1, loads: 1 });
    expect(counts.workersStarted).toBeGreaterThan(0);
    expect(counts.compilations.count).toBe(2);
    const text = metrics.prometheus();
    for (const row of [
      'crucible_pool_workers{state="running"} 0',
      "crucible_module_hits_total 1",
      "crucible_pool_queued 0",
    ])
      expect(text).toContain(`${row}\n`);
    await subject.dispose();
    await backend.dispose();
    await pool.dispose();
    expect(metrics.resources().workersEnded).toBe(metrics.resources().workersStarted);
  });

  test("are fed by a host with time, memory and the outcome of each invocation", async () => {
    const metrics = createMetrics({ now: () => 0 });
    const subject = await openHost(
      {
        "/system/p.lua": lua(
          "p",
          "function main(p) if p.fail then error('no') end end",
          "parameters: { type: object }\n",
        ),
      },
      { metrics },
    );
    await subject.run("p");
    await subject.run("p", object([["fail", true]]));
    expect(metrics.plugins()).toMatchObject([
      { plugin: "p", invocations: 2, failures: 1, errors: { "guest/exception": 1 }, loads: 1 },
    ]);
    expect(metrics.plugins()[0]?.memoryBytes).toBeGreaterThan(64 * 1024);
    await subject.dispose();
  });
});
