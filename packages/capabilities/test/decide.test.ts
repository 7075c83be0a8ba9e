// The decision against a reference policy that is written as plainly as possible and looks at every grant.
import {
  anyPlugin,
  decide,
  indexGrants,
  joinGrants,
  noGrants,
  type AuthorityQuery,
  type CapabilityClaim,
  type Grant,
  type PluginIdentity,
  type Principal,
  type Scope,
} from "@crucible/capabilities";
import type { CapabilityName } from "@crucible/sandbox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { folderPatterns, notes, referencePolicy, searchAll } from "./reference-policy.ts";

const names = [
  "KilnRead",
  "KilnWrite",
  "NetworkHttps",
  "PluginInvoke",
  "StateManage",
  "Unsafe",
  "Secrets",
] as const satisfies readonly CapabilityName[];
const pluginNames = ["p", "q", "r"];

const capability = fc.constantFrom(...names);
const some = (...patterns: readonly string[]): fc.Arbitrary<string[]> =>
  fc.array(fc.constantFrom(...patterns), { maxLength: 2 });
const scopeFor = (name: CapabilityName): fc.Arbitrary<Scope> => {
  switch (name) {
    case "KilnRead":
    case "KilnWrite":
      return fc.record(
        { folders: fc.array(fc.constantFrom(...folderPatterns), { maxLength: 2 }), tags: some("t", "t/u") },
        { requiredKeys: [] },
      );
    case "NetworkHttps":
      return fc.record(
        {
          hosts: some("*", "example.com", "example.com:8443", "*.example.com", "localhost"),
          methods: some("GET", "POST", "*"),
        },
        { requiredKeys: [] },
      );
    case "PluginInvoke":
      return fc.record({ plugins: some("dice", "games/dice", "work/dice", "report") }, { requiredKeys: [] });
    case "Secrets":
      return fc.record({ names: some("API_KEY", "api-key", "OTHER") }, { requiredKeys: [] });
    default:
      return fc.constant({});
  }
};
const targetFor = (name: CapabilityName): fc.Arbitrary<AuthorityQuery["target"]> => {
  switch (name) {
    case "KilnRead":
    case "KilnWrite": {
      const place = fc.constantFrom(...notes, "a/", "a/s/", "b/", "./");
      return fc.record(
        {
          folders: fc.oneof(place, fc.array(place, { minLength: 1, maxLength: 2 })),
          tags: fc.array(fc.constantFrom("t", "t/u", "v"), { maxLength: 2 }),
        },
        { requiredKeys: ["folders"] },
      );
    }
    case "NetworkHttps":
      return fc.record({
        hosts: fc.constantFrom("example.com:443", "example.com:8443", "api.example.com:443", "localhost:443"),
        methods: fc.constantFrom("GET", "POST"),
      });
    case "PluginInvoke":
      return fc.record({ plugins: fc.constantFrom("dice", "games/dice", "dice@^1.0.0", "games/dice@2", "report") });
    case "Secrets":
      return fc.record({ names: fc.constantFrom("API_KEY", "api-key", "Api.Key", "OTHER") });
    default:
      return fc.constant({});
  }
};
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
        { weight: 10, arbitrary: identity },
        { weight: 1, arbitrary: fc.constant({ plugin: anyPlugin, home: "system" }) },
        { weight: 1, arbitrary: fc.constant({ plugin: anyPlugin, home: anyPlugin }) },
        { weight: 1, arbitrary: fc.constant({ plugin: "p", home: anyPlugin }) },
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
    target: targetFor(name),
    operation: fc.constantFrom("op1", "op2"),
    argumentsDigest: fc.constantFrom("d1", "d2", undefined),
    session: fc.constantFrom("s1", null),
    now: fc.constant(100),
  }),
);

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
          const find = searchAll(grants);
          const joined = joinGrants(indexGrants(grants.slice(0, 7)), indexGrants(grants.slice(7)));
          // Several may apply; that one is found, and that it does apply, is what matters.
          expect(indexGrants(grants).find(effect, plugin, query, pair) === undefined).toBe(
            find(effect, plugin, query, pair) === undefined,
          );
          expect(joined.find(effect, plugin, query, pair) === undefined).toBe(
            find(effect, plugin, query, pair) === undefined,
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

  const denial = (name: CapabilityName, scope: Scope, more: Partial<Grant> = {}): Grant =>
    grant("tool", name, { id: "denial", effect: "deny", scope, ...more });
  const tool = (name: CapabilityName, scope: Scope = {}): Principal => system("tool", { name, scope });

  test.each([
    ["./", "deny"], // a search of the whole kiln, its graph, the list of all notes
    ["Private/", "deny"],
    ["Private/Letters/", "deny"],
    ["Private/Letters/a.md", "deny"],
    ["private/a.md", "deny"], // the same folder where names have no case
    ["Projects/", "allow"],
    ["Projects/a.md", "allow"],
    ["PrivateX/", "allow"],
  ] as const)("with the folder Private denied, a request for %s is answered with %s", (folders, kind) => {
    for (const folder of ["Private", "Private/**", "Priv*te/**"])
      expect(
        decide(
          [tool("KilnRead")],
          indexGrants([denial("KilnRead", { folders: [folder] })]),
          ask("KilnRead", { folders }),
        ).kind,
      ).toBe(kind);
  });

  test("a denied note is denied with its ending or without, and a list of folders is denied for one of them", () => {
    const lookup = indexGrants([denial("KilnRead", { folders: ["Diary/today"] })]);
    const kindOf = (...folders: string[]): string =>
      decide([tool("KilnRead")], lookup, ask("KilnRead", { folders })).kind;
    expect(kindOf("Diary/today.md")).toBe("deny");
    expect(kindOf("Projects/", "Diary/")).toBe("deny");
    expect(kindOf("Projects/")).toBe("allow");
  });

  test("a claim to the notes of one level covers no list of what is below, and one to a folder does", () => {
    const kindOf = (pattern: string, folders: string): string =>
      decide([tool("KilnRead", { folders: [pattern] })], noGrants, ask("KilnRead", { folders })).kind;
    expect([kindOf("*", "./"), kindOf("Projects/*", "Projects/Old/"), kindOf("Projects/*", "Projects/")]).toEqual([
      "deny",
      "deny",
      "deny",
    ]);
    expect([kindOf("**", "./"), kindOf("Projects", "Projects/"), kindOf("Projects", "Projects/Old/")]).toEqual([
      "allow",
      "allow",
      "allow",
    ]);
  });

  test("a denial of notes with a tag stops what could have the tag, and not what is known not to", () => {
    const lookup = indexGrants([denial("KilnRead", { tags: ["private"] })]);
    const kindOf = (target: AuthorityQuery["target"]): string =>
      decide([tool("KilnRead")], lookup, ask("KilnRead", target)).kind;
    expect(kindOf({ folders: "./" })).toBe("deny");
    expect(kindOf({ folders: "a.md" })).toBe("deny");
    expect(kindOf({ folders: "a.md", tags: ["x", "private/deep"] })).toBe("deny");
    expect(kindOf({ folders: "a.md", tags: [] })).toBe("allow");
    expect(kindOf({ folders: "a.md", tags: ["x"] })).toBe("allow");
  });

  test("a denied host is denied at every port, and a denial of all hosts holds for private ones", () => {
    const claims = tool("NetworkHttps", { hosts: ["example.com:*", "localhost:*"] });
    const given = grant("tool", "NetworkHttps", { scope: { hosts: ["example.com:*", "localhost:*"] } });
    const kindOf = (scope: Scope, hosts: string, methods = "GET"): string =>
      decide([claims], indexGrants([given, denial("NetworkHttps", scope)]), ask("NetworkHttps", { hosts, methods }))
        .kind;
    expect(kindOf({ hosts: ["example.com"] }, "example.com:8443")).toBe("deny");
    expect(kindOf({ hosts: ["example.com:443"] }, "example.com:8443")).toBe("allow");
    expect(kindOf({ hosts: ["*"] }, "localhost:443")).toBe("deny");
    expect(kindOf({}, "localhost:443")).toBe("deny");
    expect(kindOf({ methods: ["POST"] }, "example.com:443", "POST")).toBe("deny");
    expect(kindOf({ methods: ["POST"] }, "example.com:443", "GET")).toBe("allow");
    expect(kindOf({ hosts: ["example.com"], methods: ["POST"] }, "localhost:443", "POST")).toBe("allow");
  });

  test("a denied address is denied in the notations of the other family", () => {
    const claims = tool("NetworkHttps", { hosts: ["*"] });
    const given = grant("tool", "NetworkHttps");
    const kindOf = (deniedHost: string, hosts: string): string =>
      decide(
        [claims],
        indexGrants([given, denial("NetworkHttps", { hosts: [deniedHost] })]),
        ask("NetworkHttps", { hosts, methods: "GET" }),
      ).kind;
    expect(kindOf("93.184.216.34", "[::ffff:5db8:d822]:443")).toBe("deny");
    expect(kindOf("93.184.216.34", "[64:ff9b::5db8:d822]:443")).toBe("deny");
    expect(kindOf("[::ffff:5db8:d822]", "93.184.216.34:443")).toBe("deny");
    expect(kindOf("93.184.216.34", "93.184.216.35:443")).toBe("allow");
    expect(kindOf("93.184.216.34", "[2606:2800:220:1::1]:443")).toBe("allow");
  });

  test("other names of a denied plugin or secret are denied as well", () => {
    const plugins = indexGrants([denial("PluginInvoke", { plugins: ["games/dice"] })]);
    const call = (name: string): string =>
      decide([tool("PluginInvoke")], plugins, ask("PluginInvoke", { plugins: name })).kind;
    expect(["games/dice", "dice", "dice@^1.0.0", "games/dice@2"].map(call)).toEqual(["deny", "deny", "deny", "deny"]);
    expect(["work/dice", "dicey"].map(call)).toEqual(["allow", "allow"]);
    const secrets = indexGrants([grant("tool", "Secrets"), denial("Secrets", { names: ["API_KEY"] })]);
    const read = (name: string): string => decide([tool("Secrets")], secrets, ask("Secrets", { names: name })).kind;
    expect(["API_KEY", "api-key", "Api.Key", "API*KEY"].map(read)).toEqual(["deny", "deny", "deny", "deny"]);
    expect(read("API_KEY_2")).toBe("allow");
  });

  test("who is denied Unsafe gets nothing by declaring it", () => {
    const unsafe = tool("Unsafe");
    expect(decide([unsafe], indexGrants([denial("Unsafe", {})]), ask("KilnWrite", { folders: "a.md" })).kind).toBe(
      "deny",
    );
    const caller = system("caller", whole("Unsafe"));
    const lookup = indexGrants([grant("caller", "Unsafe", { effect: "deny" })]);
    expect(decide([caller, unsafe], lookup, ask("KilnWrite", { folders: "a.md" })).kind).toBe("deny");
  });

  test("a denial may be meant for a plugin wherever it lives", () => {
    const lookup = indexGrants([denial("KilnRead", {}, { home: anyPlugin })]);
    expect(decide([{ ...tool("KilnRead"), home: "/kiln" }], lookup, ask("KilnRead", { folders: "a.md" })).kind).toBe(
      "deny",
    );
  });
});
