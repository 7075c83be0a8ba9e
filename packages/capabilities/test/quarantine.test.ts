// The escalation counter: k attempts stop a plugin, across restarts, until somebody releases it.
import {
  createMemoryDocument,
  createQuarantine,
  noteViolation,
  type QuarantineEntry,
  type VersionedDocument,
} from "@crucible/capabilities";
import { CrucibleError, unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const plugin = { plugin: "p", home: "system" };
const other = { plugin: "q", home: "system" };

describe("noteViolation", () => {
  test("stops at the configured attempt, never earlier, whatever the gaps within the window", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(100), { minLength: 8, maxLength: 8 }),
        (attempts, gaps) => {
          let entry: QuarantineEntry | undefined;
          let time = 0;
          gaps.forEach((gap, index) => {
            time += gap;
            entry = noteViolation(entry, plugin, "x", time, { attempts, windowMs: 100 });
            expect(entry.since !== undefined).toBe(index + 1 >= attempts);
            expect(entry.attempts).toBe(index + 1);
          });
        },
      ),
    );
  });

  test("starts anew after the window, but never lets a stopped plugin go", () => {
    const policy = { attempts: 2, windowMs: 10 };
    const first = noteViolation(undefined, plugin, "x", 0, policy);
    expect(noteViolation(first, plugin, "x", 11, policy).attempts).toBe(1);
    const stopped = noteViolation(first, plugin, "x", 10, policy);
    expect(stopped.since).toBe(10);
    expect(noteViolation(stopped, plugin, "x", 10_000, policy).since).toBe(10);
  });
});

describe("the quarantine", () => {
  test("stops a plugin at its third violation, in every process, until it is released", async () => {
    const document = createMemoryDocument();
    const here = createQuarantine(document, () => 5);
    const there = createQuarantine(document, () => 5);
    for (const quarantine of [here, there]) {
      await quarantine.note(plugin, "crucible.http.get: undeclared");
      expect(here.check(plugin).ok && there.check(plugin).ok).toBe(true);
    }
    expect(unwrap(await here.note(plugin, "crucible.http.get: undeclared"))).toMatchObject({ attempts: 3, since: 5 });
    expect(there.check(plugin)).toMatchObject({
      ok: false,
      error: { code: "capability/quarantined", message: expect.stringContaining("crucible.http.get") as string },
    });
    expect(there.check(other).ok).toBe(true);
    unwrap(await there.release(plugin));
    expect(here.check(plugin).ok).toBe(true);
    expect((await here.release(plugin)).ok).toBe(false);
  });

  test("counts in this process even where the document cannot be written", async () => {
    const readOnly: VersionedDocument = {
      ...createMemoryDocument(),
      replace: () => Promise.reject(new CrucibleError("grants/unreadable", "read-only")),
    };
    const quarantine = createQuarantine(readOnly, () => 5, { attempts: 2, windowMs: 100 });
    expect((await quarantine.note(plugin, "x")).ok).toBe(false);
    expect(quarantine.check(plugin).ok).toBe(true);
    expect((await quarantine.note(plugin, "x")).ok).toBe(false);
    expect(quarantine.check(plugin)).toMatchObject({ ok: false, error: { code: "capability/quarantined" } });
  });

  test("refuses everybody when its document is damaged", () => {
    const quarantine = createQuarantine(createMemoryDocument("no JSON"), () => 5);
    expect(quarantine.check(plugin)).toMatchObject({ ok: false, error: { code: "grants/unreadable" } });
    expect(quarantine.list().ok).toBe(false);
  });

  test("holds what did nothing wrong until somebody lets it run, and lets nobody out who did", async () => {
    const quarantine = createQuarantine(createMemoryDocument(), () => 5, { attempts: 1, windowMs: 100 });
    expect(unwrap(await quarantine.hold(plugin, "it waits"))).toMatchObject({ attempts: 0, since: 5 });
    expect(quarantine.check(plugin)).toMatchObject({
      ok: false,
      error: { code: "plugin/untrusted", message: 'Cannot run "p": it waits', details: { plugin: "p" } },
    });
    expect(quarantine.check(other).ok).toBe(true);
    unwrap(await quarantine.release(plugin));
    expect(quarantine.check(plugin).ok).toBe(true);
    unwrap(await quarantine.note(other, "crucible.http.get: undeclared"));
    expect(unwrap(await quarantine.hold(other, "it waits"))).toMatchObject({ attempts: 1 });
    expect(quarantine.check(other)).toMatchObject({ ok: false, error: { code: "capability/quarantined" } });
  });

  test("counts violations that happen at once", async () => {
    const quarantine = createQuarantine(createMemoryDocument(), () => 5, { attempts: 100, windowMs: 100 });
    await Promise.all(Array.from({ length: 20 }, () => quarantine.note(plugin, "x")));
    expect(unwrap(quarantine.list())).toMatchObject([{ attempts: 20 }]);
  });
});
