import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "@crucible/cache";
import type { FoundPlugin, PluginRoot } from "@crucible/plugin-host";
import {
  createNodePluginFiles,
  createRegistry,
  discoverPlugins,
  pluginScopes,
  qualifiedName,
} from "@crucible/plugin-host";
import { unwrap } from "@crucible/sandbox";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lua, openHost } from "./host-subject.ts";

const rootOf = (scope: PluginRoot["scope"]): PluginRoot => ({ scope, path: `/${scope}`, home: scope });

async function discover(
  plugins: readonly { readonly scope: PluginRoot["scope"]; readonly file: string; readonly text: string }[],
  order: readonly number[] = [],
): Promise<readonly FoundPlugin[]> {
  const content = new Map(plugins.map(({ scope, file, text }) => [`/${scope}/${file}`, text]));
  const { found } = await discoverPlugins(pluginScopes.map(rootOf), {
    sha256,
    files: {
      join: (folder, name) => `${folder}/${name}`,
      read: (path) => Promise.resolve(content.has(path) ? new TextEncoder().encode(content.get(path)) : undefined),
      list: (folder) => {
        const names = [...content.keys()]
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1));
        return Promise.resolve(
          names.length === 0
            ? undefined
            : names
                .map((name, index) => ({ name, kind: "file" as const, rank: order[index] ?? 0 }))
                .sort((a, b) => a.rank - b.rank),
        );
      },
    },
  });
  return found;
}

const entry = fc.record({
  scope: fc.constantFrom(...pluginScopes),
  name: fc.constantFrom("a", "b"),
  version: fc.constantFrom("0.1.0", "1.0.0", "1.2.0", "2.0.0-rc.1", "2.0.0"),
});

