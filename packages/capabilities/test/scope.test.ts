// White box where it has to be: patterns are compared with all short texts, which only the matcher itself can be asked about.
import {
  dimensions,
  parseScope,
  scopeCovers,
  scopeIncludes,
  formatScope,
  parseClaim,
  type Scope,
} from "@crucible/capabilities";
import { unwrap } from "@crucible/sandbox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meaning } from "./reference-policy.ts";

const segments = ["a", "b", "ab", "ba"];

/** All relative paths of up to three of the segments. */
const allPaths: readonly string[] = (() => {
  let last: readonly string[] = segments;
  const all = [...last];
  for (let depth = 0; depth < 2; depth += 1) {
    last = last.flatMap((path) => segments.map((segment) => `${path}/${segment}`));
    all.push(...last);
  }
  return all;
})();

const segmentPattern = fc.constantFrom("a", "b", "ab", "*", "a*", "*a", "*b*", "**");
const pathPattern = fc
  .array(segmentPattern, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join("/"))
  .filter((pattern) => dimensions.folders.check(pattern) === undefined);

describe("path patterns", () => {
  test("cover exactly what their regular expression does", () => {
    fc.assert(
      fc.property(pathPattern, (pattern) => {
        const expected = meaning(pattern);
        for (const path of allPaths)
          expect([path, dimensions.folders.covers(pattern, path)]).toEqual([path, expected.test(path)]);
      }),
    );
  });

  test("include each other only where no path speaks against it, and do where none of the short ones does", () => {
    fc.assert(
      fc.property(pathPattern, pathPattern, (outer, inner) => {
        const included = dimensions.folders.includes(outer, inner);
        const counterexample = allPaths.find(
          (path) => dimensions.folders.covers(inner, path) && !dimensions.folders.covers(outer, path),
        );
        if (included) expect(counterexample).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test("touch a folder as soon as one path in it is covered, and only then", () => {
    fc.assert(
      fc.property(pathPattern, fc.constantFrom("./", "a/", "ab/b/"), (pattern, folder) => {
        const inside = allPaths.filter((path) => folder === "./" || path.startsWith(folder) || `${path}/` === folder);
        const { covers, denial } = dimensions.folders;
        if (inside.some((path) => covers(pattern, path))) expect(denial.touches(pattern, folder)).toBe(true);
        if (inside.some((path) => !covers(pattern, path))) expect(covers(pattern, folder)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["a/*.md", "a/s/", false],
    ["a/**/x.md", "a/s/", true],
    ["*/x.md", "a/s/", false],
    ["a*/**", "ba/", false],
    ["*a/x*", "ba/", true],
  ])("%j touches the folder %j: %j", (pattern, folder, expected) => {
    expect(dimensions.folders.denial.touches(pattern, folder)).toBe(expected);
  });

  test.each([
    ["Projects", "Projects/a/b.md"],
    ["Projects", "Projects/*.md"],
    ["Projects", "Projects/**"],
    ["**", "Projects"],
    ["**", "*/x/**"],
    ["Projects/**", "Projects/*"],
    ["a/**/b", "a/*/b"],
    ["*a*", "ba*"],
    ["**/*a*", "x/**/ba"],
  ])("%j includes %j", (outer, inner) => {
    expect(dimensions.folders.includes(outer, inner)).toBe(true);
  });

  test.each([
    ["Projects", "Project"],
    ["Projects/*", "Projects"],
    ["Projects/*", "Projects/**"],
    ["a/*/b", "a/**/b"],
    ["a/**/b", "a/b"], // without a wildcard, "a/b" covers what is below as well
    ["*", "**"],
    ["a*", "*a"],
    ["Projects", "ProjectsX/a"],
  ])("%j does not include %j", (outer, inner) => {
    expect(dimensions.folders.includes(outer, inner)).toBe(false);
  });

  test("absolute and relative ones never mix", () => {
    expect(dimensions.paths.includes("/**", "/a/b")).toBe(true);
    expect(dimensions.paths.includes("/", "/a/*")).toBe(true);
    expect(dimensions.paths.check("a/b")).toBeDefined();
    expect(dimensions.folders.check("/a/b")).toBeDefined();
  });

  test.each(["a/../b", "./a", "a//b", "a\0b", "a\\b", "a**b", "", "x".repeat(513)])("%j is refused", (pattern) => {
    expect(dimensions.folders.check(pattern)).toBeDefined();
  });

  test("matching stays fast on patterns made to be slow", () => {
    const pattern = "*a*a*a*a*a*a*a*b";
    const path = "a".repeat(4_000);
    // A backtracking matcher would not come back from this one.
    expect(dimensions.folders.covers(pattern, path)).toBe(false);
    expect(dimensions.folders.includes("**/*a*/**/*a*/**/*a*/**", "**/*a*/**/*a*/**/*a*/**/b")).toBe(true);
  });

  test("a covering pattern is always found through the index keys of the path", () => {
    fc.assert(
      fc.property(pathPattern, fc.constantFrom(...allPaths), (pattern, path) => {
        fc.pre(dimensions.folders.covers(pattern, path));
        expect(dimensions.folders.keysFor(path)).toContain(dimensions.folders.keyOf(pattern));
      }),
    );
  });
});

const hostNames = [
  "example.com",
  "api.example.com",
  "a.b.example.com",
  "example.org",
  "localhost",
  "10.0.0.5",
  "[::1]",
  "8.8.8.8",
];
const hostPattern = fc
  .tuple(
    fc.constantFrom(...hostNames, "*", "*.example.com", "*.com", "*.localhost"),
    fc.constantFrom("", ":80", ":8443", ":*"),
  )
  .map((parts) => parts.join(""));
const allHosts = hostNames.flatMap((host) => ["80", "443", "8443", "9000"].map((port) => `${host}:${port}`));

describe("host patterns", () => {
  test("include each other only where no host speaks against it", () => {
    fc.assert(
      fc.property(hostPattern, hostPattern, (outer, inner) => {
        const counterexample = allHosts.find(
          (host) => dimensions.hosts.covers(inner, host) && !dimensions.hosts.covers(outer, host),
        );
        if (dimensions.hosts.includes(outer, inner)) expect(counterexample).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test("a covering pattern is always found through the index keys of the host", () => {
    fc.assert(
      fc.property(hostPattern, fc.constantFrom(...allHosts), (pattern, host) => {
        fc.pre(dimensions.hosts.covers(pattern, host));
        expect(dimensions.hosts.keysFor(host)).toContain(dimensions.hosts.keyOf(pattern));
      }),
    );
  });

  test.each([
    ["*", "example.com:443", true],
    ["*", "localhost:80", false],
    ["*:*", "127.0.0.1:9000", false],
    ["*", "[::1]:80", false],
    ["localhost:9000", "localhost:9000", true],
    ["localhost", "localhost:9000", false],
    ["example.com", "example.com:8443", false],
    ["example.com:*", "example.com:8443", true],
    ["*.example.com", "example.com:443", false],
    ["*.example.com", "api.example.com:443", true],
    ["*.example.com", "evilexample.com:443", false],
    ["example.com", "example.com.evil.org:443", false],
    ["10.0.0.5:*", "10.0.0.5:1", true],
  ])("%s and %s: %s", (pattern, host, covered) => {
    expect(dimensions.hosts.covers(pattern, host)).toBe(covered);
  });

  test.each([
    "exa mple.com",
    "http://example.com",
    "a*.example.com",
    "example.com:0",
    "example.com:99999",
    "example.com:",
    "-a.com",
    "user@example.com",
  ])("%j is refused", (pattern) => {
    expect(dimensions.hosts.check(pattern)).toBeDefined();
  });
});

const scopeArbitrary = fc.record(
  {
    hosts: fc.array(hostPattern, { maxLength: 3 }),
    methods: fc.array(fc.constantFrom("GET", "POST", "P*"), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

describe("scopes", () => {
  test("of a subset cover nothing that the larger one does not", () => {
    fc.assert(
      fc.property(
        scopeArbitrary,
        scopeArbitrary,
        fc.constantFrom(...allHosts),
        fc.constantFrom("GET", "POST", "PUT"),
        (outer, inner, hosts, methods) => {
          fc.pre(scopeIncludes("NetworkHttps", outer, inner));
          if (scopeCovers("NetworkHttps", inner, { hosts, methods }))
            expect(scopeCovers("NetworkHttps", outer, { hosts, methods })).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test("include themselves", () => {
    fc.assert(fc.property(scopeArbitrary, (scope) => scopeIncludes("NetworkHttps", scope, scope)));
  });

  test("read back as they were parsed", () => {
    fc.assert(
      fc.property(scopeArbitrary, (raw) => {
        const scope = unwrap(parseScope("NetworkHttps", raw));
        expect(unwrap(parseScope("NetworkHttps", JSON.parse(JSON.stringify(scope))))).toEqual(scope);
      }),
    );
  });

  test.each<[Parameters<typeof parseScope>[0], unknown, Scope]>([
    ["KilnRead", "Projects/", { folders: ["Projects"] }],
    ["KilnRead", ["Projects", "#Active"], { folders: ["Projects"], tags: ["active"] }],
    ["NetworkHttps", ["API.example.com"], { hosts: ["api.example.com"] }],
    ["NetworkHttps", { hosts: "example.com", methods: ["get"] }, { hosts: ["example.com"], methods: ["GET"] }],
    ["FsRead", "~/papers", { paths: ["/home/me/papers"] }],
    ["PluginInvoke", { plugins: [] }, { plugins: [] }],
    ["KilnRead", undefined, {}],
  ])("of %s: %j", (capability, raw, expected) => {
    expect(unwrap(parseScope(capability, raw, "/home/me"))).toEqual(expected);
  });

  test.each<[Parameters<typeof parseScope>[0], unknown]>([
    ["KilnRead", "../x"],
    ["KilnRead", { hosts: ["example.com"] }],
    ["FsRead", "papers"],
    ["FsRead", "~/papers"],
    ["StateManage", "x"],
    ["NetworkHttps", [1]],
    ["NetworkHttps", { constructor: ["x"] }],
    ["KilnRead", 5],
  ])("of %s refuse %j", (capability, raw) => {
    expect(parseScope(capability, raw).ok).toBe(false);
  });

  test("what is constrained and not mentioned by the request is not covered", () => {
    expect(scopeCovers("NetworkHttps", { methods: ["GET"] }, { hosts: "example.com:443" })).toBe(false);
    expect(scopeCovers("KilnRead", { tags: ["a"] }, { folders: "x.md" })).toBe(false);
    expect(scopeCovers("KilnRead", { folders: [] }, { folders: "x.md" })).toBe(false);
  });

  test("an empty list covers nothing, and one tag of a note is enough", () => {
    expect(scopeCovers("KilnRead", { tags: ["project"] }, { folders: "x.md", tags: ["draft", "project/active"] })).toBe(
      true,
    );
    expect(scopeCovers("KilnRead", { folders: ["a"] }, { folders: ["a/x.md", "b/y.md"] })).toBe(false);
  });

  test("claims of a manifest are names or names with scopes", () => {
    expect(unwrap(parseClaim("KilnRead"))).toEqual({ name: "KilnRead", scope: {} });
    expect(unwrap(parseClaim({ name: "FsRead", scope: ["/data"] }))).toEqual({
      name: "FsRead",
      scope: { paths: ["/data"] },
    });
    expect(parseClaim("Everything").ok).toBe(false);
    expect(formatScope({ folders: ["a", "b"], tags: [] })).toBe("folders a b, tags none");
  });
});
