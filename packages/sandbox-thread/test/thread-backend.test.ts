import { monitorEventLoopDelay } from "node:perf_hooks";
import type { HostAnswer, HostCallRequest, Value } from "@crucible/sandbox";
import { equalValues, fail, succeed, unwrap } from "@crucible/sandbox";
import { arbitraryValue } from "@crucible/sandbox/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Subject } from "./thread-subject.ts";
import { createSubject } from "./thread-subject.ts";

let subject: Subject;
beforeAll(async () => {
  subject = await createSubject({ workers: 2 });
});
afterAll(async () => {
  await subject.dispose();
});
const answer = (value: Value): HostAnswer => ({ outcome: succeed(value), time: 2000 });

describe("a call", () => {
  test("passes any value in and out", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryValue(), async (value) => {
        expect(equalValues(unwrap(await subject.call("echo", value).outcome), value)).toBe(true);
      }),
    );
  });

  test("finds nothing that an earlier call wrote, in whichever worker", async () => {
    const found = await Promise.all(Array.from({ length: 12 }, () => subject.call("canary").outcome));
    expect(found).toStrictEqual(found.map(() => succeed(-1)));
  });

  test("gets its seed", async () => {
    expect(await subject.call("seed").outcome).toStrictEqual(succeed(7));
  });

  test.each([
    ["fail", { message: "no" }, "guest/exception"],
    ["trap", null, "guest/trap"],
    ["overflow", null, "limit/depth"],
    ["exit", null, "thread/crashed"],
    ["malformed", null, "guest/invalid-value"],
    ["nothing", null, "plugin/action-not-found"],
  ] as const)("that ends by %s tells so, and the next one works", async (action, params, code) => {
    expect(await subject.call(action, params).outcome).toMatchObject({
      ok: false,
      error: { code, details: { plugin: "p", version: "1.0.0" } },
    });
    expect(await subject.call("echo", 1).outcome).toStrictEqual(succeed(1));
  });

  test("may use memory up to the instance's limit and not one page more", async () => {
    const pages = (4 * 1024 * 1024) / 65_536;
    expect(await subject.call("grow", { pages: pages - 2 }).outcome).toStrictEqual(succeed(4 * 1024 * 1024));
    expect((await subject.call("grow", { pages: pages - 1 }).outcome).ok).toBe(false);
  });

  test("may return output up to its limit and not one byte more", async () => {
    const length = 1000;
    const encoded = length + 5;
    expect((await subject.call("output", { length }, { limits: { output_bytes: encoded } }).outcome).ok).toBe(true);
    expect(await subject.call("output", { length }, { limits: { output_bytes: encoded - 1 } }).outcome).toMatchObject({
      ok: false,
      error: { code: "limit/output", details: { limit: { limit: encoded - 1, used: encoded } } },
    });
  });

  test("that prints without end is stopped at its output", async () => {
    const outcome = await subject.call(
      "print",
      { text: "0123456789", times: 1000 },
      { limits: { output_bytes: 9_999 } },
    ).outcome;
    expect(outcome).toMatchObject({ ok: false, error: { code: "limit/output" } });
    expect(
      (await subject.call("print", { text: "0123456789", times: 999 }, { limits: { output_bytes: 9_999 } }).outcome).ok,
    ).toBe(true);
  });
});

