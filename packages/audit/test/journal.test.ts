// Writing: what is acknowledged is there, whatever happens next. Rotation, retention and take-over on a virtual clock.
import {
  isSynced,
  noSubject,
  openJournal,
  queryJournal,
  recordKinds,
  tailJournal,
  verifyJournal,
  exportJournal,
  type FoundRecord,
  type JournalPowers,
} from "@crucible/audit";
import { createMachine, day, morning, type MemoryMachine } from "@crucible/audit/testing";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entry, security } from "./memory-journal.ts";

async function all(powers: JournalPowers, query = {}): Promise<readonly FoundRecord[]> {
  const found: FoundRecord[] = [];
  for await (const one of queryJournal(powers, query)) found.push(one);
  return found;
}
const names = async (powers: JournalPowers): Promise<readonly string[]> =>
  (await all(powers)).flatMap(({ record }) =>
    record.kind === "plugin.load" ? [record.content_hash] : record.kind === "security" ? [record.event] : [],
  );
const logFiles = (machine: MemoryMachine): readonly string[] => [...machine.log.files.keys()].sort();

describe("appending", () => {
  test("writes all records of a turn at once, after the turn", async () => {
    const machine = createMachine();
    const { journal } = await machine.open();
    unwrap(await journal.flushed());
    const before = machine.log.files.get(logFiles(machine)[0] ?? "");
    journal.append(entry("a"));
    journal.append(entry("b"));
    expect(machine.log.files.get(logFiles(machine)[0] ?? "")).toBe(before);
    unwrap(await journal.flushed());
    expect(machine.log.files.get(logFiles(machine)[0] ?? "")?.length).toBeGreaterThan(before?.length ?? 0);
  });

  test("numbers records without gaps and chains each to the one before", async () => {
    const machine = createMachine();
    const { journal, powers } = await machine.open();
    for (let index = 0; index < 20; index += 1) journal.append(entry(String(index)));
    unwrap(await journal.dispose());
    const found = await all(powers);
    expect(found.map(({ record }) => record.seq)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    for (const [index, { record }] of found.entries())
      if (index > 0) expect(record.prev).toBe(found[index - 1]?.record.hash);
  });

  test("keeps what a record says, whatever the text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 5 }), async (texts) => {
        const machine = createMachine();
        const { journal, powers } = await machine.open();
        for (const text of texts) journal.append(entry(text));
        unwrap(await journal.dispose());
        expect(await names(powers)).toEqual(texts);
        expect((await verifyJournal(powers)).ok).toBe(true);
      }),
    );
  });

  test("approvals, grants, security records and intents are synced; calls are written", () => {
    expect(recordKinds.filter(isSynced)).toEqual(
      expect.arrayContaining(["approval", "grant", "security", "host.intent", "plugin.trust", "limit.change"]),
    );
    expect(isSynced("host.call") || isSynced("execution.start") || isSynced("execution.end")).toBe(false);
  });

  test("is refused once the journal is closed", async () => {
    const { journal } = await createMachine().open();
    unwrap(await journal.dispose());
    unwrap(await journal.dispose());
    expect(() => journal.append(entry("a"))).toThrow("it was closed");
    expect((await journal.record(entry("a"))).ok).toBe(false);
  });
});

describe("a disk that refuses", () => {
  test("fails those who wait, loses nothing, and is tried again", async () => {
    const machine = createMachine();
    const { journal, powers } = await machine.open();
    journal.append(entry("a"));
    unwrap(await journal.flushed());
    machine.log.failWrites(new Error("ENOSPC"));
    journal.append(entry("b"));
    expect(await journal.flushed()).toMatchObject({
      ok: false,
      error: { code: "audit/unwritable", message: expect.stringContaining("ENOSPC") as string },
    });
    expect((await journal.record(security("c"))).ok).toBe(false);
    machine.log.failWrites(undefined);
    journal.append(entry("d"));
    unwrap(await journal.flushed());
    unwrap(await journal.dispose());
    expect(await names(powers)).toEqual(["a", "b", "c", "d"]);
    expect((await verifyJournal(powers)).ok).toBe(true);
  });

  test("accepts no more when too much waits", async () => {
    const machine = createMachine();
    const { journal } = await machine.open({ maxPendingBytes: 2_000 });
    unwrap(await journal.flushed());
    machine.log.failWrites(new Error("ENOSPC"));
    const appendAll = (): void => {
      for (let index = 0; index < 100; index += 1) journal.append(entry("x".repeat(100)));
    };
    expect(appendAll).toThrow("does not take its records");
    expect(await journal.record(security("y"))).toMatchObject({ ok: false, error: { code: "audit/unwritable" } });
  });

  test("keeps the journal from being opened", async () => {
    const machine = createMachine();
    machine.heads.failWrites(new Error("EROFS"));
    expect(await openJournal(machine.start())).toMatchObject({ ok: false, error: { code: "audit/unwritable" } });
  });
});

