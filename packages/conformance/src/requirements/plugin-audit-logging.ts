// Laws of the requirement "Plugin Audit Logging".
import { object } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertThat } from "../assertion.ts";
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
];
