// Verification: an honest journal passes; every single change, anywhere, is found and the right record is named.
import { openJournal, queryJournal, verifyJournal, type JournalPowers, type Verification } from "@crucible/audit";
import { createMachine, day, type MemoryMachine } from "@crucible/audit/testing";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { entry, security } from "./memory-journal.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A journal with a closed segment, an open one, and a second chain. */
async function build(): Promise<{ readonly machine: MemoryMachine; readonly powers: JournalPowers }> {
  const machine = createMachine();
  const { journal, powers } = await machine.open();
  const second = await machine.open();
  for (const name of ["a", "b", "c"]) journal.append(entry(name));
  await journal.record(security("d"));
  await second.journal.record(entry("x"));
  machine.time += day;
  for (const name of ["e", "f", "g"]) journal.append(entry(name));
  unwrap(await journal.flushed());
  unwrap(await journal.maintain());
  unwrap(await journal.dispose());
  unwrap(await second.journal.dispose());
  return { machine, powers };
}

/** The machine's files as they were, for the next case. */
function snapshot(machine: MemoryMachine): () => void {
  const [log, heads] = [new Map(machine.log.files), new Map(machine.heads.files)];
  return () => {
    machine.log.files.clear();
    machine.heads.files.clear();
    for (const [name, content] of log) machine.log.files.set(name, content);
    for (const [name, content] of heads) machine.heads.files.set(name, content);
  };
}

let machine: MemoryMachine;
let powers: JournalPowers;
let restore: () => void;
/** The open segment of the first chain, and the closed one. */
let plain: string;
let closed: string;

beforeAll(async () => {
  ({ machine, powers } = await build());
  restore = snapshot(machine);
  const names = [...machine.log.files.keys()].sort();
  closed = names.find((name) => name.endsWith(".gz")) ?? "";
  const chain = closed.slice(11, 27);
  plain = names.find((name) => name.includes(chain) && !name.endsWith(".gz")) ?? "";
});

const lines = (name: string): string[] => decoder.decode(machine.log.files.get(name)).trimEnd().split("\n");
const put = (name: string, all: readonly string[]): void =>
  void machine.log.files.set(name, encoder.encode(`${all.join("\n")}\n`));
async function tampered(change: () => void): Promise<Verification> {
  restore();
  change();
  const found = await verifyJournal(powers);
  restore();
  return found;
}

