// The decision against a reference policy that is written as plainly as possible and looks at every grant.
import {
  anyPlugin,
  capabilityTable,
  decide,
  grantApplies,
  indexGrants,
  joinGrants,
  noGrants,
  samePlugin,
  scopeCovers,
  type AuthorityQuery,
  type CapabilityClaim,
  type Decision,
  type Grant,
  type GrantLookup,
  type PluginIdentity,
  type Principal,
  type Scope,
} from "@crucible/capabilities";
import type { CapabilityName } from "@crucible/sandbox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const names = [
  "KilnRead",
  "KilnWrite",
  "NetworkHttps",
  "PluginInvoke",
  "StateManage",
  "Unsafe",
  "Secrets",
] as const satisfies readonly CapabilityName[];
const folders = ["a", "b", "a/x.md", "a/*.md", "**"];
const notes = ["a/x.md", "a/y.md", "b/z.md"];
const pluginNames = ["p", "q", "r"];

const capability = fc.constantFrom(...names);
const scopeFor = (name: CapabilityName): fc.Arbitrary<Scope> =>
  name === "KilnRead" || name === "KilnWrite"
    ? fc.record({ folders: fc.array(fc.constantFrom(...folders), { maxLength: 2 }) }, { requiredKeys: [] })
    : name === "NetworkHttps"
      ? fc.record(
          { hosts: fc.array(fc.constantFrom("*", "example.com", "*.example.com"), { maxLength: 2 }) },
          { requiredKeys: [] },
        )
      : fc.constant({});
const claim: fc.Arbitrary<CapabilityClaim> = capability.chain((name) =>
  scopeFor(name).map((scope) => ({ name, scope })),
);
const identity: fc.Arbitrary<PluginIdentity> = fc
  .constantFrom(...pluginNames)
  .map((plugin) => ({ plugin, home: "system" }));
