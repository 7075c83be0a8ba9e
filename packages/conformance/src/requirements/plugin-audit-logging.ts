// Laws of the requirement "Plugin Audit Logging".
import { queryJournal, verifyJournal, type JournalEntry, type JournalPowers } from "@crucible/audit";
import { createMachine, day, type MemoryMachine } from "@crucible/audit/testing";
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law } from "../law.ts";
import { openHost } from "../open-host.ts";

export const pluginAuditLoggingLaws: readonly Law[] = [
  law("MS-15.1", {
    checks:
      "each run has one start and one end under its id, with plugin, version, invoker, duration and how it ended, whoever " +
      "asked for it and whatever became of it",
    proves: "all",
    programs: ["echo", "raise"],
    run: async ({ subject, source, holds }) => {
      const invoker = fc.record({
        kind: fc.constantFrom("user" as const, "agent" as const),
        name: fc.stringMatching(/^[a-z]{1,8}$/),
      });
      const version = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map((parts) => parts.join("."));
      await holds(
        fc.asyncProperty(
          fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
          invoker,
          version,
          async (runs, by, at) => {
            const test = await openHost(subject, {
              plugins: (["echo", "raise"] as const).map((name) => ({
                manifest: { name, description: name, version: at, parameters: { type: "object" } },
                code: source(name),
              })),
            });
            for (const isFine of runs)
              await test.invoke(isFine ? "echo" : "raise", object([["message", "no"]]), { invoker: by });
            const starts = test.records.filter((each) => each.kind === "execution.start");
            const ends = test.records.filter((each) => each.kind === "execution.end");
            assertThat(starts.length === runs.length && ends.length === runs.length, "A run has no start or no end");
            for (const [index, isFine] of runs.entries()) {
              const [start, end] = [starts[index], ends[index]];
              assertThat(
                start?.kind === "execution.start" &&
                  end?.kind === "execution.end" &&
                  start.execution_id !== null &&
                  start.execution_id === end.execution_id,
                "Start and end of a run have no id, or not the same one",
              );
              assertThat(
                start.plugin === (isFine ? "echo" : "raise") &&
                  start.version === at &&
                  start.invoker?.kind === by.kind &&
                  start.invoker.name === by.name,
                `The start says ${start.plugin} ${start.version} for ${start.invoker?.name}`,
              );
              assertThat(
                end.duration_ms >= 0 &&
                  end.status === (isFine ? "ok" : "error") &&
                  (isFine || end.error?.code === "guest/exception"),
                `The end says ${end.status} after ${end.duration_ms} ms`,
              );
            }
            await test.dispose();
          },
        ),
        8,
      );
    },
  }),

  law("MS-15.2", {
    checks:
      "each call of a host function is one record with the function, what it was about and whether it was allowed, and never " +
      "with what was read or written",
    proves: "all",
    programs: ["read note", "write note"],
    run: async ({ subject, source, holds }) => {
      const secret = fc.stringMatching(/^secret[a-z]{12}$/);
      const calls = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
      await holds(
        fc.asyncProperty(calls, fc.boolean(), secret, async (sequence, isAllowed, text) => {
          const test = await openHost(subject, {
            answer: isAllowed ? "always" : "deny",
            notes: { "a.md": text },
            plugins: (["read note", "write note"] as const).map((name) => ({
              manifest: {
                name: `${name.replace(" ", "-")}-law`,
                description: name,
                capabilities: ["KilnRead", "KilnWrite"],
                parameters: { type: "object" },
              },
              code: source(name),
            })),
          });
          for (const reads of sequence) {
            await test.invoke(
              reads ? "read-note-law" : "write-note-law",
              object([
                ["path", "a.md"],
                ["content", text],
              ]),
            );
          }
          const records = test.records.filter((each) => each.kind === "host.call");
          const found = records.map(
            (each) => `${each.function} ${each.subject} ${each.decision === "denied" ? "denied" : "allowed"}`,
          );
          const expected = sequence.map((reads) =>
            reads ? "crucible.read_note a.md allowed" : `crucible.write_note a.md ${isAllowed ? "allowed" : "denied"}`,
          );
          assertThat(found.join() === expected.join(), `The journal has the calls ${found.join()}`);
          assertThat(
            records.every(({ decision }) => decision !== ""),
            "A call does not say how it was decided",
          );
          assertThat(!JSON.stringify(test.records).includes(text), "The journal has the text of a note");
          await test.dispose();
        }),
        10,
      );
    },
  }),

  law("MS-15.3", {
    checks:
      "each attempt beyond the manifest is a security record with plugin, operation and reason, and the user is told each time",
    proves: "all",
    programs: ["write note", "ask the network"],
    run: async ({ subject, source, holds }) => {
      const attempts = fc.array(fc.constantFrom("write note" as const, "ask the network" as const), {
        minLength: 1,
        maxLength: 3,
      });
      await holds(
        fc.asyncProperty(attempts, async (sequence) => {
          const test = await openHost(subject, {
            answer: "always",
            plugins: (["write note", "ask the network"] as const).map((name) => ({
              manifest: {
                name: `${name.replaceAll(" ", "-")}-law`,
                description: name,
                capabilities: ["KilnRead"],
                parameters: { type: "object" },
              },
              code: source(name),
            })),
          });
          for (const name of sequence) {
            const params = object([
              ["path", "a.md"],
              ["content", "text"],
              ["url", "https://example.org/"],
            ]);
            assertFailure(await test.invoke(`${name.replaceAll(" ", "-")}-law`, params), "capability/escalation");
          }
          const found = test.events.flatMap((event) =>
            event.kind === "security"
              ? [`${event.chain.at(-1)?.plugin} ${event.request.operation} ${event.reason}`]
              : [],
          );
          const expected = sequence.map((name) =>
            name === "write note"
              ? "write-note-law crucible.write_note undeclared"
              : "ask-the-network-law crucible.http.get undeclared",
          );
          assertThat(found.join() === expected.join(), `The journal has ${found.join()}`);
          assertThat(test.notices.length === sequence.length, `The user was told ${test.notices.length} times`);
          await test.dispose();
        }),
        8,
      );
    },
  }),

  law("MS-15.4", {
    checks:
      "while plugins run for months, with processes that end or are killed in between, no segment grows beyond its size, none " +
      "but the last of a chain stays uncompressed, records are kept for as long as the user says (30 days where nothing is " +
      "said) and not a day longer, and the journal verifies at every moment",
    proves: "all",
    programs: ["echo"],
    run: async ({ subject, source, holds }) => {
      const step = fc.oneof(
        fc.record({ kind: fc.constant("run" as const), times: fc.integer({ min: 1, max: 6 }) }),
        fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 300 }) }),
        fc.constantFrom({ kind: "restart" as const }, { kind: "kill" as const }),
      );
      await holds(
        fc.asyncProperty(
          fc.array(step, { minLength: 4, maxLength: 16 }),
          fc.integer({ min: 1_000, max: 16_000 }),
          fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
          async (steps, maxSegmentBytes, keepDays) => {
            const machine = createMachine();
            const options = { maxSegmentBytes, ...(keepDays === undefined ? {} : { keepDays }) };
            let { journal, powers } = await machine.open(options);
            const written: { readonly time: number; readonly name: string }[] = [];
            const note = (entry: JournalEntry): void => void written.push({ time: machine.time, name: nameOf(entry) });
            const test = await openHost(subject, {
              plugins: [
                {
                  manifest: { name: "echo", description: "echo", parameters: { type: "object" } },
                  code: source("echo"),
                },
              ],
              journal: {
                append: (entry) => (note(entry), journal.append(entry)),
                flushed: async () => journal.flushed(),
                record: async (entry) => (note(entry), journal.record(entry)),
              },
            });
            const reopen = async (isKilled: boolean): Promise<void> => {
              if (isKilled) machine.kill(powers);
              else assertSuccess(await journal.dispose());
              ({ journal, powers } = await machine.open(options));
            };
            for (const one of [...steps, { kind: "wait", hours: 24 } as const, { kind: "restart" } as const]) {
              if (one.kind === "run") {
                for (let time = 0; time < one.times; time += 1) assertSuccess(await test.invoke("echo", object([])));
              } else if (one.kind === "wait") machine.time += one.hours * 3_600_000;
              else await reopen(one.kind === "kill");
              await assertRetention(powers, written, machine.time - (keepDays ?? 30) * day);
            }
            // A day has its maintenance when its first process ends.
            assertSuccess(await journal.dispose());
            assertClosed(machine, maxSegmentBytes);
            const oldest = new Date(machine.time - ((keepDays ?? 30) + 1) * day).toISOString();
            for await (const { record } of queryJournal(powers))
              assertThat(record.time >= oldest, `A record of ${record.time} is still there, past ${oldest}`);
            await test.dispose();
          },
        ),
        15,
      );
    },
  }),
];