describe("a host call", () => {
  test("gets its arguments and its answer, whatever the value", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryValue(), { maxLength: 3 }), async (args) => {
        const seen: HostCallRequest[] = [];
        const outcome = await subject.call(
          "host",
          { id: 1, args },
          { host: (request) => (seen.push(request), Promise.resolve(answer([...request.args]))) },
        ).outcome;
        expect(seen.map((request) => [request.module, request.function, request.line])).toStrictEqual([
          ["m", "second", 7],
        ]);
        expect(equalValues(unwrap(outcome), args)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("that fails shows the guest code and message and nothing of the host", async () => {
    const failure = fail("host/note-not-found", "No such note", { place: { file: "/secret/path", line: 1 } });
    expect(
      await subject.call("host", { id: 0, args: [] }, { host: () => Promise.resolve({ outcome: failure, time: 1 }) })
        .outcome,
    ).toMatchObject({
      ok: false,
      error: { code: "host/note-not-found", message: "No such note" },
    });
  });

  test("whose handler throws fails with host/internal", async () => {
    expect(
      await subject.call("host", { id: 0, args: [] }, { host: () => Promise.reject(new Error("broken")) }).outcome,
    ).toMatchObject({ ok: false, error: { code: "host/internal" } });
  });

  test("to an id that was not declared is refused before any handler", async () => {
    let asked = 0;
    const outcome = await subject.call(
      "host",
      { id: 99, args: [] },
      { host: () => (asked++, Promise.resolve(answer(null))) },
    ).outcome;
    expect(outcome).toMatchObject({ ok: false, error: { code: "host/unknown-function" } });
    expect(asked).toBe(0);
  });

  test("with forged bytes is refused before any handler", async () => {
    let asked = 0;
    const host = (): Promise<HostAnswer> => (asked++, Promise.resolve(answer(null)));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 30 }), async (bytes) => {
        const before = asked;
        const value = unwrap(await subject.call("raw", { id: 0, bytes }, { host }).outcome);
        if (asked === before) expect(value).toMatchObject({ code: "guest/invalid-value" });
      }),
    );
    expect(asked).toBe(0);
  });

  test("counts: the limit passes, one more ends the invocation although the guest catches", async () => {
    expect(
      (await subject.call("caught", { id: 0, args: [], times: 5 }, { limits: { host_calls: 5 } }).outcome).ok,
    ).toBe(true);
    expect(
      await subject.call("caught", { id: 0, args: [], times: 6 }, { limits: { host_calls: 5 } }).outcome,
    ).toMatchObject({ ok: false, error: { code: "limit/host-calls", details: { limit: { limit: 5, used: 6 } } } });
  });

  test("may wait for several tickets, answered in any order, given back in the order asked for", async () => {
    const waiting: (() => void)[] = [];
    const host = (request: HostCallRequest): Promise<HostAnswer> =>
      new Promise((resolve) => {
        waiting.push(() => resolve(answer(request.args[0] ?? null)));
        if (waiting.length === 3) for (const release of [waiting[1], waiting[2], waiting[0]]) release?.();
      });
    expect(await subject.call("together", { id: 0, args: ["a", "b", "c"] }, { host }).outcome).toStrictEqual(
      succeed(["c", "b", "a"]),
    );
  });

  test("cannot wait for a ticket twice or for one that does not exist", async () => {
    for (const action of ["twice", "unknown"]) {
      expect(await subject.call(action, { id: 0 }).outcome).toMatchObject({
        ok: false,
        error: { code: "guest/deadlock" },
      });
    }
  });

  test("moves the guest's clock to the time of its answer", async () => {
    expect(
      await subject.call("time", { id: 0 }, { host: () => Promise.resolve({ outcome: succeed(null), time: 4711 }) })
        .outcome,
    ).toStrictEqual(succeed(4711));
  });
});

describe("the deadline", () => {
  test("ends a guest that never returns, within half of its time more", async () => {
    for (const timeout_ms of [30, 150]) {
      // A worker is ready, so that the guest's clock and the bound's start together.
      expect(await subject.call("echo", 1).outcome).toStrictEqual(succeed(1));
      const { outcome } = subject.call("spin", null, { limits: { timeout_ms } });
      // Timers of one loop: however busy the machine is, the bound's does not fire before what it is the bound of.
      let bound: NodeJS.Timeout | undefined;
      const late = new Promise<string>((resolve) => {
        bound = setTimeout(resolve, Math.max(1.5 * timeout_ms, timeout_ms + 50), "late");
      });
      expect(await Promise.race([outcome, late])).toMatchObject({
        ok: false,
        error: { code: "limit/deadline", details: { limit: { limit: timeout_ms, unit: "ms" } } },
      });
      clearTimeout(bound);
    }
    expect(await subject.call("echo", 1).outcome).toStrictEqual(succeed(1));
  });

  test("ends a guest that waits for the host, which keeps its thread", async () => {
    const before = subject.pool.stats().workers;
    let aborted: unknown;
    const host = ({ signal }: HostCallRequest): Promise<HostAnswer> =>
      new Promise(() => {
        signal.addEventListener("abort", () => {
          aborted = signal.reason;
        });
      });
    expect(await subject.call("host", { id: 0, args: [] }, { limits: { timeout_ms: 30 }, host }).outcome).toMatchObject(
      {
        ok: false,
        error: { code: "limit/deadline", details: { place: { line: 7, approximate: true } } },
      },
    );
    expect(aborted).toMatchObject({ code: "limit/deadline" });
    expect(await subject.call("echo", 1).outcome).toStrictEqual(succeed(1));
    expect(subject.pool.stats().workers).toBe(before);
  });

  test("stands still while a person is asked", async () => {
    const host = async ({ suspendDeadline }: HostCallRequest): Promise<HostAnswer> => {
      const resume = suspendDeadline();
      await new Promise((resolve) => setTimeout(resolve, 120));
      resume();
      resume();
      return answer("approved");
    };
    expect(await subject.call("host", { id: 0, args: [] }, { limits: { timeout_ms: 60 }, host }).outcome).toStrictEqual(
      succeed("approved"),
    );
  });

  test("does not let a runaway script block the event loop", async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await Promise.all(
      Array.from({ length: 4 }, () => subject.call("spin", null, { limits: { timeout_ms: 100 } }).outcome),
    );
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(50);
  });
});