describe("a process that is killed", () => {
  test("leaves a chain that the next one continues, whatever the byte at which its last write stopped", async () => {
    const machine = createMachine();
    const first = await machine.open();
    first.journal.append(entry("a"));
    unwrap(await first.journal.synced());
    first.journal.append(entry("b"));
    unwrap(await first.journal.flushed());
    machine.kill(first.powers);
    const [log, heads] = [new Map(machine.log.files), new Map(machine.heads.files)];
    const file = logFiles(machine)[0] ?? "";
    const content = log.get(file) ?? new Uint8Array(0);
    const lastLine = content.lastIndexOf(10, content.length - 2) + 1;
    for (let length = lastLine; length <= content.length; length += 1) {
      for (const [folder, files] of [
        [machine.log, log],
        [machine.heads, heads],
      ] as const) {
        folder.files.clear();
        for (const [name, bytes] of files) folder.files.set(name, bytes);
      }
      machine.log.files.set(file, content.slice(0, length));
      const { journal, powers } = await machine.open();
      expect(journal.chain).toBe(first.journal.chain);
      journal.append(entry("c"));
      unwrap(await journal.dispose());
      expect(await names(powers)).toEqual(length === content.length ? ["a", "b", "c"] : ["a", "c"]);
      const repairs = await all(powers, { kinds: ["journal.repair"] });
      expect(repairs.map(({ record }) => record)).toMatchObject(
        length === lastLine || length === content.length ? [] : [{ bytes: length - lastLine }],
      );
      expect((await verifyJournal(powers)).ok).toBe(true);
    }
  });

  test("does not have its chain taken over while it lives", async () => {
    const machine = createMachine();
    const first = await machine.open();
    const second = await machine.open();
    expect(second.journal.chain).not.toBe(first.journal.chain);
    machine.kill(first.powers);
    const third = await machine.open();
    expect(third.journal.chain).toBe(first.journal.chain);
    const fourth = await machine.open();
    expect(new Set([first, second, fourth].map(({ journal }) => journal.chain)).size).toBe(3);
  });

  test("chains are used again: there are as many as ever ran at once", async () => {
    const machine = createMachine();
    for (let round = 0; round < 10; round += 1) {
      const { journal } = await machine.open();
      journal.append(entry(String(round)));
      unwrap(await journal.dispose());
    }
    const { chains, ok } = await verifyJournal(machine.start());
    expect({ chains, ok }).toEqual({ chains: 1, ok: true });
  });
});