function nameOf({ kind, execution_id: id }: Pick<JournalEntry, "kind" | "execution_id">): string {
  return `${kind} ${id ?? ""}`;
}

/** The journal verifies, and everything younger than the limit is there. */
async function assertRetention(
  powers: JournalPowers,
  written: readonly { readonly time: number; readonly name: string }[],
  oldest: number,
): Promise<void> {
  const { problems } = await verifyJournal(powers);
  assertThat(problems.length === 0, `The journal does not verify: ${problems[0]?.message ?? ""}`);
  const there = new Map<string, number>();
  for await (const { record } of queryJournal(powers)) there.set(nameOf(record), (there.get(nameOf(record)) ?? 0) + 1);
  for (const { time, name } of written) {
    if (time < oldest) continue;
    const count = there.get(name) ?? 0;
    assertThat(count > 0, `The record "${name}" is gone before its time`);
    there.set(name, count - 1);
  }
}

/** No segment is larger than it may be, and only the last one of a chain is not compressed. */
function assertClosed(machine: MemoryMachine, maxSegmentBytes: number): void {
  const last = new Map<string, string>();
  const names = [...machine.log.files.keys()].toSorted();
  for (const name of names) last.set(chainOf(name), name);
  for (const [name, content] of machine.log.files) {
    if (name.endsWith(".gz")) continue;
    assertThat(last.get(chainOf(name)) === name, `"${name}" is closed and not compressed`);
    const lines = content.filter((byte) => byte === 10).length;
    assertThat(content.length <= maxSegmentBytes || lines === 1, `"${name}" has ${content.length} bytes`);
  }
}

/** Segments are named by day, chain and first record. */
function chainOf(name: string): string {
  return name.slice(11, 27);
}
