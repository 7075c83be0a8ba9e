import { createArtifactStore } from "@crucible/cache";
import { succeed, type HostModule } from "@crucible/sandbox";
import { describe, expect, test } from "vitest";
import { countingBackend, lua, openHost } from "./host-subject.ts";

function memoryStore(): ReturnType<typeof createArtifactStore> {
  const files = new Map<string, Uint8Array>();
  return createArtifactStore({
    files: {
      list: async () => Promise.resolve([...files].map(([name, bytes]) => ({ name, bytes: bytes.length, usedMs: 0 }))),
      read: async (name) => Promise.resolve(files.get(name)),
      write: async (name, bytes) => Promise.resolve(void files.set(name, bytes)),
      touch: async () => Promise.resolve(),
      remove: async (name) => Promise.resolve(void files.delete(name)),
    },
    authenticate: (bytes) => new Uint8Array(32).fill(bytes.length % 251),
    maxBytes: 1e9,
    now: () => 0,
  });
}

describe("validation at registration", () => {
  test("registers neither wrong syntax nor forbidden globals, tells where, and hides no other plugin", async () => {
    const subject = await openHost({
      "/system/good.lua": lua("good", "function main() return 1 end"),
      "/system/wrong.lua": lua("wrong", "function main(\n  return 1\nend"),
      "/system/reach.lua": lua("reach", "function main()\n  return os.getenv('HOME')\nend"),
    });
    const { registry } = subject.host;
    expect(registry.active.map(({ manifest }) => manifest.name)).toStrictEqual(["good"]);
    expect(registry.broken.map(({ name, error }) => [name, error.code, error.details?.place?.line])).toStrictEqual([
      ["reach", "compile/invalid", 7],
      ["wrong", "compile/syntax", 7],
    ]);
    expect(subject.records.filter(({ kind }) => kind === "error").map(({ plugin }) => plugin)).toStrictEqual([
      "reach",
      "wrong",
    ]);
    expect(await subject.run("reach")).toMatchObject({ ok: false, error: { code: "compile/invalid" } });
    expect(await subject.run("good")).toStrictEqual(succeed(1));
    await subject.dispose();
  });

  test("a plugin that does not validate leaves the name to the one that does", async () => {
    const subject = await openHost({
      "/system/p.lua": lua("p", "function main() return 'system' end"),
      "/kiln/plugins/p.lua": lua("p", "function main( return end"),
    });
    expect(await subject.run("p")).toStrictEqual(succeed("system"));
    await subject.dispose();
  });

  test("warns of host calls that the manifest does not cover, and of capabilities that nothing needs", async () => {
    const subject = await openHost({
      "/system/more.lua": lua("more", "function main() crucible.put('a.md', 'x') end"),
      "/system/less.lua": lua("less", "function main() return 1 end", "capabilities: [KilnRead, KilnWrite]\n"),
      "/system/just.lua": lua("just", "function main() crucible.put('a.md', 'x') end", "capabilities: [KilnWrite]\n"),
    });
    const warnings = (name: string): readonly string[] => {
      const found = subject.host.registry.find(name);
      return found.ok ? found.value.warnings.map(({ code }) => code) : [found.error.code];
    };
    expect(warnings("more")).toStrictEqual(["manifest/undeclared-capability"]);
    expect(warnings("less")).toStrictEqual(["manifest/unused-capability", "manifest/unused-capability"]);
    expect(warnings("just")).toStrictEqual([]);
    await subject.dispose();
  });

  test("counts hearing of notes as reading them", async () => {
    const hooks = "hooks: [{event: 'note:created'}]\n";
    const subject = await openHost({
      "/system/hears.lua": lua("hears", "function main() end", `capabilities: [KilnRead]\n${hooks}`),
      "/system/deaf.lua": lua("deaf", "function main() end", `capabilities: []\n${hooks}`),
    });
    const warnings = subject.host.registry.active.map(({ manifest, warnings: each }) => [
      manifest.name,
      ...each.map(({ code }) => code),
    ]);
    expect(warnings).toStrictEqual([["deaf", "manifest/undeclared-capability"], ["hears"]]);
    await subject.dispose();
  });

  test("does not advise to drop what a library of the guest may need", async () => {
    const keeper: HostModule = {
      declaration: {
        name: "keeper",
        summary: "Keeps things.",
        functions: [],
        shims: { lua: "return { keep = function(what) return what end }" },
      },
      functions: {},
    };
    const capabilities = "capabilities: [StateManage]\n";
    const subject = await openHost(
      {
        "/system/uses.lua": lua(
          "uses",
          "local keeper = require('keeper')\nfunction main() return keeper.keep(1) end",
          capabilities,
        ),
        "/system/none.lua": lua("none", "function main() return 1 end", capabilities),
      },
      { hostModules: [keeper] },
    );
    const warnings = subject.host.registry.active.map(({ manifest, warnings: each }) => [manifest.name, each.length]);
    expect(warnings).toStrictEqual([
      ["none", 1],
      ["uses", 0],
    ]);
    expect(await subject.run("uses")).toStrictEqual(succeed(1));
    await subject.dispose();
  });

  test("compiles unchanged content once, also in another process, and changed content again", async () => {
    const artifacts = memoryStore();
    const plugins = {
      "/system/a.lua": lua("a", "function main() return 1 end"),
      "/system/b.lua": lua("b", "function main( end"),
    };
    const first = await openHost(plugins, { artifacts }, countingBackend);
    expect(first.compilations()).toBe(2);
    await first.host.reload();
    expect(first.compilations()).toBe(2);
    first.write("/system/a.lua", lua("a", "function main() return 2 end"));
    await first.host.reload();
    expect(first.compilations()).toBe(3);
    await first.dispose();
    const second = await openHost(
      { ...plugins, "/system/a.lua": lua("a", "function main() return 2 end") },
      { artifacts },
      countingBackend,
    );
    expect(second.compilations()).toBe(0);
    expect(second.host.registry.broken.map(({ name }) => name)).toStrictEqual(["b"]);
    expect(await second.run("a")).toStrictEqual(succeed(2));
    await second.dispose();
  });
});