describe("verifyJournal", () => {
  test("passes an honest journal and counts its records", async () => {
    const found = await verifyJournal(powers);
    expect(found).toEqual({ ok: true, problems: [], chains: 2, records: 10, torn: [] });
  });

  test("finds every single bit that is changed in the log", async () => {
    const unnoticed: string[] = [];
    for (const name of Array.from(machine.log.files.keys())) {
      const content = machine.log.files.get(name) ?? new Uint8Array(0);
      for (let at = 0; at < content.length; at += 1) {
        // All bits of some bytes, one bit of every byte: each byte is hashed alike.
        for (const bit of at % 16 === 0 ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]) {
          const changed = content.slice();
          changed[at] = (changed[at] ?? 0) ^ (1 << bit);
          machine.log.files.set(name, changed);
          if ((await verifyJournal(powers)).ok) unnoticed.push(`bit ${bit} of byte ${at} of ${name}`);
        }
      }
      restore();
    }
    expect(unnoticed).toEqual([]);
  });

  test("finds every single bit that is changed in heads and in the list of chains", async () => {
    const unnoticed: string[] = [];
    for (const name of Array.from(machine.heads.files.keys()).filter((file) => !file.endsWith(".lease"))) {
      const content = machine.heads.files.get(name) ?? new Uint8Array(0);
      for (let at = 0; at < content.length; at += 1) {
        const changed = content.slice();
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        machine.heads.files.set(name, changed);
        if ((await verifyJournal(powers)).ok) unnoticed.push(`bit ${at % 8} of byte ${at} of ${name}`);
      }
      restore();
    }
    expect(unnoticed).toEqual([]);
  });

  test("names the record whose content was changed", async () => {
    for (const [index, line] of lines(plain).entries()) {
      const found = await tampered(() =>
        put(plain, lines(plain).with(index, line.replace('"scope":"system"', '"scope":"kiln"'))),
      );
      const seq = 6 + index;
      expect(found.problems).toMatchObject([{ kind: "altered", file: plain, line: index + 1, seq }]);
    }
  });

  test("finds a record that was changed and hashed again, by the record after it or by the head", async () => {
    for (const [index, line] of lines(plain).entries()) {
      const body = line.replace('"scope":"system"', '"scope":"kiln"').replace(/,"hash":"[^"]*"\}$/, "}");
      const forged = `${body.slice(0, -1)},"hash":"${powers.crypto.sha256(body)}"}`;
      const found = await tampered(() => put(plain, lines(plain).with(index, forged)));
      expect(found.ok).toBe(false);
    }
  });

  test("finds a whole tail that was written anew with right hashes", async () => {
    const found = await tampered(() => {
      let prev: string | undefined;
      put(
        plain,
        lines(plain).map((line) => {
          let body = line.replace('"scope":"system"', '"scope":"kiln"').replace(/,"hash":"[^"]*"\}$/, "}");
          if (prev !== undefined) body = body.replace(/"prev":"[^"]*"/, `"prev":"${prev}"`);
          prev = powers.crypto.sha256(body);
          return `${body.slice(0, -1)},"hash":"${prev}"}`;
        }),
      );
    });
    expect(found.problems).toMatchObject([
      { kind: "altered", seq: 8, message: expect.stringContaining("vouches") as string },
    ]);
  });

  test("names each record that was removed", async () => {
    for (const index of lines(plain).keys()) {
      const found = await tampered(() => put(plain, lines(plain).toSpliced(index, 1)));
      const isLast = index === lines(plain).length - 1;
      expect(found.problems[0]).toMatchObject({ kind: isLast ? "cut-off" : "missing", seq: 6 + index });
    }
  });

  test("finds any two records that changed places", async () => {
    const all = lines(plain);
    for (const left of all.keys()) {
      for (let right = left + 1; right < all.length; right += 1) {
        const found = await tampered(() => put(plain, all.with(left, all[right] ?? "").with(right, all[left] ?? "")));
        expect(found.problems.some(({ kind }) => kind === "misplaced")).toBe(true);
      }
    }
  });

  test("finds a record that was written twice and one that was taken from another chain", async () => {
    expect(
      (await tampered(() => put(plain, lines(plain).toSpliced(1, 0, lines(plain)[0] ?? "")))).problems,
    ).toMatchObject([{ kind: "misplaced", seq: 6 }]);
    const other = [...machine.log.files.keys()].find((name) => name !== plain && name !== closed) ?? "";
    expect((await tampered(() => put(plain, [...lines(plain), ...lines(other)]))).ok).toBe(false);
    expect((await tampered(() => put(other, lines(plain)))).ok).toBe(false);
  });

  test("finds any dropped tail, also one that ends in the middle of a record", async () => {
    const content = machine.log.files.get(plain) ?? new Uint8Array(0);
    for (let length = 0; length < content.length; length += 1) {
      const found = await tampered(() => void machine.log.files.set(plain, content.slice(0, length)));
      if (found.ok) throw new Error(`cutting ${plain} at ${length} was not found`);
      expect(found.problems.at(-1)).toMatchObject({ kind: "cut-off" });
    }
  });

  test("finds a segment, a chain and a head that are gone, and files that nobody wrote", async () => {
    expect((await tampered(() => void machine.log.files.delete(closed))).problems[0]).toMatchObject({
      kind: "missing",
      file: closed,
      seq: 1,
    });
    expect((await tampered(() => void machine.log.files.delete(plain))).problems).toMatchObject([
      { kind: "cut-off", seq: 6 },
    ]);
    expect((await tampered(() => machine.log.files.clear())).ok).toBe(false);
    const head = [...machine.heads.files.keys()].find((name) => name.endsWith(".head.json")) ?? "";
    expect((await tampered(() => void machine.heads.files.delete(head))).problems[0]).toMatchObject({
      kind: "missing",
    });
    expect((await tampered(() => void machine.log.files.set("note.txt", new Uint8Array(1)))).problems).toMatchObject([
      { kind: "foreign", file: "note.txt" },
    ]);
    expect(
      (
        await tampered(
          () => void machine.log.files.set("2026-11-20-aaaaaaaaaaaaaaaa-000000000001.jsonl", new Uint8Array(1)),
        )
      ).problems,
    ).toMatchObject([{ kind: "foreign" }]);
  });

  test("finds a chain and its head that are gone together", async () => {
    const chain = plain.slice(11, 27);
    const found = await tampered(() => {
      for (const folder of [machine.log, machine.heads])
        for (const name of folder.files.keys()) if (name.includes(chain)) folder.files.delete(name);
    });
    expect(found.problems).toMatchObject([{ kind: "missing", chain }]);
  });

  test("finds a head that was put back to an earlier state together with the log, if its key is not known", async () => {
    const head =
      [...machine.heads.files.keys()].find(
        (name) => name.includes(plain.slice(11, 27)) && name.endsWith(".head.json"),
      ) ?? "";
    const found = await tampered(() => {
      const text = decoder.decode(machine.heads.files.get(head));
      machine.heads.files.set(head, encoder.encode(text.replace(/"seq":8/, '"seq":7')));
      put(plain, lines(plain).slice(0, -1));
    });
    expect(found.problems).toMatchObject([{ kind: "forged" }]);
  });

  test("finds any random damage to any file of the log", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(plain, closed),
        fc.nat(),
        fc.nat(),
        fc.uint8Array({ maxLength: 40 }),
        async (name, from, length, inserted) => {
          const content = machine.log.files.get(name) ?? new Uint8Array(0);
          const start = from % content.length;
          const damaged = Uint8Array.from([
            ...content.slice(0, start),
            ...inserted,
            ...content.slice(start + (length % 60)),
          ]);
          fc.pre(damaged.length !== content.length || damaged.some((byte, at) => byte !== content[at]));
          // What is appended after the last durable record without being a line is a torn end, which is repaired.
          fc.pre(
            !(
              damaged.length > content.length &&
              content.every((byte, at) => byte === damaged[at]) &&
              !inserted.includes(10)
            ),
          );
          expect((await tampered(() => void machine.log.files.set(name, damaged))).ok).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a chain that looks changed is not continued, and its evidence is left as it is", async () => {
    restore();
    put(plain, lines(plain).slice(0, -1));
    const before = machine.log.files.get(plain);
    const next = unwrap(await openJournal(machine.start()));
    expect(next.chain).not.toBe(plain.slice(11, 27));
    next.append(entry("later"));
    unwrap(await next.dispose());
    expect(machine.log.files.get(plain)).toBe(before);
    expect((await verifyJournal(powers)).problems).toMatchObject([{ kind: "cut-off", seq: 8 }]);
    restore();
  });

  test("a changed list of chains keeps the journal from being opened", async () => {
    restore();
    const list = [...machine.heads.files.keys()].find((name) => name.startsWith("chains.")) ?? "";
    machine.heads.files.set(list, encoder.encode("[]\nforged\n"));
    expect(await openJournal(machine.start())).toMatchObject({ ok: false, error: { code: "audit/corrupt" } });
    restore();
  });

  test("reading goes on in spite of damage", async () => {
    restore();
    put(plain, lines(plain).with(1, "{"));
    const found: string[] = [];
    for await (const { record } of queryJournal(powers, { kinds: ["plugin.load"] }))
      found.push(record.kind === "plugin.load" ? record.content_hash : "");
    expect(found.toSorted()).toEqual(["a", "b", "c", "e", "g", "x"]);
    restore();
  });
});