describe("cancelling", () => {
  test("ends a running guest, a waiting one and a queued one", async () => {
    const spinning = [
      subject.call("spin"),
      subject.call("spin"),
      subject.call("spin"),
      subject.call("host", { id: 0, args: [] }, { host: () => new Promise(() => {}) }),
    ];
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const handle of spinning) handle.cancel("enough");
    for (const handle of spinning)
      expect(await handle.outcome).toMatchObject({
        ok: false,
        error: { code: "invocation/cancelled", message: "The invocation was cancelled: enough" },
      });
    expect(await subject.call("echo", 1).outcome).toStrictEqual(succeed(1));
  });

  test("lets an engine that polls end by itself and keep its thread", async () => {
    const polling = await createSubject({ workers: 1, polls: true });
    const handle = polling.call("poll");
    await new Promise((resolve) => setTimeout(resolve, 60));
    handle.cancel();
    expect(await handle.outcome).toMatchObject({ ok: false, error: { code: "invocation/cancelled" } });
    expect(await polling.call("echo", 1).outcome).toStrictEqual(succeed(1));
    await polling.dispose();
  });
});

describe("events", () => {
  test("reach the reader, and emitted output is metered", async () => {
    const host = async (request: HostCallRequest): Promise<HostAnswer> => ({
      outcome: (await request.publish({ kind: "emit", value: request.args[0] ?? null })).ok
        ? succeed(null)
        : fail("limit/output", "too much"),
      time: 1,
    });
    const handle = subject.call("host", { id: 0, args: ["chunk"] }, { host });
    const seen: unknown[] = [];
    for await (const event of handle.events) seen.push(event);
    expect(seen).toStrictEqual([{ kind: "emit", value: "chunk" }]);
    expect(
      await subject.call("host", { id: 0, args: ["x".repeat(100)] }, { host, limits: { output_bytes: 50 } }).outcome,
    ).toMatchObject({ ok: false, error: { code: "limit/output" } });
  });
});

describe("compile", () => {
  const unit = (text: string): Parameters<Subject["backend"]["compile"]>[0] => ({
    file: "a.script",
    text,
    firstLine: 1,
    modules: [],
  });

  test("gives equal artifacts for equal sources", async () => {
    expect(await subject.backend.compile(unit("same"))).toStrictEqual(await subject.backend.compile(unit("same")));
  });

  test("tells findings, survives a broken compiler and stops an endless one", async () => {
    expect(await subject.backend.compile(unit("bad"))).toMatchObject({ ok: false, error: { code: "compile/syntax" } });
    expect(await subject.backend.compile(unit("throw"))).toMatchObject({ ok: false, error: { code: "host/internal" } });
    expect(await subject.backend.compile(unit("spin"))).toMatchObject({ ok: false, error: { code: "limit/deadline" } });
    expect((await subject.backend.compile(unit("fine"))).ok).toBe(true);
  });
});

describe("instantiate", () => {
  test("refuses artifacts that are damaged, foreign or of another version", async () => {
    const artifact = unwrap(await subject.backend.compile({ file: "a.script", text: "x", firstLine: 1, modules: [] }));
    const options = { plugin: "p", version: "1.0.0", modules: [], memoryBytes: 1 << 20 };
    for (const wrong of [
      { ...artifact, bytes: new Uint8Array([1]) },
      { ...artifact, backend: "other" },
      { ...artifact, abi: "0" },
      { ...artifact, hash: "" },
    ]) {
      expect(await subject.backend.instantiate(wrong, options)).toMatchObject({
        ok: false,
        error: { code: "compile/artifact-rejected" },
      });
    }
  });
});

describe("dispose", () => {
  test("of an instance lets running calls finish and refuses new ones", async () => {
    const own = await createSubject({ workers: 1 });
    const running = own.call("host", { id: 0, args: [1] });
    const disposing = own.instance.dispose();
    expect(await running.outcome).toStrictEqual(succeed([1]));
    await disposing;
    expect(await own.call("echo").outcome).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
    await own.instance.dispose();
    await own.dispose();
  });

  test("of a backend and a pool ends everything, twice without harm", async () => {
    const own = await createSubject({ workers: 1 });
    const running = own.call("spin");
    await own.backend.dispose();
    expect(await running.outcome).toMatchObject({ ok: false, error: { code: "invocation/cancelled" } });
    expect(await own.backend.compile({ file: "a", text: "", firstLine: 1, modules: [] })).toMatchObject({
      ok: false,
      error: { code: "host/unavailable" },
    });
    await own.dispose();
    await own.dispose();
    expect(own.pool.stats()).toStrictEqual({ workers: 0, idle: 0, busy: 0, waiting: 0, queued: 0 });
  });
});