describe("dependencies", () => {
  test("that are missing refuse registration, name what was probably meant, and take dependents along", async () => {
    const subject = await openHost({
      "/system/dice.lua": lua("dice", "function main() return 4 end"),
      "/system/game.lua": lua("game", "function main() end", "dependencies: { dize: '*' }\n"),
      "/system/party.lua": lua("party", "function main() end", "dependencies: { game: '*' }\n"),
    });
    const { active, broken } = subject.host.registry;
    expect(active.map(({ manifest }) => manifest.name)).toStrictEqual(["dice"]);
    expect(broken.map(({ name, error }) => [name, error.code, error.details?.hint])).toStrictEqual([
      ["game", "plugin/dependency-missing", 'Did you mean "dice"?'],
      ["party", "plugin/dependency-missing", "Run cru plugins validate /system/game.lua"],
    ]);
    await subject.dispose();
  });

  test("in a cycle are refused with the whole path", async () => {
    const subject = await openHost({
      "/system/a.lua": lua("a", "function main() end", "dependencies: { b: '*' }\n"),
      "/system/b.lua": lua("b", "function main() end", "dependencies: { c: '*' }\n"),
      "/system/c.lua": lua("c", "function main() end", "dependencies: { a: '*' }\n"),
    });
    const { active, broken } = subject.host.registry;
    expect(active).toStrictEqual([]);
    expect(broken[0]?.error).toMatchObject({
      code: "plugin/dependency-cycle",
      message: 'Cannot load "a": plugins depend on each other: a → b → c → a',
    });
    await subject.dispose();
  });

  test("are loaded before the plugin that imports them", async () => {
    const subject = await openHost({
      "/system/base.lua": lua("base", "function main() return 1 end"),
      "/system/middle.lua": lua("middle", "function main() return 2 end", "dependencies: { base: '*' }\n"),
      "/system/top.lua": lua("top", "function main() return 3 end", "dependencies: { middle: '*' }\n"),
    });
    await subject.run("top");
    const loads = subject.records.filter(({ kind }) => kind === "plugin.load").map(({ plugin }) => plugin);
    expect(loads).toStrictEqual(["base", "middle", "top"]);
    await subject.dispose();
  });

  test("of several versions stand side by side, each importer with its own", async () => {
    const version = (number: string): string =>
      lua("dice", `function main() return "${number}" end`, `version: ${number}\n`);
    const importer = (name: string, range: string): string =>
      lua(
        name,
        "local dice = require('dice') function main() return dice.main() end",
        `dependencies: { dice: "${range}" }\n`,
      );
    const subject = await openHost({
      "/system/one.lua": version("1.2.0"),
      "/system/two.lua": version("2.0.0"),
      "/system/old.lua": importer("old", "^1.0.0"),
      "/system/new.lua": importer("new", "*"),
    });
    expect([await subject.run("old"), await subject.run("new"), await subject.run("dice@^1.0.0")]).toStrictEqual([
      succeed("1.2.0"),
      succeed("2.0.0"),
      succeed("1.2.0"),
    ]);
    await subject.dispose();
  });
});
