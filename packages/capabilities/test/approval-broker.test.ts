// The broker: each question ends exactly once, whoever answers, fails, leaves or falls asleep. Model-based on a virtual clock.
import {
  approvalOptions,
  createApprovalBroker,
  type ApprovalAnswer,
  type ApprovalBroker,
  type ApprovalDraft,
  type ApprovalResult,
} from "@crucible/capabilities";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCounter, createVirtualTime, type VirtualTime } from "./virtual-time.ts";

const draft = (more: Partial<ApprovalDraft> = {}): ApprovalDraft => ({
  plugin: { plugin: "p", home: "system" },
  description: "does things",
  capability: "KilnWrite",
  operation: "crucible.write_note",
  argumentSummary: 'write note "a.md"',
  impact: "Notes can be changed",
  risk: "medium",
  onBehalfOf: [],
  options: approvalOptions(true, true),
  ...more,
});

const open = (time: VirtualTime): ApprovalBroker =>
  createApprovalBroker({ now: time.now, startTimer: time.startTimer, createId: createCounter("question") });
/** A front end that shows questions and leaves the answering to others. */
const inbox = (): Promise<undefined> => new Promise(() => {});
/** Lets everything that is ready happen. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

describe("a question", () => {
  test("is unattended at once where nobody is there, and no timer is left", async () => {
    const time = createVirtualTime();
    expect(await open(time).ask(draft())).toEqual({ kind: "unattended" });
    expect(time.timers).toBe(0);
  });

  test("shows what the specification asks for", async () => {
    const time = createVirtualTime(1_000);
    const broker = open(time);
    broker.attach(inbox);
    void broker.ask(draft());
    expect(broker.pending()).toEqual([
      {
        ...draft(),
        id: "question-1",
        expires: 31_000,
        options: [
          { choice: "once", label: "Approve once", kind: "allow_once" },
          { choice: "session", label: "For this session", kind: "allow_always" },
          { choice: "always-narrowed", label: "Always, for exactly this", kind: "allow_always" },
          { choice: "always", label: "Always", kind: "allow_always" },
          { choice: "deny", label: "Deny", kind: "reject_once" },
        ],
      },
    ]);
  });

  test("times out after thirty seconds, not before", async () => {
    const time = createVirtualTime();
    const broker = open(time);
    broker.attach(inbox);
    const result = broker.ask(draft());
    time.advance(29_999);
    expect(broker.pending()).toHaveLength(1);
    time.advance(1);
    expect(await result).toEqual({ kind: "timed-out" });
    expect(broker.answer("question-1", { choice: "always", by: "late" })).toBe(false);
  });

  test("takes another time-out where one is configured", async () => {
    const time = createVirtualTime();
    const broker = createApprovalBroker({
      now: time.now,
      startTimer: time.startTimer,
      createId: createCounter(),
      timeoutMs: 5,
    });
    broker.attach(inbox);
    const result = broker.ask(draft());
    time.advance(5);
    expect(await result).toEqual({ kind: "timed-out" });
  });

  test("asked twice at once is one prompt with one answer for both", async () => {
    const time = createVirtualTime();
    const broker = open(time);
    broker.attach(inbox);
    const results = [
      broker.ask(draft(), { key: "k" }),
      broker.ask(draft(), { key: "k" }),
      broker.ask(draft(), { key: "other" }),
      broker.ask(draft()),
    ];
    expect(broker.pending()).toHaveLength(3);
    broker.answer("question-1", { choice: "once", by: "me" });
    expect(await Promise.all(results.slice(0, 2))).toEqual([
      { kind: "approved", choice: "once", by: "me" },
      { kind: "approved", choice: "once", by: "me" },
    ]);
    expect(broker.pending()).toHaveLength(2);
    // The answer is not remembered: the same question later is a new one.
    void broker.ask(draft(), { key: "k" });
    expect(broker.pending()).toHaveLength(3);
  });

  test("goes away when the last one who waits leaves, not when the first does", async () => {
    const broker = open(createVirtualTime());
    let shown: AbortSignal | undefined;
    broker.attach((_, signal) => {
      shown = signal;
      return inbox();
    });
    const [one, two] = [new AbortController(), new AbortController()];
    const results = [
      broker.ask(draft(), { key: "k", signal: one.signal }),
      broker.ask(draft(), { key: "k", signal: two.signal }),
    ];
    await settle();
    one.abort();
    expect(await results[0]).toEqual({ kind: "cancelled" });
    expect(shown?.aborted).toBe(false);
    two.abort();
    expect(await results[1]).toEqual({ kind: "cancelled" });
    expect(shown?.aborted).toBe(true);
    expect(broker.pending()).toEqual([]);
  });

  test.each<[string, () => Promise<ApprovalAnswer | undefined>]>([
    ["rejects", () => Promise.reject(new Error("terminal closed"))],
    [
      "throws",
      () => {
        throw new Error("terminal closed");
      },
    ],
    ["answers what was not offered", () => Promise.resolve({ choice: "always", by: "x" })],
    ["answers nonsense", () => Promise.resolve({ choice: "yes" as "once", by: "x" })],
  ])("is denied when a front end %s", async (_, presenter) => {
    const broker = open(createVirtualTime());
    broker.attach(presenter);
    expect(await broker.ask(draft({ options: approvalOptions(false, false) }))).toMatchObject({ kind: "failed" });
  });

  test("is settled when it looks again and is not needed any more", async () => {
    const broker = open(createVirtualTime());
    broker.attach(inbox);
    const state: { allowed?: boolean } = {};
    const result = broker.ask(draft(), { recheck: () => state.allowed });
    broker.recheck();
    expect(broker.pending()).toHaveLength(1);
    state.allowed = true;
    broker.recheck();
    expect(await result).toEqual({ kind: "settled", allowed: true });
  });

  test("ends when the last front end leaves or the broker is disposed", async () => {
    const broker = open(createVirtualTime());
    const detach = broker.attach(inbox);
    const first = broker.ask(draft());
    detach();
    expect(await first).toEqual({ kind: "unattended" });
    broker.attach(inbox);
    const second = broker.ask(draft());
    broker.dispose();
    expect(await second).toEqual({ kind: "cancelled" });
    expect(await broker.ask(draft())).toEqual({ kind: "cancelled" });
  });

  test("is shown to a front end that comes later", async () => {
    const broker = open(createVirtualTime());
    broker.attach(inbox);
    const result = broker.ask(draft());
    broker.attach((request) => Promise.resolve({ choice: "deny", by: request.id }));
    expect(await result).toEqual({ kind: "denied", by: "question-1" });
  });

  test("that may not be remembered offers once and deny alone", () => {
    expect(approvalOptions(false, true).map(({ choice }) => choice)).toEqual(["once", "deny"]);
    expect(approvalOptions(true, false).map(({ choice }) => choice)).toEqual(["once", "session", "always", "deny"]);
  });
});

describe("any sequence of questions, answers, leavings and waiting", () => {
  type Step =
    | { readonly kind: "ask"; readonly key: number }
    | { readonly kind: "answer"; readonly at: number; readonly choice: ApprovalAnswer["choice"] }
    | { readonly kind: "leave"; readonly at: number }
    | { readonly kind: "wait"; readonly ms: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant("ask" as const), key: fc.nat(2) }),
    fc.record({
      kind: fc.constant("answer" as const),
      at: fc.nat(4),
      choice: fc.constantFrom("once" as const, "always" as const, "deny" as const),
    }),
    fc.record({ kind: fc.constant("leave" as const), at: fc.nat(10) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(20_000) }),
  );

  test("settles each question once, as the model says, and leaves no timer behind", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const time = createVirtualTime();
        const broker = open(time);
        broker.attach(inbox);
        interface Asked {
          readonly abort: AbortController;
          readonly results: ApprovalResult[];
          expected: string | undefined;
          readonly group: { readonly key: number; readonly ends: number; open: boolean };
        }
        const asked: Asked[] = [];
        const groups: Asked["group"][] = [];
        const close = (group: Asked["group"], expected: string): void => {
          group.open = false;
          for (const one of asked) if (one.group === group) one.expected ??= expected;
        };
        for (const one of steps) {
          if (one.kind === "ask") {
            let group = groups.find((other) => other.open && other.key === one.key);
            if (group === undefined) groups.push((group = { key: one.key, ends: time.now() + 30_000, open: true }));
            const entry: Asked = { abort: new AbortController(), results: [], expected: undefined, group };
            asked.push(entry);
            void broker
              .ask(draft(), { key: String(one.key), signal: entry.abort.signal })
              .then((result) => entry.results.push(result));
          } else if (one.kind === "answer") {
            const request = broker.pending()[one.at];
            const group = groups.filter((other) => other.open)[one.at];
            expect(request === undefined).toBe(group === undefined);
            if (request === undefined || group === undefined) continue;
            expect(broker.answer(request.id, { choice: one.choice, by: "me" })).toBe(true);
            close(group, one.choice === "deny" ? "denied" : "approved");
          } else if (one.kind === "leave") {
            const entry = asked[one.at];
            if (entry === undefined || !entry.group.open || entry.expected !== undefined) continue;
            entry.abort.abort();
            entry.expected = "cancelled";
            if (asked.every((other) => other.group !== entry.group || other.expected !== undefined))
              close(entry.group, "cancelled");
          } else {
            time.advance(one.ms);
            for (const group of groups) if (group.open && group.ends <= time.now()) close(group, "timed-out");
          }
        }
        await settle();
        for (const entry of asked)
          expect(entry.results.map(({ kind }) => kind)).toEqual(entry.expected === undefined ? [] : [entry.expected]);
        expect(broker.pending()).toHaveLength(groups.filter((group) => group.open).length);
        expect(time.timers).toBe(groups.filter((group) => group.open).length);
      }),
      { numRuns: 300 },
    );
  });
});