test("discovery follows links, but never in a circle", async () => {
  const folder = mkdtempSync(join(tmpdir(), "links-"));
  try {
    for (const name of ["plugins/a", "plugins/b", "elsewhere"]) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "elsewhere/far.lua"), lua("far", "function main() end"));
    writeFileSync(join(folder, "plugins/a/near.lua"), lua("near", "function main() end"));
    symlinkSync("../../elsewhere", join(folder, "plugins/b/out"));
    symlinkSync("../elsewhere/far.lua", join(folder, "plugins/linked.lua"));
    symlinkSync(".", join(folder, "plugins/self"));
    symlinkSync("../b", join(folder, "plugins/a/to-b"));
    symlinkSync("../a", join(folder, "plugins/b/to-a"));
    symlinkSync("nowhere", join(folder, "plugins/dangling.lua"));
    const root: PluginRoot = { scope: "shared", path: join(folder, "plugins"), home: folder };
    const { found, broken } = await discoverPlugins([root], { sha256, files: createNodePluginFiles() });
    expect(broken).toStrictEqual([]);
    expect(found.map(({ path }) => path.slice(root.path.length + 1))).toStrictEqual([
      "a/near.lua",
      "a/to-b/out/far.lua",
      "b/out/far.lua",
      "b/to-a/near.lua",
      "linked.lua",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("the registry", () => {
  test("chooses scope before version and the highest version within a scope, whatever the order of files", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(9), { minLength: 8, maxLength: 8 }),
        async (entries, order) => {
          const files = entries.map(({ scope, name, version }, index) => ({
            scope,
            file: `f${index}.lua`,
            text: lua(name, "function main() end", `version: ${version}\n`),
          }));
          const registry = createRegistry(1, { found: await discover(files, order), broken: [] });
          const plain = createRegistry(1, { found: await discover(files), broken: [] });
          for (const name of ["a", "b"]) {
            const candidates = entries.filter((each) => each.name === name);
            const found = registry.find(name);
            expect(found.ok).toBe(candidates.length > 0);
            if (!found.ok) continue;
            const bestScope = pluginScopes.findLast((scope) => candidates.some((each) => each.scope === scope));
            const versions: readonly string[] = candidates
              .filter((each) => each.scope === bestScope)
              .map(({ version }) => version);
            const best = ["2.0.0", "2.0.0-rc.1", "1.2.0", "1.0.0", "0.1.0"].find((version) =>
              versions.includes(version),
            );
            expect([found.value.root.scope, found.value.manifest.version]).toStrictEqual([bestScope, best]);
            expect(unwrap(plain.find(name)).path).toBe(found.value.path);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("answers ranges with the first scope that satisfies them", async () => {
    const found = await discover([
      { scope: "system", file: "old.lua", text: lua("a", "function main() end", "version: 1.4.0\n") },
      { scope: "personal", file: "new.lua", text: lua("a", "function main() end", "version: 2.0.0\n") },
    ]);
    const registry = createRegistry(1, { found, broken: [] });
    expect(unwrap(registry.find("a")).manifest.version).toBe("2.0.0");
    expect(unwrap(registry.find("a@^1.0.0")).root.scope).toBe("system");
    expect(registry.find("a@^3.0.0")).toMatchObject({
      ok: false,
      error: { code: "plugin/not-found", details: { hint: "Installed versions: 2.0.0, 1.4.0" } },
    });
    expect(registry.find("a@nonsense!")).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
  });

  test("tells overrides with winner, loser and reason", async () => {
    const found = await discover([
      { scope: "system", file: "a.lua", text: lua("a", "function main() end", "version: 9.0.0\n") },
      { scope: "shared", file: "a.lua", text: lua("a", "function main() end") },
    ]);
    expect(
      createRegistry(1, { found, broken: [] }).overrides.map(({ winner, loser, reason }) => [
        winner.path,
        loser.path,
        reason,
      ]),
    ).toStrictEqual([["/shared/a.lua", "/system/a.lua", "scope"]]);
  });

  test("finds namespaced plugins by manifest and by place", async () => {
    const subject = await openHost({
      "/system/slack.lua": lua("slack", "function main() end", "namespace: community\n"),
      "/system/core/http.lua": lua("http", "function main() end"),
    });
    expect(qualifiedName(unwrap(subject.host.registry.find("community/slack")))).toBe("community/slack");
    expect(unwrap(subject.host.registry.find("core/http")).manifest.name).toBe("http");
    await subject.dispose();
  });
});

describe("discovery", () => {
  test("reports a broken plugin and keeps the others", async () => {
    const subject = await openHost({
      "/system/good.lua": lua("good", "function main() end"),
      "/system/bad.lua": "---\nname: Bad Name\n---\n",
      "/system/none.lua": "print(1)",
      "/system/readme.md": "# no plugin",
      "/system/_draft.lua": "ignored",
      "/kiln/plugins/folder/plugin.yaml": "name: folder\ndescription: A folder\nlanguage: lua\nentry: main.lua\n",
      "/kiln/plugins/folder/main.lua": "function main() return 1 end",
      "/kiln/plugins/lost/plugin.yaml": "name: lost\ndescription: No entry\nlanguage: lua\nentry: ../../outside.lua\n",
    });
    const { registry } = subject.host;
    expect(registry.active.map(({ manifest }) => manifest.name)).toStrictEqual(["folder", "good"]);
    expect(registry.broken.map(({ path }) => path)).toStrictEqual([
      "/kiln/plugins/lost",
      "/system/bad.lua",
      "/system/none.lua",
    ]);
    expect(registry.find("lost")).toMatchObject({ ok: false, error: { code: "plugin/invalid" } });
    await subject.dispose();
  });

  test("gives another hash for any changed byte of a folder", async () => {
    const files = {
      "/system/p/plugin.yaml": "name: p\ndescription: P\nlanguage: lua\nentry: main.lua\n",
      "/system/p/main.lua": "function main() end",
      "/system/p/data/x.txt": "one",
    };
    const subject = await openHost(files);
    const hash = (): string => unwrap(subject.host.registry.find("p")).hash;
    const before = hash();
    subject.write("/system/p/data/x.txt", "two");
    await subject.host.reload();
    const edited = hash();
    subject.remove("/system/p/data/x.txt");
    subject.write("/system/p/data/y.txt", "two");
    await subject.host.reload();
    expect(new Set([before, edited, hash()]).size).toBe(3);
    await subject.dispose();
  });
});
