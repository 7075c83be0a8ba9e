// Trust: any changed byte asks again and shows what changed; an author's own edits pass as long as they ask for no more.
import {
  assessTrust,
  compareDemands,
  createMemoryDocument,
  createTrustStore,
  parseScope,
  raisedLimits,
  type CapabilityClaim,
  type TrustCandidate,
} from "@crucible/capabilities";
import { limitTable, unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCounter } from "./virtual-time.ts";

const candidate = (more: Partial<TrustCandidate> = {}): TrustCandidate => ({
  plugin: "p",
  home: "/kiln",
  path: "/kiln/plugins/p.lua",
  hash: "h1",
  claims: [{ name: "KilnRead", scope: { folders: ["Projects"] } }],
  dependencies: { dice: "^1.0.0" },
  limits: {},
  ...more,
});

const claimArbitrary: fc.Arbitrary<CapabilityClaim> = fc.constantFrom<CapabilityClaim>(
  { name: "KilnRead", scope: {} },
  { name: "KilnRead", scope: { folders: ["a"] } },
  { name: "KilnRead", scope: { folders: ["a/b"] } },
  { name: "KilnWrite", scope: {} },
  { name: "NetworkHttps", scope: { hosts: ["example.com"] } },
  { name: "NetworkHttps", scope: { hosts: ["*"] } },
);
const demands = fc.record({
  claims: fc.uniqueArray(claimArbitrary, { maxLength: 3, selector: (claim) => JSON.stringify(claim) }),
  dependencies: fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("^1.0.0", "^2.0.0"), { maxKeys: 2 }),
  limits: fc.record({ timeout_ms: fc.constantFrom(1_000, 30_000, 60_000) }, { requiredKeys: [] }),
});

describe("compareDemands", () => {
  test("finds nothing between equals, and something between different capabilities and dependencies", () => {
    fc.assert(
      fc.property(demands, demands, (before, after) => {
        expect(compareDemands(before, before)).toEqual([]);
        const changes = compareDemands(before, after);
        if (
          JSON.stringify(before.dependencies) !== JSON.stringify(after.dependencies) &&
          Object.keys({ ...before.dependencies, ...after.dependencies }).some(
            (name) => before.dependencies[name] !== after.dependencies[name],
          )
        )
          expect(changes.some(({ kind }) => kind === "dependency")).toBe(true);
      }),
    );
  });

  test("what grows one way shrinks the other way", () => {
    fc.assert(
      fc.property(demands, demands, (before, after) => {
        const forth = compareDemands(before, after).filter(({ kind }) => kind === "capability");
        const back = compareDemands(after, before).filter(({ kind }) => kind === "capability");
        expect(forth.filter(({ direction }) => direction === "more")).toHaveLength(
          back.filter(({ direction }) => direction === "less").length,
        );
      }),
    );
  });

  test("says in words what is new", () => {
    const after = candidate({
      claims: [
        { name: "KilnRead", scope: {} },
        { name: "NetworkHttps", scope: unwrap(parseScope("NetworkHttps", "example.com")) },
      ],
      dependencies: {},
      limits: { timeout_ms: 60_000 },
    });
    expect(compareDemands(candidate(), after).map(({ direction, text }) => `${direction}: ${text}`)).toEqual([
      "more: KilnRead (everything): Read notes and metadata",
      "more: NetworkHttps (hosts example.com): Make HTTPS requests",
      "more: timeout_ms 60000 instead of 30000 ms",
      "less: no longer calls dice",
    ]);
  });
});

