// The gates before a plugin runs: limits above the defaults, and content that nobody trusted.
import {
  createLimitStore,
  createMemoryDocument,
  createTrustStore,
  type ApprovalAnswer,
  type AuthorityPowers,
  type RaiseRequest,
  type RaisedLimit,
  type TrustCandidate,
  type TrustRequest,
  type TrustStore,
} from "@crucible/capabilities";
import { fail, limitNames, limitTable, unwrap } from "@crucible/sandbox";
import { describe, expect, test } from "vitest";
import { type Bench, setUp, always, whole } from "./authority-bench.ts";
import { createCounter } from "./virtual-time.ts";

describe("limits above the defaults", () => {
  const raise = (raised: readonly RaisedLimit[], more: Partial<RaiseRequest> = {}): RaiseRequest => ({
    plugin: { plugin: "cruncher", home: "system" },
    description: "works long",
    raised,
    executionId: "e1",
    rootExecutionId: "e1",
    session: null,
    ...more,
  });
  const longer: readonly RaisedLimit[] = [{ name: "timeout_ms", from: 30_000, to: 60_000 }];

  test.each(limitNames.filter((name) => limitTable[name].default !== null))(
    "%s above its default is asked once, kept, recorded, and asked again for more",
    async (name) => {
      const { authority, prompts, answer, events, limits } = setUp();
      answer(always("always"));
      const { default: from, maximum } = limitTable[name];
      const to = Math.floor(((from ?? 0) + maximum) / 2);
      for (const executionId of ["e1", "e2"])
        expect(await authority.checkLimits(raise([{ name, from: from ?? 0, to }], { executionId }))).toMatchObject({
          ok: true,
        });
      expect(prompts).toMatchObject([{ capability: null, argumentSummary: expect.stringContaining(`${name} ${to}`) }]);
      expect(unwrap(limits.list())).toMatchObject([{ plugin: "cruncher", limits: { [name]: to }, origin: "prompt" }]);
      expect(events.filter(({ kind }) => kind === "limit")).toMatchObject([{ change: { name, from, to }, by: "me" }]);
      expect(await authority.checkLimits(raise([{ name, from: from ?? 0, to: maximum }]))).toMatchObject({ ok: true });
      expect(prompts).toHaveLength(2);
    },
  );

  test("without a person it is denied with the command that permits it", async () => {
    const { authority } = setUp();
    const both: readonly RaisedLimit[] = [...longer, { name: "call_depth", from: 16, to: 20 }];
    const denied = await authority.checkLimits(raise(both));
    expect(denied).toMatchObject({ ok: false, error: { code: "capability/denied" } });
    expect(denied.ok ? "" : denied.error.message).toContain(
      "To permit it: cru plugins grants allow cruncher timeout_ms=60000 call_depth=20",
    );
  });

  test("once counts for one run, a denial for the run and all that it calls", async () => {
    const { authority, prompts, answer, limits, events } = setUp();
    const answers: ApprovalAnswer["choice"][] = ["once", "deny", "once"];
    answer(() => Promise.resolve({ choice: answers.shift() ?? "deny", by: "me" }));
    const run = async (executionId: string, rootExecutionId = executionId): Promise<boolean> =>
      (await authority.checkLimits(raise(longer, { executionId, rootExecutionId }))).ok;
    expect(await run("e1")).toBe(true);
    expect(await run("e2")).toBe(false);
    expect(await run("nested", "e2")).toBe(false);
    expect(prompts).toHaveLength(2);
    expect(await run("e3")).toBe(true);
    expect(unwrap(limits.list())).toEqual([]);
    expect(events.filter(({ kind }) => kind === "limit")).toHaveLength(2);
  });

  test("no answer in time denies, and equal questions at once are one prompt", async () => {
    const { authority, prompts, answer, time } = setUp();
    answer(() => new Promise(() => {}));
    const asked = [1, 2].map(async (id) => authority.checkLimits(raise(longer, { executionId: `e${id}` })));
    time.advance(30_000);
    expect((await Promise.all(asked)).map(({ ok }) => ok)).toEqual([false, false]);
    expect(prompts).toHaveLength(1);
  });

  test("an agreement counts up to its value, until it expires or is revoked, for this plugin only", async () => {
    const { authority, limits, time } = setUp();
    const kept = unwrap(
      await limits.add({ plugin: "cruncher", home: "system", limits: { timeout_ms: 90_000 }, origin: "command" }),
    );
    expect(await authority.checkLimits(raise(longer))).toMatchObject({ ok: true });
    expect(await authority.checkLimits(raise([{ name: "timeout_ms", from: 30_000, to: 90_001 }]))).toMatchObject({
      ok: false,
    });
    expect(await authority.checkLimits(raise([{ name: "burst", from: 20, to: 21 }]))).toMatchObject({ ok: false });
    expect(await authority.checkLimits(raise(longer, { plugin: { plugin: "cruncher", home: "/kiln" } }))).toMatchObject(
      { ok: false },
    );
    expect(await limits.revoke(kept.id)).toMatchObject({ ok: true });
    expect(await authority.checkLimits(raise(longer))).toMatchObject({ ok: false });
    unwrap(
      await limits.add({
        plugin: "cruncher",
        home: "system",
        limits: { timeout_ms: 60_000 },
        origin: "command",
        expires: time.now() + 10,
      }),
    );
    expect(await authority.checkLimits(raise(longer))).toMatchObject({ ok: true });
    time.advance(10);
    expect(await authority.checkLimits(raise(longer))).toMatchObject({ ok: false });
  });

  test("a store that cannot be read or written, a journal that fails: denied", async () => {
    const damaged = createLimitStore(createMemoryDocument("{"), () => 0, createCounter("agreement"));
    expect(await setUp({ limits: damaged }).authority.checkLimits(raise(longer))).toMatchObject({
      ok: false,
      error: { code: "grants/unreadable" },
    });
    const full = setUp({
      limits: {
        ...createLimitStore(createMemoryDocument(), () => 0, createCounter("agreement")),
        add: () => Promise.resolve(fail("grants/unreadable", "Cannot write: the disk is full")),
      },
    });
    full.answer(always("always"));
    expect(await full.authority.checkLimits(raise(longer))).toMatchObject({ ok: false });
    const silent = setUp({
      record: () => {
        throw new Error("no journal");
      },
    });
    silent.answer(always("once"));
    expect(await silent.authority.checkLimits(raise(longer))).toMatchObject({
      ok: false,
      error: { code: "capability/denied", message: expect.stringContaining("no journal") },
    });
  });
});

