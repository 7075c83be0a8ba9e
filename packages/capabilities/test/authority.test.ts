// The gate as a whole: scenarios of the specification, and what happens when each of its parts fails.
import {
  createGrantStore,
  createMemoryDocument,
  createQuarantine,
  plainLine,
  type ApprovalAnswer,
} from "@crucible/capabilities";
import { fail, unwrap, type AuthorityRequest } from "@crucible/sandbox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { setUp, always, principal, whole, context, write, fetchUrl, writer } from "./authority-bench.ts";
import { createCounter } from "./virtual-time.ts";

describe("Capability-Based Security", () => {
  test("MS-04.1: reading a note needs no prompt, and writing it is refused", async () => {
    const { authority, prompts } = setUp();
    const reader = context([principal("reader", ...whole("KilnRead"))]);
    const read: AuthorityRequest = { ...write(), capability: "KilnRead", operation: "crucible.read_note" };
    expect(await authority.check(read, reader)).toMatchObject({ outcome: { ok: true }, reason: "by-default" });
    expect(await authority.check(write(), reader)).toMatchObject({
      outcome: { ok: false, error: { code: "capability/escalation" } },
    });
    expect(prompts).toEqual([]);
  });

  test.each([
    ["once", 3, []],
    ["session", 1, []],
    ["always", 1, ["writer"]],
  ] as const)(
    "MS-04.2: writing is asked on first use; %s asks %i times for three calls",
    async (choice, asked, lasting) => {
      const { authority, prompts, grants, answer, events } = setUp();
      answer(always(choice));
      for (const path of ["a.md", "b.md", "c.md"])
        expect((await authority.check(write(path), context([writer]))).outcome.ok).toBe(true);
      expect(prompts).toHaveLength(asked);
      expect(
        unwrap(grants.list())
          .filter(({ session }) => session === undefined)
          .map(({ plugin }) => plugin),
      ).toEqual(lasting);
      expect(events.filter(({ kind }) => kind === "approval")).toHaveLength(asked);
      expect(events.filter(({ kind }) => kind === "grant")).toHaveLength(choice === "once" ? 0 : 1);
    },
  );

  test("MS-04.2: a denied write is a permission error, and the next run asks again", async () => {
    const { authority, prompts, answer } = setUp();
    answer(always("deny"));
    for (const executionId of ["e1", "e2"])
      expect(await authority.check(write(), context([writer], { executionId }))).toMatchObject({
        outcome: {
          ok: false,
          error: {
            code: "capability/denied",
            message: 'Cannot write note "a.md": capability KilnWrite is not granted',
          },
        },
        reason: "denied",
      });
    expect(prompts).toHaveLength(2);
  });

  test("nobody is worn down: what was refused is not asked again in the same run, and after three refusals nothing is", async () => {
    const { authority, prompts, answer } = setUp();
    answer(always("deny"));
    for (const path of ["a.md", "a.md", "b.md", "b.md", "c.md", "d.md", "e.md"])
      expect((await authority.check(write(path), context([writer]))).outcome.ok).toBe(false);
    expect(prompts.map(({ argumentSummary }) => argumentSummary)).toEqual([
      'write note "a.md"',
      'write note "b.md"',
      'write note "c.md"',
    ]);
  });

  test("a run that gave up asking is still allowed what was granted meanwhile", async () => {
    const { authority, answer, grants } = setUp();
    answer(always("deny"));
    for (const path of ["a.md", "b.md", "c.md"]) await authority.check(write(path), context([writer]));
    unwrap(
      await grants.add({
        effect: "allow",
        plugin: "writer",
        home: "system",
        capability: "KilnWrite",
        scope: {},
        origin: "command",
      }),
    );
    expect((await authority.check(write("a.md"), context([writer]))).outcome.ok).toBe(true);
  });

  test("MS-04.3: an undeclared call is refused at once, recorded in full, and the user is told", async () => {
    const { authority, events, notices, answer, prompts } = setUp();
    answer(always("always"));
    const verdict = await authority.check(fetchUrl(), context([writer]));
    expect(verdict).toMatchObject({
      outcome: {
        ok: false,
        error: {
          code: "capability/escalation",
          message: "Cannot fetch http://example.com/: capability NetworkHttp is not declared in the manifest",
        },
      },
      reason: "undeclared",
    });
    expect(events).toMatchObject([
      {
        kind: "security",
        priority: "high",
        chain: [{ plugin: "writer" }],
        request: fetchUrl(),
        reason: "undeclared",
        attempts: 1,
        quarantined: false,
        executionId: "e1",
      },
    ]);
    expect(notices).toEqual(events);
    expect(prompts).toEqual([]);
  });

  test("MS-04.3: the third attempt quarantines the plugin, for what it declares as well", async () => {
    const { authority, events } = setUp();
    for (let attempt = 0; attempt < 3; attempt += 1) await authority.check(fetchUrl(), context([writer]));
    expect(events.at(-1)).toMatchObject({ attempts: 3, quarantined: true });
    expect(await authority.check(write(), context([writer]))).toMatchObject({
      outcome: { ok: false, error: { code: "capability/quarantined" } },
    });
    // Also where it is only a caller: its plan does not need its own hands.
    expect(await authority.check(write(), context([writer, principal("helper", ...whole("KilnWrite"))]))).toMatchObject(
      { outcome: { ok: false, error: { code: "capability/quarantined" } } },
    );
  });

  test("MS-04.5: the prompt holds plugin, description, operation, impact, risk and options; a time-out denies", async () => {
    const { authority, prompts, answer, time } = setUp();
    answer(() => new Promise(() => {}));
    const asking: boolean[] = [];
    const verdict = authority.check(write(), context([writer], { onAsking: (now) => void asking.push(now) }));
    await Promise.resolve();
    await Promise.resolve();
    expect(prompts).toMatchObject([
      {
        plugin: { plugin: "writer" },
        description: "keeps citations",
        operation: "crucible.write_note",
        argumentSummary: 'write note "a.md"',
        impact: "Notes can be changed, overwritten or deleted",
        risk: "medium",
        options: [
          { choice: "once" },
          { choice: "session" },
          { choice: "always-narrowed" },
          { choice: "always" },
          { choice: "deny" },
        ],
      },
    ]);
    time.advance(30_000);
    expect(await verdict).toMatchObject({
      outcome: { ok: false, error: { code: "capability/denied" } },
      reason: "timed-out",
    });
    expect(asking).toEqual([true, false]);
  });

  test("without a person the answer is a denial that names the command", async () => {
    const { authority } = setUp();
    const verdict = await authority.check(write("My notes/a.md"), context([writer]));
    expect(verdict).toMatchObject({
      reason: "unattended",
      outcome: {
        ok: false,
        error: {
          message: expect.stringContaining(
            "cru plugins grants allow writer KilnWrite --scope 'My notes/a.md'",
          ) as string,
        },
      },
    });
  });

  test("the command for a call on behalf of another plugin names that plugin", async () => {
    const { authority } = setUp();
    const verdict = await authority.check(write(), context([principal("caller"), writer]));
    expect(verdict.outcome).toMatchObject({
      error: {
        details: { hint: "To permit it: cru plugins grants allow writer KilnWrite --scope a.md --on-behalf-of caller" },
      },
    });
  });

  test("Unsafe is asked each time, offers no always, and has no command", async () => {
    const { authority, prompts, answer } = setUp();
    const tool = context([principal("tool", ...whole("Unsafe"))]);
    expect((await authority.check(write(), tool)).outcome).toMatchObject({
      ok: false,
      error: { message: expect.not.stringContaining("cru plugins") as string },
    });
    answer(always("once"));
    await Promise.all([authority.check(write(), tool), authority.check(write(), tool)]);
    expect(prompts.map(({ options }) => options.map(({ choice }) => choice))).toEqual([
      ["once", "deny"],
      ["once", "deny"],
    ]);
    expect(prompts[0]).toMatchObject({ capability: "Unsafe", risk: "critical" });
  });

  test("narrowed always covers exactly that note and function", async () => {
    const { authority, prompts, answer } = setUp();
    answer(always("always-narrowed"));
    await authority.check(write("a.md"), context([writer]));
    await authority.check(write("a.md"), context([writer]));
    expect(prompts).toHaveLength(1);
    await authority.check(write("b.md"), context([writer]));
    expect(prompts).toHaveLength(2);
    await authority.check({ ...write("a.md"), operation: "crucible.delete_note" }, context([writer]));
    expect(prompts).toHaveLength(3);
  });

  test("an agreement for a pair is asked once and covers that pair alone", async () => {
    const { authority, prompts, answer } = setUp();
    answer(always("always"));
    const chain = [principal("caller", ...whole("PluginInvoke")), writer];
    expect((await authority.check(write(), context(chain))).outcome.ok).toBe(true);
    expect((await authority.check(write(), context(chain))).outcome.ok).toBe(true);
    expect(prompts).toMatchObject([{ plugin: { plugin: "writer" }, onBehalfOf: [{ plugin: "caller" }] }]);
    await authority.check(write(), context([principal("other"), writer]));
    await authority.check(write(), context([writer]));
    expect(prompts.map(({ onBehalfOf }) => onBehalfOf.map(({ plugin }) => plugin))).toEqual([
      ["caller"],
      ["other"],
      [],
    ]);
  });

  test("one answer settles the other questions that it covers", async () => {
    const { authority, prompts, answer, grants } = setUp();
    let release: (answer: ApprovalAnswer) => void = () => {};
    answer((request) =>
      request.argumentSummary.includes("a.md") ? new Promise((resolve) => (release = resolve)) : new Promise(() => {}),
    );
    const verdicts = ["a.md", "b.md", "c.md"].map((path) => authority.check(write(path), context([writer])));
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    expect(prompts).toHaveLength(3);
    release({ choice: "always", by: "me" });
    expect((await Promise.all(verdicts)).map(({ outcome }) => outcome.ok)).toEqual([true, true, true]);
    expect(unwrap(grants.list())).toHaveLength(1);
  });

  test("a revoked grant does not count for the next call", async () => {
    const { authority, grants } = setUp();
    const added = unwrap(
      await grants.add({
        effect: "allow",
        plugin: "writer",
        home: "system",
        capability: "KilnWrite",
        scope: {},
        origin: "command",
      }),
    );
    expect((await authority.check(write(), context([writer]))).outcome.ok).toBe(true);
    unwrap(await grants.revoke(added.id));
    expect((await authority.check(write(), context([writer]))).outcome.ok).toBe(false);
  });

  test("a denial recorded while the question is open outweighs the answer", async () => {
    const { authority, answer, grants } = setUp();
    answer(async () => {
      unwrap(
        await grants.add({
          effect: "deny",
          plugin: "*",
          home: "system",
          capability: "KilnWrite",
          scope: {},
          origin: "command",
        }),
      );
      return { choice: "always", by: "me" };
    });
    expect(await authority.check(write(), context([writer]))).toMatchObject({
      outcome: { ok: false, error: { code: "capability/denied" } },
    });
    expect(unwrap(grants.list()).filter(({ effect }) => effect === "allow")).toEqual([]);
  });

  test("previews ask nobody, record nothing and count nothing", () => {
    const { authority, events, prompts } = setUp();
    for (let call = 0; call < 10; call += 1) {
      expect(unwrap(authority.preview(write(), context([writer]))).kind).toBe("ask");
      expect(unwrap(authority.preview(fetchUrl(), context([writer]))).kind).toBe("deny");
    }
    expect(events).toEqual([]);
    expect(prompts).toEqual([]);
  });

  test("a cancelled invocation takes its question away", async () => {
    const { authority, answer, events } = setUp();
    const abort = new AbortController();
    answer(() => new Promise(() => {}));
    const verdict = authority.check(write(), context([writer], { signal: abort.signal }));
    abort.abort();
    expect(await verdict).toMatchObject({ outcome: { ok: false }, reason: "cancelled" });
    expect(events).toMatchObject([{ kind: "approval", result: { kind: "cancelled" } }]);
  });
});