describe("a power failure", () => {
  test("loses at most what was not synced; synced records are there and the journal verifies", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("write", "sync", "rotate", "turn", "maintain"), { maxLength: 30 }),
        async (steps) => {
          const machine = createMachine();
          const { journal, powers } = await machine.open();
          const appended: string[] = [];
          let durable = 0;
          for (const [index, step] of steps.entries()) {
            if (step === "write") journal.append(entry(String(appended.push(String(index)) - 1)));
            else if (step === "turn") unwrap(await journal.flushed());
            else if (step === "rotate") machine.time += day;
            else if (step === "maintain") unwrap(await journal.maintain());
            else {
              unwrap(await journal.record(security(String(appended.push(String(index)) - 1))));
              durable = appended.length;
            }
          }
          machine.kill(powers);
          machine.log.cutPower();
          machine.heads.cutPower();
          const next = await machine.open();
          unwrap(await next.journal.dispose());
          const found = (await names(powers)).map(Number);
          // A prefix of what was appended, at least up to the last record that was acknowledged as durable.
          expect(found).toEqual(found.map((_, index) => index));
          expect(found.length).toBeGreaterThanOrEqual(durable);
          expect((await verifyJournal(powers)).problems).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("rotation and retention", () => {
  test("a segment ends before it grows beyond its size, and is compressed", async () => {
    const machine = createMachine();
    const { journal, powers } = await machine.open({ maxSegmentBytes: 2_000 });
    for (let index = 0; index < 50; index += 1) {
      journal.append(entry(String(index)));
      unwrap(await journal.flushed());
    }
    unwrap(await journal.maintain());
    for (const [name, content] of machine.log.files)
      if (!name.endsWith(".gz")) expect(content.length).toBeLessThanOrEqual(2_000);
    expect(logFiles(machine).filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(3);
    expect(logFiles(machine).filter((name) => !name.endsWith(".gz"))).toHaveLength(1);
    unwrap(await journal.dispose());
    expect(await names(powers)).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
    expect((await verifyJournal(powers)).ok).toBe(true);
  });

  test("a new day begins a new segment, and a clock that goes back does not", async () => {
    const machine = createMachine();
    const { journal, powers } = await machine.open();
    machine.time += day;
    journal.append(entry("tomorrow"));
    machine.time -= 2 * day;
    journal.append(entry("yesterday"));
    unwrap(await journal.dispose());
    expect(logFiles(machine).map((name) => name.slice(0, 10))).toEqual(["2026-11-20", "2026-11-21"]);
    expect((await verifyJournal(powers)).ok).toBe(true);
    expect((await all(powers)).map(({ record }) => record.time.slice(0, 10))).toEqual([
      "2026-11-20",
      "2026-11-21",
      "2026-11-19",
    ]);
  });

  test("segments go when their last record is older than the user keeps them, not a moment earlier", async () => {
    const machine = createMachine();
    const { journal, powers } = await machine.open({ keepDays: 30 });
    for (let index = 0; index < 40; index += 1) {
      journal.append(entry(String(index)));
      unwrap(await journal.flushed());
      machine.time += day;
    }
    // Now is day 40 at 10:00; records of day 10 at 10:00 are exactly 30 days old.
    unwrap(await journal.maintain());
    expect(await names(powers)).toEqual(Array.from({ length: 30 }, (_, index) => String(index + 10)));
    expect((await verifyJournal(powers)).ok).toBe(true);
    machine.time += 1;
    unwrap(await journal.maintain());
    expect(await names(powers)).toEqual(Array.from({ length: 29 }, (_, index) => String(index + 11)));
    unwrap(await journal.dispose());
    expect((await verifyJournal(powers)).ok).toBe(true);
    // The chain goes on after a long pause.
    const later = await machine.open({ keepDays: 1 });
    machine.time += 100 * day;
    unwrap(await later.journal.maintain());
    later.journal.append(entry("later"));
    unwrap(await later.journal.dispose());
    expect((await names(powers)).at(-1)).toBe("later");
    expect((await verifyJournal(powers)).ok).toBe(true);
  });

  test("chains that nobody writes are maintained as well", async () => {
    const machine = createMachine();
    const one = await machine.open();
    const two = await machine.open();
    two.journal.append(entry("old"));
    unwrap(await two.journal.dispose());
    machine.time += 2 * day;
    const report = unwrap(await one.journal.maintain());
    expect(report.compressed).toHaveLength(1);
    machine.time += 40 * day;
    expect(unwrap(await one.journal.maintain()).removed).toHaveLength(1);
    expect((await verifyJournal(one.powers)).ok).toBe(true);
    unwrap(await one.journal.dispose());
  });

  test("the first process of a day sees to what all processes before it left, others of the day do not", async () => {
    const machine = createMachine();
    const left = [await machine.open(), await machine.open(), await machine.open()];
    for (const [index, { journal, powers }] of left.entries()) {
      journal.append(entry(String(index)));
      unwrap(await journal.synced());
      if (index === 2) machine.kill(powers);
      else unwrap(await journal.dispose());
    }
    expect(logFiles(machine).every((name) => name.endsWith(".jsonl"))).toBe(true);
    machine.time += day;
    unwrap(await (await machine.open()).journal.dispose());
    // The segment of the chain that was continued is closed as well: this day has its own.
    expect(logFiles(machine).filter((name) => name.endsWith(".gz"))).toHaveLength(3);
    machine.time += 40 * day;
    const [first, second] = [await machine.open(), await machine.open()];
    unwrap(await first.journal.dispose());
    // What the second one holds is its own to see to.
    expect(await names(first.powers)).toEqual(["1"]);
    unwrap(await second.journal.dispose());
    expect(await names(first.powers)).toEqual([]);
    expect((await verifyJournal(first.powers)).problems).toEqual([]);
    expect([...machine.heads.files.keys()].filter((name) => name.startsWith("maintained-"))).toHaveLength(1);
  });

  test("processes that end at once on a new day lose nothing and leave nothing to do", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (before, count) => {
          const machine = createMachine();
          const old = await Promise.all(before.map(() => machine.open()));
          for (const [index, { journal, powers }] of old.entries()) {
            journal.append(entry(`old ${index}`));
            unwrap(await journal.synced());
            if (before[index] === true) machine.kill(powers);
            else unwrap(await journal.dispose());
          }
          machine.time += day;
          const now = await Promise.all(Array.from({ length: count }, () => machine.open()));
          for (const [index, { journal }] of now.entries()) journal.append(entry(`new ${index}`));
          for (const outcome of await Promise.all(now.map(({ journal }) => journal.dispose()))) unwrap(outcome);
          const { powers } = await machine.open();
          expect((await verifyJournal(powers)).problems).toEqual([]);
          expect([...(await names(powers))].sort()).toEqual(
            [...now.map((_, index) => `new ${index}`), ...old.map((_, index) => `old ${index}`)].sort(),
          );
          const isOld = (name: string): boolean => name.startsWith("2026-11-20");
          expect(
            logFiles(machine)
              .filter(isOld)
              .every((name) => name.endsWith(".gz")),
          ).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a command that runs longer does it after a while, and one that cannot leaves it to the next", async () => {
    const machine = createMachine();
    const { journal } = await machine.open();
    journal.append(entry("old"));
    unwrap(await journal.dispose());
    machine.time += 31 * day;
    const timers: (() => void)[] = [];
    const powers = machine.start();
    const failing = {
      ...powers,
      log: { ...powers.log, remove: () => Promise.reject(new Error("not now")) },
      clock: { ...powers.clock, startTimer: (_: number, run: () => void) => (timers.push(run), () => {}) },
    };
    const long = unwrap(await openJournal(failing));
    expect(logFiles(machine).filter((name) => name.endsWith(".gz"))).toEqual([]);
    for (const run of timers) run();
    unwrap(await long.dispose());
    expect([...machine.heads.files.keys()].filter((name) => name.startsWith("maintained-"))).toEqual([]);
    const next = await machine.open();
    unwrap(await next.journal.dispose());
    expect(await names(next.powers)).toEqual([]);
    expect((await verifyJournal(next.powers)).problems).toEqual([]);
  });

  test("a round of maintenance that is interrupted anywhere is completed by the next", async () => {
    for (let steps = 0; steps < 12; steps += 1) {
      const machine = createMachine();
      const { journal, powers } = await machine.open();
      journal.append(entry("a"));
      unwrap(await journal.synced());
      machine.time += 31 * day;
      journal.append(entry("b"));
      unwrap(await journal.synced());
      // The machine stops after so many changes to files.
      let left = steps;
      for (const folder of [powers.log, powers.heads]) {
        const { write, remove } = folder;
        Object.assign(folder, {
          write: (name: string, content: string) =>
            left-- > 0 ? write(name, content) : Promise.reject(new Error("stopped")),
          remove: (name: string) => (left-- > 0 ? remove(name) : Promise.reject(new Error("stopped"))),
        });
      }
      await journal.maintain();
      machine.kill(powers);
      const restarted = createMachineFrom(machine);
      const next = await restarted.open();
      unwrap(await next.journal.maintain());
      next.journal.append(entry("c"));
      unwrap(await next.journal.dispose());
      expect((await verifyJournal(next.powers)).problems).toEqual([]);
      expect([steps, next.journal.chain, ...(await names(next.powers)).slice(-2)]).toEqual([
        steps,
        journal.chain,
        "b",
        "c",
      ]);
    }
  });
});

describe("queries", () => {
  test("agree with filtering all records, for random records and filters", async () => {
    const subject = fc.record({
      plugin: fc.constantFrom("p", "q", null),
      execution_id: fc.constantFrom("e1", "e2", null),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ subject, chain: fc.nat(1), gap: fc.nat(day) }), { maxLength: 25 }),
        fc.record(
          {
            plugin: fc.constantFrom("p", "q"),
            executionId: fc.constantFrom("e1", "e2"),
            kinds: fc.constantFrom(["plugin.load"] as const, ["journal.open"] as const),
            since: fc.integer({ min: 0, max: 20 }).map((half) => new Date(morning + half * (day / 2)).toISOString()),
            until: fc
              .integer({ min: 0, max: 20 })
              .map((half) => new Date(morning + half * (day / 2)).toISOString().slice(0, 13)),
          },
          { requiredKeys: [] },
        ),
        fc.nat(10),
        async (records, query, count) => {
          const machine = createMachine();
          const writers = [
            await machine.open({ maxSegmentBytes: 1_500 }),
            await machine.open({ maxSegmentBytes: 1_500 }),
          ];
          for (const { subject: whose, chain, gap } of records) {
            machine.time += gap;
            writers[chain]?.journal.append({ ...entry("x"), ...whose, version: null, invoker: null });
          }
          for (const { journal } of writers) unwrap(await journal.dispose());
          const powers = machine.start();
          const everything = await all(powers);
          expect(everything).toHaveLength(records.length + 2);
          const times = everything.map(({ record }) => record.time);
          expect(times).toEqual(times.toSorted());
          const expected = everything.filter(
            ({ record }) =>
              (query.plugin === undefined || record.plugin === query.plugin) &&
              (query.executionId === undefined || record.execution_id === query.executionId) &&
              (query.kinds === undefined || query.kinds.some((kind) => kind === record.kind)) &&
              (query.since === undefined || record.time >= query.since) &&
              (query.until === undefined || record.time < query.until),
          );
          expect(await all(powers, query)).toEqual(expected);
          const tail = await tailJournal(powers, count, query);
          expect(tail.map(({ record }) => record.time)).toEqual(
            expected.slice(Math.max(0, expected.length - count)).map(({ record }) => record.time),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("exports lines that hold the records and their chain", async () => {
    const machine = createMachine();
    const { journal, powers } = await machine.open();
    journal.append({ ...entry("a"), plugin: "p", version: "1.0.0", invoker: { kind: "agent", name: "claude" } });
    unwrap(await journal.dispose());
    const lines: string[] = [];
    for await (const line of exportJournal(powers, { plugin: "p" })) lines.push(line);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { journal_chain: journal.chain, plugin: "p", version: "1.0.0", kind: "plugin.load", seq: 2 },
    ]);
  });

  test("an empty journal has no records and verifies", async () => {
    const powers = createMachine().start();
    expect(await all(powers)).toEqual([]);
    expect(await tailJournal(powers, 5)).toEqual([]);
    expect(await verifyJournal(powers)).toMatchObject({ ok: true, chains: 0, records: 0 });
    expect(noSubject.plugin).toBeNull();
  });
});

/** The same disk under new folders: what a stopped machine finds when it starts again. */
function createMachineFrom(machine: MemoryMachine): MemoryMachine {
  const next = createMachine();
  next.time = machine.time;
  for (const [name, content] of machine.log.files) next.log.files.set(name, content);
  for (const [name, content] of machine.heads.files) next.heads.files.set(name, content);
  // Process numbers begin anew: nobody of before lives.
  const start = next.start;
  let numbers = 1_000;
  return Object.assign(next, {
    start: () => {
      const powers = start();
      const own = (numbers += 1);
      return {
        ...powers,
        processes: {
          self: { pid: own, started: "2", where: "here" },
          isAlive: (other: { readonly pid: number }) => other.pid >= 1_000,
        },
      };
    },
  });
}
