// The steps of runs against a model, with a process that dies before each of its changes to the files.
import { equalValues, succeed, unwrap, type Outcome, type Value } from "@crucible/sandbox";
import type { StepLog } from "@crucible/stdlib-workflow";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callOf, createMemoryFiles, storeIn } from "./memory-files.ts";

const run = { workflow: "w", run: "r" };
const call = callOf();

type Move = { readonly kind: "append" | "replace"; readonly bytes: number } | { readonly kind: "forget" | "reopen" };

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant("append" as const), bytes: fc.constantFrom(1, 9_000, 40_000) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("replace" as const), bytes: fc.constantFrom(1, 9_000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("forget" as const, "reopen" as const) }) },
  ),
  { maxLength: 12 },
);

/** Records are numbered lists; a log means what they are when they stand one after the other. */
const meaning = (records: readonly Value[]): Value => records.flat();

describe("the steps of a run", () => {
  test("are after a crash at any moment what they were before or after the change that it cut", async () => {
    await fc.assert(
      fc.asyncProperty(moves, fc.nat(25), async (script, left) => {
        const contents = new Map<string, Uint8Array>();
        const files = createMemoryFiles(contents, left);
        let log = unwrap(await storeIn(files).open(call, run, false));
        let model: readonly Value[] = [];
        for (const [number, move] of script.entries()) {
          const before = model;
          let outcome: Outcome<null> = succeed(null);
          const record = [number, "x".repeat("bytes" in move ? move.bytes : 0)];
          if (move.kind === "append") {
            model = [...before, ...record];
            const whole = model;
            outcome = await log.append(call, record, () => whole);
          } else if (move.kind === "replace") {
            model = record;
            outcome = await log.replace(call, record);
          } else if (move.kind === "forget") {
            model = [];
            outcome = await log.forget(call);
          } else log = unwrap(await storeIn(files).open(call, run, false));
          const found = unwrap(await storeIn(createMemoryFiles(contents)).open(call, run, false));
          if (outcome.ok) expect(meaning(found.kept)).toStrictEqual(model);
          else {
            expect([before, model].some((each) => equalValues(meaning(found.kept), each as Value))).toBe(true);
            return;
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("are written once each, and replaced as a whole when they have become as long as that", async () => {
    const files = createMemoryFiles();
    const written: number[] = [];
    const watched = {
      ...files,
      write: async (path: string, bytes: Uint8Array, expected: { readonly kind: "absent" }) => {
        written.push(bytes.length);
        return files.write(path, bytes, expected);
      },
    };
    const log = unwrap(await storeIn(watched).open(call, run, false));
    const records: Value[] = [];
    for (let step = 0; step < 3000; step += 1) {
      const record = [step, "y".repeat(100)];
      records.push(record);
      unwrap(await log.append(call, record, () => records));
    }
    const sum = written.reduce((total, bytes) => total + bytes, 0);
    const size = JSON.stringify(records).length;
    // Some hundred bytes around each step, and no more than three times everything for all whole files together.
    expect(sum).toBeLessThan(3000 * 350 + 3 * size);
    expect(files.contents.size).toBeLessThanOrEqual(1001);
    const found = unwrap(await storeIn(files).open(call, run, false));
    expect(found.kept.length).toBeLessThan(3000);
    expect([found.kept[0] as readonly Value[], found.kept.slice(1)].flat()).toHaveLength(3000);
    unwrap(await found.forget(call));
    expect(files.contents.size).toBe(0);
  });

  test("of a restarted run are gone, of another run and of another plugin's home they stay apart", async () => {
    const files = createMemoryFiles();
    const append = async (log: Outcome<StepLog>): Promise<unknown> => unwrap(log).append(call, [1], () => [1]);
    await append(await storeIn(files).open(call, run, false));
    await append(await storeIn(files).open(call, { workflow: "w", run: "other" }, false));
    expect(unwrap(await storeIn(files).open(call, { workflow: "w", run: "third" }, false)).kept).toStrictEqual([]);
    expect(await storeIn(files).open(callOf("elsewhere"), run, false)).toMatchObject({
      ok: false,
      error: { code: "host/state-invalid", message: expect.stringContaining("another place") as string },
    });
    expect(unwrap(await storeIn(files).open(call, run, true)).kept).toStrictEqual([]);
    expect(unwrap(await storeIn(files).open(call, run, false)).kept).toStrictEqual([]);
    expect(unwrap(await storeIn(files).open(call, { workflow: "w", run: "other" }, false)).kept).toStrictEqual([[1]]);
  });

  test("of one run that two executions write are the first one's", async () => {
    const files = createMemoryFiles();
    const [one, two] = [
      unwrap(await storeIn(files).open(call, run, false)),
      unwrap(await storeIn(files).open(call, run, false)),
    ];
    unwrap(await one.append(call, ["one"], () => []));
    expect(await two.append(call, ["two"], () => [])).toMatchObject({
      ok: false,
      error: {
        code: "host/state-conflict",
        message: 'Cannot store the steps of run "r": it is being executed elsewhere too',
      },
    });
    expect(unwrap(await storeIn(files).open(call, run, false)).kept).toStrictEqual([["one"]]);
  });

  test("have bounds: bytes of a run, and runs of a plugin", async () => {
    const files = createMemoryFiles();
    const store = storeIn(files, { maxRunBytes: 1000, maxRuns: 2 });
    const log = unwrap(await store.open(call, run, false));
    unwrap(await log.append(call, ["z".repeat(600)], () => []));
    expect(await log.append(call, ["z".repeat(600)], () => [])).toMatchObject({
      ok: false,
      error: { code: "host/state-quota" },
    });
    unwrap(await unwrap(await store.open(call, { workflow: "w", run: "2" }, false)).append(call, [1], () => []));
    expect(await store.open(call, { workflow: "w", run: "3" }, false)).toMatchObject({
      ok: false,
      error: { code: "host/state-quota" },
    });
    expect(await store.open(call, run, false)).toMatchObject({ ok: true });
  });

  test("that somebody has damaged are refused with their place and the remedy", async () => {
    for (const bytes of [
      "",
      "{",
      "[]",
      "\xff",
      '{"format":"crucible-steps/1","owner":"home","workflow":"w","run":"x","record":1}',
    ]) {
      const files = createMemoryFiles();
      unwrap(await unwrap(await storeIn(files).open(call, run, false)).append(call, [1], () => []));
      const [path = ""] = files.contents.keys();
      files.contents.set(
        path,
        Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)),
      );
      expect(await storeIn(files).open(call, run, false)).toMatchObject({
        ok: false,
        error: {
          code: "host/state-invalid",
          message: expect.stringContaining(`Cannot use the stored step "${path}"`) as string,
          details: { hint: "Execute the run with restart, which forgets the steps that were done" },
        },
      });
      expect(await storeIn(files).open(call, run, true)).toMatchObject({ ok: true });
    }
  });
});