describe("Failure table: gates fail closed, observers cannot stop a decision", () => {
  const broken = (): never => {
    throw new Error("broken");
  };

  test("record throws while an approval is recorded: denied", async () => {
    const { authority, answer } = setUp({ record: broken });
    answer(always("always"));
    expect(await authority.check(write(), context([writer]))).toMatchObject({
      outcome: { ok: false, error: { code: "capability/denied" } },
      reason: "failed",
    });
  });

  test("record throws while a violation is recorded: denied", async () => {
    const { authority } = setUp({ record: () => Promise.reject(new Error("disk full")) });
    expect((await authority.check(fetchUrl(), context([writer]))).outcome.ok).toBe(false);
  });

  test("notify throws: the denial stands and is recorded", async () => {
    const { authority, events } = setUp({ notify: broken });
    expect(await authority.check(fetchUrl(), context([writer]))).toMatchObject({
      outcome: { ok: false, error: { code: "capability/escalation" } },
    });
    expect(events).toHaveLength(1);
  });

  test("a front end throws: denied", async () => {
    const { authority, answer } = setUp();
    answer(broken);
    expect(await authority.check(write(), context([writer]))).toMatchObject({
      outcome: { ok: false, error: { code: "capability/denied" } },
      reason: "failed",
    });
  });

  test("the grant store is damaged: everything is refused, reading as well", async () => {
    const { authority } = setUp({ grants: createGrantStore(createMemoryDocument("{"), () => 0, createCounter()) });
    const read: AuthorityRequest = { ...write(), capability: "KilnRead", operation: "crucible.read_note" };
    expect(await authority.check(read, context([principal("reader", ...whole("KilnRead"))]))).toMatchObject({
      outcome: { ok: false, error: { code: "grants/unreadable" } },
    });
  });

  test("the answer cannot be stored: denied", async () => {
    const store = createGrantStore(createMemoryDocument(), () => 0, createCounter());
    const { authority, answer } = setUp({
      grants: { ...store, add: () => Promise.resolve(fail("grants/unreadable", "read-only")) },
    });
    answer(always("always"));
    expect(await authority.check(write(), context([writer]))).toMatchObject({
      outcome: { ok: false, error: { code: "grants/unreadable" } },
    });
  });

  test("the quarantine is damaged: everything is refused", async () => {
    const { authority } = setUp({ quarantine: createQuarantine(createMemoryDocument("{"), () => 0) });
    expect(await authority.check(write(), context([writer]))).toMatchObject({
      outcome: { ok: false, error: { code: "grants/unreadable" } },
    });
  });

  test("the store throws something unexpected: denied", async () => {
    const { authority } = setUp({ grants: { lookup: broken, list: broken, add: broken, revoke: broken } });
    expect(await authority.check(write(), context([writer]))).toMatchObject({
      outcome: { ok: false, error: { code: "capability/denied" } },
      reason: "failed",
    });
  });

  test.each<[string, AuthorityRequest]>([
    ["a path that leaves the kiln", write("../a.md")],
    ["a URL that is none", fetchUrl("nonsense")],
    ["a scheme without a port", fetchUrl("gopher://example.com/")],
    ["a relative file path", { ...write("x"), capability: "FsWrite", subject: { kind: "path", value: "x" } }],
    ["NUL", write("a\0.md")],
  ])("the subject is %s: refused", async (_, request) => {
    const { authority } = setUp();
    const all = context([principal("all", ...whole("KilnWrite", "NetworkHttp", "FsWrite", "Unsafe"))]);
    expect((await authority.check(request, all)).outcome.ok).toBe(false);
  });
});

