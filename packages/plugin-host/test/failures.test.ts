// What happens when a part of the host throws: gates fail closed, observers change nothing. The rows are those of "When a part
// fails" in docs/threat-model.md.
import { createMemoryDocument, createQuarantine, createRateLimiter, createTrustStore } from "@crucible/capabilities";
import { createMetrics, type PluginHostOptions } from "@crucible/plugin-host";
import { object, succeed, type Outcome, type Value } from "@crucible/sandbox";
import { afterEach, describe, expect, test } from "vitest";
import type { HostSubject } from "./host-subject.ts";
import { lua, openHost } from "./host-subject.ts";

const subjects: HostSubject[] = [];
afterEach(async () => {
  await Promise.all(subjects.splice(0).map((subject) => subject.dispose()));
});

const fails = (): never => {
  throw new Error("this part is broken");
};
const now = (): number => 0;
const createId = (): string => "id";
const writer = "function main() crucible.put('a.md', 'text') return 'done' end";
const mine = { "/system/writer.lua": lua("writer", writer, "capabilities: [KilnWrite]\n") };
const ofKiln = { "/kiln/plugins/writer.lua": lua("writer", writer, "capabilities: [KilnWrite]\n") };
const raised = { "/system/writer.lua": lua("writer", writer, "capabilities: [KilnWrite]\nlimits: { burst: 30 }\n") };

/** A host whose user agrees to everything, and of which one part may fail. */
async function open(
  plugins: Readonly<Record<string, string>>,
  broken: (healthy: PluginHostOptions) => Partial<PluginHostOptions>,
): Promise<HostSubject> {
  const subject = await openHost(plugins, broken);
  subject.attach(() => Promise.resolve({ choice: "always", by: "somebody" }));
  subjects.push(subject);
  return subject;
}

describe("a gate that throws lets nothing through", () => {
  test.each<[string, Readonly<Record<string, string>>, (healthy: PluginHostOptions) => Partial<PluginHostOptions>]>([
    ["trust", ofKiln, () => ({ trust: { ...createTrustStore(createMemoryDocument(), now, createId), assess: fails } })],
    ["question of trust", ofKiln, ({ authority }) => ({ authority: { ...authority, checkTrust: fails } })],
    ["quarantine", mine, () => ({ quarantine: { ...createQuarantine(createMemoryDocument(), now), check: fails } })],
    ["rate", mine, () => ({ rateLimiter: { ...createRateLimiter(now), take: fails } })],
    ["raised limits", raised, ({ authority }) => ({ authority: { ...authority, checkLimits: fails } })],
    ["decision", mine, ({ authority }) => ({ authority: { ...authority, check: fails } })],
    [
      "decision that rejects",
      mine,
      ({ authority }) => ({ authority: { ...authority, check: () => Promise.reject(new Error("no answer")) } }),
    ],
    ["digests of the journal", mine, () => ({ digest: fails })],
    ["journal, when a run begins", mine, ({ journal }) => ({ journal: { ...journal, append: fails } })],
    [
      "journal, when the plugin is loaded",
      mine,
      ({ journal }) => ({
        journal: {
          ...journal,
          append: (entry) => (entry.kind === "execution.start" ? fails() : journal.append(entry)),
        },
      }),
    ],
    ["journal, before a change", mine, ({ journal }) => ({ journal: { ...journal, record: fails } })],
  ])("%s", async (_part, plugins, broken) => {
    const healthy = await open(plugins === ofKiln ? mine : plugins, () => ({}));
    expect(await healthy.run("writer")).toStrictEqual(succeed("done"));
    const subject = await open(plugins, broken);
    const outcome = await subject.run("writer");
    expect(outcome.ok).toBe(false);
    expect(subject.notes.size).toBe(0);
  });

  test("what was done and cannot be recorded is not answered", async () => {
    let calls = 0;
    const subject = await open(mine, ({ journal }) => ({
      journal: {
        ...journal,
        append: (entry) => {
          if (entry.kind !== "host.call") return journal.append(entry);
          calls += 1;
          return fails();
        },
      },
    }));
    expect((await subject.run("writer")).ok).toBe(false);
    expect(calls).toBe(1);
  });

  test("a lock that cannot be read opens no host", async () => {
    await expect(openHost(mine, () => ({ readLock: () => Promise.reject(new Error("unreadable")) }))).rejects.toThrow(
      "unreadable",
    );
  });
});

describe("an observer that throws changes nothing", () => {
  const runs = async (broken: (healthy: PluginHostOptions) => Partial<PluginHostOptions>): Promise<Outcome<Value>> => {
    const subject = await open(mine, broken);
    const outcome = await subject.run("writer", object([]));
    expect(subject.notes.get("a.md")).toBe("text");
    expect(subject.records.filter(({ kind }) => kind === "execution.end")).toHaveLength(1);
    return outcome;
  };

  test("metrics", async () => {
    const metrics = { ...createMetrics({ now }), observe: fails };
    expect(await runs(() => ({ metrics }))).toStrictEqual(succeed("done"));
  });
});