describe("content that nobody trusted", () => {
  const candidate: TrustCandidate = {
    plugin: "shared",
    home: "/kiln",
    path: "/kiln/plugins/shared.lua",
    hash: "h1",
    claims: whole("KilnRead", "NetworkHttp"),
    dependencies: { dice: "^1.0.0" },
    limits: { timeout_ms: 60_000 },
  };
  const asked = (more: Partial<TrustRequest> = {}): TrustRequest => ({
    candidate,
    version: "1.0.0",
    description: "lives in a kiln",
    executionId: "e1",
    rootExecutionId: "e1",
    session: null,
    ...more,
  });
  const withTrust = (): Bench & { readonly trust: TrustStore } => {
    const trust = createTrustStore(createMemoryDocument(), () => 0, createCounter("trust"));
    return { ...setUp({ trust }), trust };
  };

  test("is asked about with all that it asks for, and for good once somebody agrees", async () => {
    const { authority, prompts, answer, events, trust } = withTrust();
    answer(always("always"));
    expect((await authority.checkTrust(asked())).ok).toBe(true);
    expect((await authority.checkTrust(asked({ executionId: "e2", rootExecutionId: "e2" }))).ok).toBe(true);
    expect(prompts).toMatchObject([{ capability: null, operation: "trust", risk: "high" }]);
    for (const part of ["KilnRead", "NetworkHttp", "calls dice ^1.0.0", "timeout_ms 60000 instead of 30000"])
      expect(prompts[0]?.impact).toContain(part);
    expect(unwrap(trust.list())).toMatchObject([{ plugin: "shared", hash: "h1", mode: "content", origin: "prompt" }]);
    expect(events.filter(({ kind }) => kind !== "approval")).toMatchObject([
      { kind: "trust", by: "me", version: "1.0.0" },
      { kind: "limit", change: { name: "timeout_ms", from: 30_000, to: 60_000 } },
    ]);
    const changed = { ...candidate, hash: "h2", claims: whole("KilnRead", "Secrets") };
    expect((await authority.checkTrust(asked({ candidate: changed }))).ok).toBe(true);
    expect(prompts[1]?.impact).toMatch(/^New: Secrets .*no longer NetworkHttp/);
  });

  test("runs once where that is the answer, and not at all where it is no, late, or nobody's", async () => {
    const { authority, answer, trust, prompts, time } = withTrust();
    expect(await authority.checkTrust(asked())).toMatchObject({ ok: false, error: { code: "plugin/untrusted" } });
    const answers: ApprovalAnswer["choice"][] = ["once", "deny"];
    answer(() => {
      const choice = answers.shift();
      return choice === undefined ? new Promise(() => {}) : Promise.resolve({ choice, by: "me" });
    });
    const run = async (id: string): Promise<boolean> =>
      (await authority.checkTrust(asked({ executionId: id, rootExecutionId: id }))).ok;
    expect([await run("e1"), await run("e2"), await run("e2")]).toEqual([true, false, false]);
    expect(prompts).toHaveLength(2);
    const late = run("e3");
    time.advance(30_000);
    expect(await late).toBe(false);
    expect(unwrap(trust.list())).toEqual([]);
  });

  test("does not run where the host keeps no trust, or cannot read, keep or record it", async () => {
    const broken: readonly Partial<AuthorityPowers>[] = [
      {},
      { trust: createTrustStore(createMemoryDocument("{"), () => 0, createCounter("trust")) },
      {
        trust: {
          ...createTrustStore(createMemoryDocument(), () => 0, createCounter("trust")),
          trust: () => Promise.resolve(fail("grants/unreadable", "Cannot write: the disk is full")),
        },
      },
      {
        trust: createTrustStore(createMemoryDocument(), () => 0, createCounter("trust")),
        record: () => {
          throw new Error("no journal");
        },
      },
    ];
    for (const powers of broken) {
      const bench = setUp(powers);
      bench.answer(always("always"));
      expect((await bench.authority.checkTrust(asked())).ok).toBe(false);
    }
  });
});
