// What authority costs: a decision among ten thousand grants, a host call through every gate and the journal, and the journal's
// part in an invocation of one millisecond.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noSubject, openJournal, openJournalFiles } from "@crucible/audit";
import { decide, indexGrants, parseClaim, type Grant } from "@crucible/capabilities";
import { object, unwrap } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import type { Bench } from "../bench-definition.ts";
import { openTemporaryHost } from "../whole-host.ts";

const grantCount = 10_000;
const hostCalls = 1_000;

/** Grants of many plugins, and a tenth of them of the one that asks, each for another folder. */
function manyGrants(): readonly Grant[] {
  return Array.from({ length: grantCount }, (_, index) => ({
    id: `g${index}`,
    effect: "allow" as const,
    plugin: index % 10 === 0 ? "asker" : `plugin-${index}`,
    home: "system",
    capability: "KilnWrite" as const,
    scope: { folders: [`folder-${index}/**`] },
    origin: "command" as const,
    created: 0,
  }));
}

/** Denials of one plugin, each in another folder. */
function manyDenials(): readonly Grant[] {
  return Array.from({ length: grantCount }, (_, index) => ({
    id: `d${index}`,
    effect: "deny" as const,
    plugin: "reader",
    home: "system",
    capability: "KilnRead" as const,
    scope: { folders: [`folder-${index}/private`] },
    origin: "command" as const,
    created: 0,
  }));
}

const plugin = `---
name: bench
description: For the benchmark
language: lua
capabilities: []
parameters: { count: { type: integer, required: true } }
---
function main(params)
  for _ = 1, params.count do crucible.random_int(1, 6) end
  return params.count
end
`;

export const bench: Bench = {
  name: "authority",
  about: "What a decision, a mediated host call and the journal cost.",
  open: async () => {
    const lookup = indexGrants(manyGrants());
    const claims = [unwrap(parseClaim("KilnWrite"))];
    const asker = [{ plugin: "asker", home: "system", claims }];
    const stranger = [{ plugin: "stranger", home: "system", claims }];
    const write = (folders: string) =>
      ({ capability: "KilnWrite", target: { folders }, operation: "crucible.write_note", now: 0 }) as const;
    const last = write(`folder-${grantCount - 10}/a.md`);
    const none = write("nowhere/a.md");
    const denials = indexGrants(manyDenials());
    const reader = [{ plugin: "reader", home: "system", claims: [unwrap(parseClaim("KilnRead"))] }];
    const list = {
      capability: "KilnRead",
      target: { folders: "nowhere/" },
      operation: "crucible.list_notes",
      argumentsDigest: "digest",
      now: 0,
    } as const;
    if (decide(reader, denials, list).kind !== "allow") throw new Error("The denials of the benchmark are for others");
    if (decide(asker, lookup, last).kind !== "allow" || decide(asker, lookup, none).kind !== "ask")
      throw new Error("The grants of the benchmark do not mean what its rows say");

    const pool = createThreadPool({ powers: createNodeThreadPowers() });
    const lua = createLuaBackend(pool);
    const whole = await openTemporaryHost([lua], { "bench.lua": plugin });
    const times = async (count: number): Promise<number> => {
      const begun = performance.now();
      await whole.invoke("bench", "main", object([["count", count]]));
      return performance.now() - begun;
    };
    await times(hostCalls);

    const folder = mkdtempSync(join(tmpdir(), "crucible-authority-"));
    const journal = unwrap(await openJournal(openJournalFiles(join(folder, "log"), join(folder, "heads"))));
    const record = {
      ...noSubject,
      kind: "plugin.load",
      content_hash: "0".repeat(64),
      path: "p.lua",
      scope: "kiln",
    } as const;
    const recordsOfInvocation = 4;

    return {
      rows: [
        {
          name: `decide, ${grantCount} grants, the last one fits`,
          unit: "µs",
          contenders: { crucible: { run: () => decide(asker, lookup, last) } },
          target: { contender: "crucible", atMost: 20 },
        },
        {
          name: `decide, ${grantCount} grants, none fits`,
          unit: "µs",
          contenders: { crucible: { run: () => decide(asker, lookup, none) } },
          target: { contender: "crucible", atMost: 20 },
        },
        {
          name: `decide about a folder, ${grantCount} denials in others`,
          unit: "µs",
          contenders: { crucible: { run: () => decide(reader, denials, list) } },
          target: { contender: "crucible", atMost: 20 },
        },
        {
          name: `decide, ${grantCount} grants of others`,
          unit: "µs",
          contenders: { crucible: { run: () => decide(stranger, lookup, last) } },
          target: { contender: "crucible", atMost: 20 },
        },
        {
          name: "one host call: guest, decision, effect, record, answer",
          unit: "µs",
          contenders: {
            crucible: { measure: async () => (((await times(hostCalls)) - (await times(0))) / hostCalls) * 1_000 },
          },
          target: { contender: "crucible", atMost: 100 },
        },
        {
          name: `the journal in an invocation: ${recordsOfInvocation} records written, waited for`,
          unit: "µs",
          contenders: {
            crucible: {
              measure: async () => {
                const begun = performance.now();
                for (let count = 0; count < recordsOfInvocation; count += 1) journal.append(record);
                unwrap(await journal.flushed());
                return (performance.now() - begun) * 1_000;
              },
            },
          },
          target: { contender: "crucible", atMost: 100 },
        },
      ],
      notes: [
        "The journal may take 100 µs: a tenth of an invocation of 1 ms. It writes to a file and does not wait for the disk there.",
        "A host call is the difference between an invocation with a thousand calls and one with none.",
      ],
      dispose: async () => {
        await journal.dispose();
        await whole.dispose();
        await lua.dispose();
        await pool.dispose();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};