describe("plainLine", () => {
  test("leaves nothing that moves the cursor, ends a line or turns text around", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        const line = plainLine(text, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
    expect(plainLine("\u001b[2Jgood\r\nApprove? \u202eyes", 80)).toBe("[2Jgood Approve? yes");
  });
});

test("what was refused to a plugin is not asked again in a run that it began, whoever asks", async () => {
  const { authority, prompts, answer } = setUp();
  answer(always("deny"));
  for (const executionId of ["e1", "n1", "n2"])
    await authority.check(write(), context([writer], { executionId, rootExecutionId: "e1" }));
  expect(prompts).toHaveLength(1);
});

describe("tags of a note", () => {
  const read = (tags: readonly string[]): AuthorityRequest => ({
    capability: "KilnRead",
    operation: "crucible.read_note",
    subject: { kind: "note", value: "a.md", findTags: () => Promise.resolve(tags) },
    argumentSummary: 'read note "a.md"',
  });

  test("decide for a scope of tags, and against a denial of them", async () => {
    const { authority, grants } = setUp();
    const tagged = context([principal("reader", { name: "KilnRead", scope: { tags: ["project"] } })]);
    expect(await authority.check(read(["Project/active"]), tagged)).toMatchObject({ outcome: { ok: true } });
    expect(await authority.check(read(["diary"]), tagged)).toMatchObject({ reason: "outside-scope" });
    expect(await authority.check(read([]), tagged)).toMatchObject({ reason: "outside-scope" });
    const free = context([principal("free", ...whole("KilnRead"))]);
    unwrap(
      await grants.add({
        effect: "deny",
        plugin: "free",
        home: "system",
        capability: "KilnRead",
        scope: { tags: ["private"] },
        origin: "command",
      }),
    );
    expect(await authority.check(read(["private/deep"]), free)).toMatchObject({ reason: "denied" });
    expect(await authority.check(read(["open"]), free)).toMatchObject({ outcome: { ok: true } });
  });

  test("are not looked for where they cannot matter, and nothing is allowed where they cannot be found", async () => {
    const { authority } = setUp();
    const lost = read([]);
    const failing = {
      ...lost,
      subject: { kind: "note" as const, value: "a.md", findTags: () => Promise.reject(new Error("no disk")) },
    };
    expect(await authority.check(failing, context([principal("free", ...whole("KilnRead"))]))).toMatchObject({
      outcome: { ok: true },
    });
    const tagged = context([principal("reader", { name: "KilnRead", scope: { tags: ["project"] } })]);
    expect(await authority.check(failing, tagged)).toMatchObject({
      outcome: { ok: false, error: { code: "capability/denied" } },
    });
  });
});
