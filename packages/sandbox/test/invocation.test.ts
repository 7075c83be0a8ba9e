import type { InvocationEvent } from "@crucible/sandbox";
import {
  cancelledError,
  createInvocation,
  LazyAbort,
  nestedContext,
  object,
  settledInvocation,
  succeed,
} from "@crucible/sandbox";
import { describe, expect, test } from "vitest";

const emit = (value: number): InvocationEvent => ({ kind: "emit", value });
const collect = async (events: AsyncIterable<InvocationEvent>): Promise<InvocationEvent[]> => {
  const found: InvocationEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
};
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  return done;
};

describe("an invocation's events", () => {
  test("are kept while nobody reads, and do not hold up the guest", async () => {
    const control = createInvocation("e1");
    for (const value of [1, 2, 3]) expect(await control.publish(emit(value))).toStrictEqual(succeed(undefined));
    control.settle(succeed(null));
    expect(await collect(control.handle.events)).toStrictEqual([emit(1), emit(2), emit(3)]);
  });

  test("hold up the guest until a reader took them", async () => {
    const control = createInvocation("e1");
    const reader = control.handle.events[Symbol.asyncIterator]();
    const first = reader.next();
    const published = control.publish(emit(1));
    expect(await first).toStrictEqual({ done: false, value: emit(1) });
    expect(await settled(published)).toBe(false);
    const second = reader.next();
    expect(await settled(published)).toBe(true);
    control.settle(succeed(null));
    expect(await second).toStrictEqual({ done: true, value: undefined });
  });

  test("go on with the next reader where the former stopped", async () => {
    const control = createInvocation("e1");
    const former = control.handle.events[Symbol.asyncIterator]();
    const waiting = former.next();
    const latter = control.handle.events[Symbol.asyncIterator]();
    const next = latter.next();
    expect(await waiting).toStrictEqual({ done: true, value: undefined });
    void control.publish(emit(7));
    expect(await next).toStrictEqual({ done: false, value: emit(7) });
  });

  test("keep only the newest reports without a reader, and every emitted value", async () => {
    const control = createInvocation("e1");
    await control.publish(emit(1));
    for (let index = 0; index < 1000; index++)
      await control.publish({ kind: "progress", report: { fraction: index / 1000 } });
    control.settle(succeed(null));
    const events = await collect(control.handle.events);
    expect(events[0]).toStrictEqual(emit(1));
    expect(events.length).toBe(256);
    expect(events.at(-1)).toStrictEqual({ kind: "progress", report: { fraction: 0.999 } });
  });

  test("are refused after the end", async () => {
    const control = createInvocation("e1");
    control.settle(succeed(null));
    expect(await control.publish(emit(1))).toMatchObject({ ok: false, error: { code: "invocation/cancelled" } });
  });
});

describe("an invocation's end", () => {
  test("is settled once", async () => {
    const control = createInvocation("e1");
    control.settle(succeed(1));
    control.settle(succeed(2));
    expect(await control.handle.outcome).toStrictEqual(succeed(1));
  });

  test("can be asked for by cancel until it has come", () => {
    const control = createInvocation("e1");
    control.handle.cancel("not needed");
    expect(control.signal.reason).toMatchObject({
      code: "invocation/cancelled",
      message: "The invocation was cancelled: not needed",
    });
    const finished = createInvocation("e2");
    finished.settle(succeed(null));
    finished.handle.cancel();
    expect(finished.signal.aborted).toBe(false);
  });

  test("is known at once for what never started", async () => {
    expect(await settledInvocation("e3", succeed(object([]))).outcome).toMatchObject({ ok: true });
  });
});

test("nestedContext names its caller and never outlives it", () => {
  const caller = {
    executionId: "a",
    taskId: "t",
    attempt: 2,
    plugin: "p",
    version: "1.0.0",
    action: "main",
    invoker: { kind: "user", name: "u" },
    session: "s",
    rootExecutionId: "a",
    parentExecutionId: null,
    depth: 0,
    deadline: 100,
    traceparent: null,
  } as const;
  expect(
    nestedContext(caller, { executionId: "b", plugin: "q", version: "2.0.0", action: "x", deadline: 500 }),
  ).toStrictEqual({
    ...caller,
    executionId: "b",
    taskId: "b",
    attempt: 1,
    plugin: "q",
    version: "2.0.0",
    action: "x",
    invoker: { kind: "plugin", name: "p" },
    parentExecutionId: "a",
    depth: 1,
    deadline: 100,
  });
});

describe("cancelling", () => {
  test("tells the runner and the signal once, whoever came first", () => {
    for (const early of [true, false]) {
      const control = createInvocation("e1");
      const told: unknown[] = [];
      const listen = (): void => {
        control.onCancel((error) => told.push(error));
        told.push(control.signal.aborted);
      };
      if (early) listen();
      control.handle.cancel("enough");
      control.handle.cancel("again");
      if (!early) listen();
      const error = cancelledError("enough");
      expect(told).toStrictEqual(early ? [false, error] : [error, true]);
      expect(control.signal.reason).toStrictEqual(error);
    }
  });

  test("has no effect after the end", () => {
    const control = createInvocation("e1");
    let told = 0;
    control.onCancel(() => (told += 1));
    control.settle(succeed(null));
    control.handle.cancel();
    expect([told, control.signal.aborted]).toStrictEqual([0, false]);
  });
});

describe("a lazy abort", () => {
  test("has one signal with the first reason, made before or after aborting", () => {
    for (const early of [true, false]) {
      const abort = new LazyAbort();
      const before = early ? abort.signal : undefined;
      expect([abort.reason, before?.aborted ?? false]).toStrictEqual([undefined, false]);
      abort.abort(cancelledError("a"));
      abort.abort(cancelledError("b"));
      expect(abort.signal).toBe(before ?? abort.signal);
      expect([abort.reason, abort.signal.aborted, abort.signal.reason]).toStrictEqual([
        cancelledError("a"),
        true,
        cancelledError("a"),
      ]);
    }
  });
});