const chainArbitrary: fc.Arbitrary<readonly Principal[]> = fc.array(
  fc.record({
    plugin: fc.constantFrom(...pluginNames),
    home: fc.constant("system"),
    claims: fc.array(claim, { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 3 },
);
const grantArbitrary: fc.Arbitrary<Grant> = capability.chain((name) =>
  fc
    .record({
      effect: fc.constantFrom("allow" as const, "allow" as const, "deny" as const),
      subject: fc.oneof(
        { weight: 5, arbitrary: identity },
        { weight: 1, arbitrary: fc.constant({ plugin: anyPlugin, home: "system" }) },
      ),
      scope: scopeFor(name),
      pair: fc.option(identity, { nil: undefined }),
      operation: fc.option(fc.constantFrom("op1", "op2"), { nil: undefined }),
      digest: fc.option(fc.constantFrom("d1", "d2"), { nil: undefined }),
      expires: fc.option(fc.constantFrom(50, 150), { nil: undefined }),
      session: fc.option(fc.constantFrom("s1", "s2"), { nil: undefined }),
      id: fc.uuid(),
    })
    .map(({ effect, subject, scope, pair, operation, digest, expires, session, id }) => ({
      id,
      effect: subject.plugin === anyPlugin ? ("deny" as const) : effect,
      ...subject,
      capability: name,
      scope,
      ...(pair === undefined || subject.plugin === anyPlugin ? {} : { onBehalfOf: pair }),
      ...(operation === undefined ? {} : { operation }),
      ...(digest === undefined ? {} : { argumentsDigest: digest }),
      ...(expires === undefined ? {} : { expires }),
      ...(session === undefined ? {} : { session }),
      origin: "prompt" as const,
      created: 0,
    })),
);
const queryArbitrary: fc.Arbitrary<AuthorityQuery> = capability.chain((name) =>
  fc.record({
    capability: fc.constant(name),
    target:
      name === "KilnRead" || name === "KilnWrite"
        ? fc.constantFrom(...notes).map((note) => ({ folders: note }))
        : name === "NetworkHttps"
          ? fc
              .constantFrom("example.com:443", "api.example.com:443", "localhost:443")
              .map((host) => ({ hosts: host, methods: "GET" }))
          : fc.constant({}),
    operation: fc.constantFrom("op1", "op2"),
    argumentsDigest: fc.constantFrom("d1", "d2", undefined),
    session: fc.constantFrom("s1", null),
    now: fc.constant(100),
  }),
);

/** Looks at every grant, one after the other. */
function searchAll(grants: readonly Grant[]): GrantLookup {
  const pairMatches = (grant: Grant, pair?: PluginIdentity): boolean =>
    grant.onBehalfOf === undefined ? pair === undefined : pair !== undefined && samePlugin(grant.onBehalfOf, pair);
  return {
    find: (effect, plugin, query, pair) =>
      grants.find(
        (grant) =>
          grant.effect === effect &&
          (samePlugin(grant, plugin) ||
            (effect === "deny" && grant.plugin === anyPlugin && grant.home === plugin.home)) &&
          pairMatches(grant, pair) &&
          grantApplies(grant, query),
      ),
  };
}

/** What the specification says, without any care for speed. */
function referencePolicy(
  chain: readonly Principal[],
  grants: readonly Grant[],
  query: AuthorityQuery,
): Decision["kind"] {
  const callee = chain.at(-1);
  if (callee === undefined) return "deny";
  const lookup = searchAll(grants);
  const direct = (who: Principal): boolean =>
    who.claims.some(({ name, scope }) => name === query.capability && scopeCovers(name, scope, query.target));
  const unsafe = (who: Principal): boolean =>
    query.capability !== "Unsafe" && who.claims.some(({ name }) => name === "Unsafe");
  const has = (who: Principal): boolean =>
    query.capability !== "Unsafe" &&
    direct(who) &&
    (capabilityTable[query.capability].byDefault === "allow" || lookup.find("allow", who, query) !== undefined);

  if (!direct(callee) && !unsafe(callee)) return "deny";
  if (chain.some((who) => lookup.find("deny", who, query) !== undefined)) return "deny";
  const callers = chain.slice(0, -1).filter((who) => who.plugin !== callee.plugin);
  if (callers.some((who) => lookup.find("deny", callee, query, who) !== undefined)) return "deny";
  if (query.capability === "Unsafe" || !direct(callee)) return "ask";
  const concerned = capabilityTable[query.capability].delegation === "own" ? [] : callers;
  const agreed = (who: Principal): boolean => lookup.find("allow", callee, query, who) !== undefined;
  if (concerned.some((who) => !has(who) && !agreed(who))) return "ask";
  return has(callee) || concerned.some((who) => !has(who) && agreed(who)) ? "allow" : "ask";
}

const system = (plugin: string, ...claims: CapabilityClaim[]): Principal => ({ plugin, home: "system", claims });
const whole = (name: CapabilityName): CapabilityClaim => ({ name, scope: {} });
const ask = (capabilityName: CapabilityName, target: AuthorityQuery["target"] = {}): AuthorityQuery => ({
  capability: capabilityName,
  target,
  operation: "op",
  now: 0,
});
const grant = (plugin: string, name: CapabilityName, more: Partial<Grant> = {}): Grant => ({
  id: `${plugin}-${name}`,
  effect: "allow",
  plugin,
  home: "system",
  capability: name,
  scope: {},
  origin: "prompt",
  created: 0,
  ...more,
});

describe("decide", () => {
  test("agrees with the reference policy for random capabilities, grants and chains", () => {
    fc.assert(
      fc.property(
        chainArbitrary,
        fc.array(grantArbitrary, { maxLength: 12 }),
        queryArbitrary,
        (chain, grants, query) => {
          expect(decide(chain, indexGrants(grants), query).kind).toBe(referencePolicy(chain, grants, query));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test("finds through the index what a search of all grants finds", () => {
    fc.assert(
      fc.property(
        fc.array(grantArbitrary, { maxLength: 20 }),
        identity,
        queryArbitrary,
        fc.option(identity, { nil: undefined }),
        fc.constantFrom("allow", "deny"),
        (grants, plugin, query, pair, effect) => {
          const all = searchAll(grants);
          const joined = joinGrants(indexGrants(grants.slice(0, 7)), indexGrants(grants.slice(7)));
          // Several may apply; that one is found, and that it does apply, is what matters.
          expect(indexGrants(grants).find(effect, plugin, query, pair) === undefined).toBe(
            all.find(effect, plugin, query, pair) === undefined,
          );
          expect(joined.find(effect, plugin, query, pair) === undefined).toBe(
            all.find(effect, plugin, query, pair) === undefined,
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("a denial is never outweighed by adding grants", () => {
    fc.assert(
      fc.property(
        chainArbitrary,
        fc.array(grantArbitrary, { maxLength: 8 }),
        fc.array(grantArbitrary, { maxLength: 8 }),
        queryArbitrary,
        (chain, grants, more, query) => {
          fc.pre(decide(chain, indexGrants(grants), query).kind === "deny");
          expect(decide(chain, indexGrants([...grants, ...more]), query).kind).toBe("deny");
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("another caller above never turns a question or a denial into an allowance", () => {
    fc.assert(
      fc.property(
        chainArbitrary,
        fc.array(
          grantArbitrary.filter(({ onBehalfOf }) => onBehalfOf === undefined),
          { maxLength: 8 },
        ),
        queryArbitrary,
        claim,
        (chain, grants, query, own) => {
          fc.pre(decide(chain, indexGrants(grants), query).kind !== "allow");
          const deputy = [{ plugin: "attacker", home: "system", claims: [own] }, ...chain];
          expect(decide(deputy, indexGrants(grants), query).kind).not.toBe("allow");
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("reading is allowed when declared, writing is asked, undeclared is an escalation", () => {
    const reader = system("reader", whole("KilnRead"));
    expect(decide([reader], noGrants, ask("KilnRead", { folders: "a.md" }))).toMatchObject({
      kind: "allow",
      reason: "by-default",
    });
    expect(
      decide([system("writer", whole("KilnWrite"))], noGrants, ask("KilnWrite", { folders: "a.md" })),
    ).toMatchObject({ kind: "ask", reason: "first-use", remember: true });
    expect(decide([reader], noGrants, ask("NetworkHttp", { hosts: "example.com:80", methods: "GET" }))).toMatchObject({
      kind: "deny",
      code: "capability/escalation",
      reason: "undeclared",
    });
  });

  test("what is outside of the declared scope is an escalation", () => {
    const reader = system("reader", { name: "KilnRead", scope: { folders: ["Public"] } });
    expect(decide([reader], noGrants, ask("KilnRead", { folders: "Private/a.md" }))).toMatchObject({
      kind: "deny",
      reason: "outside-scope",
    });
  });

  test("Unsafe is asked each time, whatever is recorded, and covers what it implies", () => {
    const unsafe = system("tool", whole("Unsafe"));
    const lookup = indexGrants([grant("tool", "KilnWrite"), grant("tool", "Unsafe")]);
    for (const name of names) {
      expect(
        decide([unsafe], lookup, ask(name, { folders: "a.md", hosts: "example.com:443", methods: "GET" })),
      ).toMatchObject({ kind: "ask", reason: "each-time", remember: false });
    }
  });

  test("a direct claim is preferred to Unsafe", () => {
    expect(
      decide([system("tool", whole("Unsafe"), whole("KilnRead"))], noGrants, ask("KilnRead", { folders: "a.md" })).kind,
    ).toBe("allow");
  });

  test("a callee's grant does not serve a caller that has less; an agreement for the pair does", () => {
    const caller = system("caller", whole("PluginInvoke"));
    const callee = system("callee", whole("KilnWrite"));
    const query = ask("KilnWrite", { folders: "a.md" });
    const own = grant("callee", "KilnWrite");
    expect(decide([callee], indexGrants([own]), query).kind).toBe("allow");
    expect(decide([caller, callee], indexGrants([own]), query)).toMatchObject({
      kind: "ask",
      reason: "on-behalf",
      onBehalfOf: [{ plugin: "caller" }],
    });
    const pair = grant("callee", "KilnWrite", { id: "pair", onBehalfOf: { plugin: "caller", home: "system" } });
    expect(decide([caller, callee], indexGrants([own, pair]), query)).toMatchObject({
      kind: "allow",
      grants: ["pair", "callee-KilnWrite"],
    });
    // The agreement is for this caller only, and not for the callee on its own.
    expect(decide([system("other"), callee], indexGrants([own, pair]), query).kind).toBe("ask");
    expect(decide([callee], indexGrants([pair]), query).kind).toBe("ask");
  });

  test("a namesake from another kiln is another plugin", () => {
    const here = { ...system("tool", whole("KilnWrite")), home: "/kilns/one" };
    const there = { ...here, home: "/kilns/two" };
    const lookup = indexGrants([grant("tool", "KilnWrite", { home: "/kilns/one" })]);
    expect(decide([here], lookup, ask("KilnWrite", { folders: "a.md" })).kind).toBe("allow");
    expect(decide([there], lookup, ask("KilnWrite", { folders: "a.md" })).kind).toBe("ask");
  });

  test.each([
    ".git/hooks/x",
    "a/.GIT/config",
    "a/.crucible/plugins/x.lua",
    "a/.Obsidian/app.json",
    ".git./x",
    ".g\u200bit/x",
    "a/.git /x",
    "GIT~1/x",
  ])("%s is never writable", (path) => {
    const tool = system("tool", whole("Unsafe"), whole("KilnWrite"), whole("FsWrite"));
    const lookup = indexGrants([grant("tool", "KilnWrite"), grant("tool", "FsWrite")]);
    expect(decide([tool], lookup, ask("KilnWrite", { folders: path }))).toMatchObject({
      kind: "deny",
      reason: "protected",
    });
    expect(decide([tool], lookup, ask("FsWrite", { paths: `/home/${path}` }))).toMatchObject({
      kind: "deny",
      reason: "protected",
    });
  });

  test("an empty chain is denied", () => {
    expect(decide([], noGrants, ask("KilnRead")).kind).toBe("deny");
  });

  test("loopback needs a scope that names it", () => {
    const query = ask("NetworkHttps", { hosts: "localhost:443", methods: "GET" });
    expect(decide([system("tool", whole("NetworkHttps"))], noGrants, query)).toMatchObject({
      kind: "deny",
      reason: "outside-scope",
    });
    expect(
      decide([system("tool", { name: "NetworkHttps", scope: { hosts: ["localhost"] } })], noGrants, query).kind,
    ).toBe("ask");
  });
});