describe("assessTrust", () => {
  const store = () => createTrustStore(createMemoryDocument(), () => 1, createCounter("trust"));

  test("trusts exactly the content that was trusted, by hash, in its kiln", async () => {
    const trust = store();
    expect(unwrap(trust.assess(candidate()))).toMatchObject({
      kind: "untrusted",
      changes: [{ kind: "capability" }, { kind: "dependency" }],
    });
    unwrap(await trust.trust(candidate(), "content", "prompt"));
    expect(unwrap(trust.assess(candidate())).kind).toBe("trusted");
    expect(unwrap(trust.assess(candidate({ hash: "h2" })))).toMatchObject({
      kind: "untrusted",
      previous: { hash: "h1" },
      changes: [],
    });
    expect(unwrap(trust.assess(candidate({ home: "/other" }))).kind).toBe("untrusted");
    unwrap(await trust.trust(candidate({ hash: "h2" }), "content", "prompt"));
    // Going back to a content that was trusted does not ask.
    expect(unwrap(trust.assess(candidate())).kind).toBe("trusted");
    expect(unwrap(await trust.distrust("p", "/kiln"))).toHaveLength(2);
    expect(unwrap(trust.assess(candidate())).kind).toBe("untrusted");
  });

  test("follows an author's edits as long as the demands do not grow", async () => {
    const trust = store();
    unwrap(await trust.trust(candidate(), "author", "command"));
    const assess = (more: Partial<TrustCandidate>) => unwrap(trust.assess(candidate({ hash: "edited", ...more }))).kind;
    expect(assess({})).toBe("trusted");
    expect(assess({ claims: [{ name: "KilnRead", scope: { folders: ["Projects/x"] } }], dependencies: {} })).toBe(
      "trusted",
    );
    expect(assess({ claims: [{ name: "KilnRead", scope: {} }] })).toBe("untrusted");
    expect(assess({ claims: [{ name: "KilnWrite", scope: { folders: ["Projects"] } }] })).toBe("untrusted");
    expect(assess({ dependencies: { dice: "^1.0.0", other: "*" } })).toBe("untrusted");
    expect(assess({ dependencies: { dice: "*" } })).toBe("untrusted");
    expect(assess({ limits: { memory_bytes: 200 * 1024 * 1024 } })).toBe("untrusted");
    expect(assess({ path: "/kiln/plugins/elsewhere.lua" })).toBe("untrusted");
  });

  test("an author's record never grows by itself", () => {
    fc.assert(
      fc.property(demands, demands, (recorded, edited) => {
        const record = {
          ...candidate(recorded),
          id: "r",
          mode: "author" as const,
          origin: "command" as const,
          created: 1,
        };
        const grows = compareDemands(recorded, edited).some(({ direction }) => direction === "more");
        expect(assessTrust([record], candidate({ ...edited, hash: "edited" })).kind).toBe(
          grows ? "untrusted" : "trusted",
        );
      }),
    );
  });

  test("reads back what it wrote and refuses what it does not understand", async () => {
    const document = createMemoryDocument();
    const trust = createTrustStore(document, () => 1, createCounter());
    unwrap(await trust.trust(candidate({ limits: { timeout_ms: 5 } }), "author", "install"));
    const { text } = document.read();
    expect(unwrap(createTrustStore(createMemoryDocument(text), () => 1, createCounter()).list())).toEqual(
      unwrap(trust.list()),
    );
    for (const damaged of [
      text.replace("KilnRead", "KilnRule"),
      text.replace("author", "anybody"),
      text.slice(0, -5),
      text.replace("timeout_ms", "patience"),
    ])
      expect(
        createTrustStore(createMemoryDocument(damaged), () => 1, createCounter()).assess(candidate()),
      ).toMatchObject({ ok: false, error: { code: "grants/unreadable" } });
  });

  test("limits above their default are what a person approves", () => {
    const memory = limitTable.memory_bytes.default ?? 0;
    expect(raisedLimits({ memory_bytes: memory, timeout_ms: 1 })).toEqual([]);
    expect(raisedLimits({ memory_bytes: memory + 1 })).toEqual([
      { name: "memory_bytes", from: memory, to: memory + 1 },
    ]);
    expect(raisedLimits({ fuel: 1_000_000 })).toEqual([]);
  });
});
