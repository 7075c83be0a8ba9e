import { mkdtempSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PluginHost, PluginWatcher, Registry } from "@crucible/plugin-host";
import { createNodePluginFiles, createNodePluginWatcher } from "@crucible/plugin-host";
import type { Backend, Instance } from "@crucible/sandbox";
import { fail, settledInvocation, succeed, unwrap } from "@crucible/sandbox";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { HostSubject } from "./host-subject.ts";
import { lua, openHost } from "./host-subject.ts";

const open: HostSubject[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((subject) => subject.dispose()));
});
async function start(...args: Parameters<typeof openHost>): Promise<HostSubject> {
  const subject = await openHost(...args);
  open.push(subject);
  return subject;
}

/** Resolves with the first registry that satisfies. */
function registryWhere(host: PluginHost, isIt: (registry: Registry) => boolean): Promise<Registry> {
  if (isIt(host.registry)) return Promise.resolve(host.registry);
  return new Promise((resolve) => {
    const stop = host.onRegistryChange((registry) => {
      if (!isIt(registry)) return;
      stop();
      resolve(registry);
    });
  });
}

describe("a reload", () => {
  test("under random edits lets every run be wholly old or wholly new", async () => {
    const part = (name: string, version: number): string => lua(name, `function main() return ${version} end`);
    const whole = (version: number): string =>
      lua(
        "whole",
        `local one, two = require("one"), require("two")
function main() return { own = ${version}, one = one.main(), two = two.main() } end`,
        "dependencies: { one: '*', two: '*' }\nlimits: { rate_per_minute: 60000, burst: 10000 }\n",
      );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("edit", "run", "run", "half"), { minLength: 4, maxLength: 14 }),
        async (steps) => {
          const subject = await openHost({
            "/system/whole.lua": whole(0),
            "/system/one.lua": part("one", 0),
            "/system/two.lua": part("two", 0),
          });
          subject.attach(() => Promise.resolve({ choice: "always", by: "test" }));
          // A generation is what one scan saw: versions of its three files.
          const generations = new Set(["0 0 0"]);
          let versions = [0, 0, 0];
          const runs: Promise<unknown>[] = [];
          const reloads: Promise<unknown>[] = [];
          for (const [index, step] of steps.entries()) {
            if (step === "run") {
              runs.push(subject.run("whole"));
              continue;
            }
            const number = index + 1;
            versions = step === "edit" ? [number, number, number] : [versions[0] ?? 0, number, versions[2] ?? 0];
            // Each edit is complete before a scan can begin, so that generations are known.
            await Promise.all(reloads);
            subject.write("/system/whole.lua", whole(versions[0] ?? 0));
            subject.write("/system/one.lua", part("one", versions[1] ?? 0));
            subject.write("/system/two.lua", part("two", versions[2] ?? 0));
            generations.add(versions.join(" "));
            reloads.push(subject.host.reload());
          }
          for (const outcome of (await Promise.all(runs)) as { ok: boolean; value: Record<string, number> }[]) {
            expect(outcome.ok).toBe(true);
            expect(generations).toContain(`${outcome.value["own"]} ${outcome.value["one"]} ${outcome.value["two"]}`);
          }
          await subject.dispose();
        },
      ),
      { numRuns: 12 },
    );
  });

  test("is told with old and new content, and a removed file with its end", async () => {
    const subject = await start({
      "/system/p.lua": lua("p", "function main() return 1 end"),
      "/system/q.lua": lua("q", "function main() end"),
    });
    const before = unwrap(subject.host.registry.find("p")).hash;
    subject.write("/system/p.lua", lua("p", "function main() return 2 end"));
    subject.remove("/system/q.lua");
    const seen: number[] = [];
    subject.host.onRegistryChange(({ generation }) => seen.push(generation));
    subject.host.onRegistryChange(() => {
      throw new Error("a listener that fails");
    });
    await subject.host.reload();
    await subject.host.reload();
    expect(seen).toStrictEqual([2]);
    expect(subject.records.filter(({ kind }) => kind === "plugin.reload")).toMatchObject([
      { plugin: "p", previous: before, content_hash: unwrap(subject.host.registry.find("p")).hash },
    ]);
    expect(subject.records.filter(({ kind }) => kind === "plugin.unload")).toMatchObject([
      { plugin: "q", reason: "its file is gone" },
    ]);
  });

  test("a storm of changes is one scan", async () => {
    let changed: (path: string) => void = () => {};
    const timers: (() => void)[] = [];
    const watcher: PluginWatcher = {
      watch: async (_folders, onChange) => {
        changed = onChange;
        return Promise.resolve(async () => Promise.resolve());
      },
    };
    const subject = await start(
      { "/system/p.lua": lua("p", "function main() return 1 end") },
      {
        watcher,
        cache: {
          now: () => 0,
          schedule: (_delay, run) => {
            timers.push(run);
            return () => timers.splice(timers.indexOf(run), 1);
          },
        },
      },
    );
    for (let count = 0; count < 100; count++) changed("/system/p.lua");
    expect(timers.length).toBe(1);
    subject.write("/system/p.lua", lua("p", "function main() return 2 end"));
    const reloaded = registryWhere(subject.host, ({ generation }) => generation === 2);
    timers[0]?.();
    await reloaded;
    expect(await subject.run("p")).toStrictEqual(succeed(2));
  });

  test("that reads only what the watcher named sees what a scan of everything sees", async () => {
    const folderPlugin = (name: string, code: string): Readonly<Record<string, string>> => ({
      [`/system/${name}/plugin.yaml`]: `name: ${name}\ndescription: A plugin for tests\nentry: main.lua\n`,
      [`/system/${name}/main.lua`]: `function main() return ${code} end\n`,
    });
    const step = fc.record({
      kind: fc.constantFrom("file", "folder", "group", "remove", "move"),
      at: fc.nat({ max: 2 }),
      code: fc.nat({ max: 5 }),
      broken: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 6 }), async (rounds) => {
        let changed: (path: string) => void = () => {};
        const timers: (() => void)[] = [];
        const content = new Map<string, string>();
        const watched = await openHost(
          {},
          {
            watcher: {
              watch: async (_folders, onChange) => {
                changed = onChange;
                return Promise.resolve(async () => Promise.resolve());
              },
            },
            cache: {
              now: () => 0,
              schedule: (_delay, run) => {
                timers.push(run);
                return () => timers.splice(timers.indexOf(run), 1);
              },
            },
          },
        );
        const write = (path: string, text: string): void => {
          content.set(path, text);
          watched.write(path, text);
        };
        const remove = (path: string): void => {
          content.delete(path);
          watched.remove(path);
        };
        const put = (path: string, text: string): void => {
          write(path, text);
          changed(path);
        };
        for (const round of rounds) {
          for (const { kind, at, code, broken } of round) {
            const returned = broken ? "(" : String(code);
            if (kind === "file") put(`/system/f${at}.lua`, lua(`f${at}`, `function main() return ${returned} end`));
            else if (kind === "group")
              put(`/system/group/g${at}.lua`, lua(`g${at}`, `function main() return ${returned} end`));
            else if (kind === "folder")
              for (const [path, text] of Object.entries(folderPlugin(`d${at}`, returned))) put(path, text);
            else if (kind === "remove") {
              const path = [...content.keys()][code];
              if (path === undefined) continue;
              remove(path);
              changed(path);
            } else {
              // Of a folder that moves, only the folder itself is named.
              const [from, to] =
                code % 2 === 0 ? ["/system/group", "/system/moved"] : ["/system/moved", "/system/group"];
              for (const [path, text] of [...content].filter(([each]) => each.startsWith(`${from}/`))) {
                remove(path);
                write(path.replace(from, to), text);
              }
              changed(from);
              changed(to);
            }
          }
          const { generation } = watched.host.registry;
          const [run] = timers.splice(0);
          run?.();
          while (run !== undefined && watched.host.registry.generation === generation)
            await new Promise((resolve) => setImmediate(resolve));
          const describeRegistry = ({ all, broken }: Registry): unknown => [
            all.map(({ path, hash }) => [path, hash]),
            broken.map(({ path, error }) => [path, error.message]),
          ];
          const partial = describeRegistry(watched.host.registry);
          expect(partial).toStrictEqual(describeRegistry(await watched.host.reload()));
        }
        await watched.dispose();
      }),
      { numRuns: 15 },
    );
  });

  test("follows edits, renames and removals on the disk", async () => {
    const folder = mkdtempSync(join(tmpdir(), "watch-"));
    const plugins = join(folder, "plugins");
    const write = (name: string, code: string): void => writeFileSync(join(plugins, `${name}.lua`), lua(name, code));
    try {
      const subject = await start(
        {},
        {
          files: createNodePluginFiles(),
          watcher: createNodePluginWatcher(),
          roots: [{ scope: "system", path: plugins, home: "system" }],
          cache: {
            now: () => performance.now(),
            schedule: (delayMs, run) => {
              const timer = setTimeout(run, delayMs);
              return () => clearTimeout(timer);
            },
          },
        },
      );
      const { host } = subject;
      const names = ({ active }: Registry): string => active.map(({ path }) => path.slice(plugins.length + 1)).join();
      // The folder itself appears only now.
      mkdirSync(plugins);
      write("p", "function main() return 1 end");
      await registryWhere(host, (registry) => names(registry) === "p.lua");
      expect(await subject.run("p")).toStrictEqual(succeed(1));
      write("p", "function main() return 2 end");
      const { hash } = unwrap(host.registry.find("p"));
      await registryWhere(host, (registry) => registry.active[0]?.hash !== hash);
      expect(await subject.run("p")).toStrictEqual(succeed(2));
      renameSync(join(plugins, "p.lua"), join(plugins, "renamed.lua"));
      await registryWhere(host, (registry) => names(registry) === "renamed.lua");
      expect(await subject.run("p")).toStrictEqual(succeed(2));
      rmSync(join(plugins, "renamed.lua"));
      await registryWhere(host, (registry) => names(registry) === "");
      expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "plugin/not-found" } });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("on_load and on_unload", () => {
  const noted = (name: string): string =>
    lua(
      name,
      `function main() return 1 end
function on_load() crucible.fetch("loaded.md") end
function on_unload() crucible.fetch("unloaded.md") end`,
      "actions: { main: {}, on_load: {}, on_unload: {} }\n",
    );
  const subjects = (subject: HostSubject): readonly unknown[] =>
    subject.records.flatMap((each) => (each.kind === "host.call" ? [each.subject] : []));

  test("run once around a load, and nobody else can call them", async () => {
    const subject = await start({ "/system/p.lua": noted("p") });
    await subject.run("p");
    await subject.run("p");
    expect(subjects(subject)).toStrictEqual(["loaded.md"]);
    expect(await subject.run("p", undefined, { action: "on_load" })).toMatchObject({
      ok: false,
      error: { code: "plugin/action-not-found" },
    });
    expect(await subject.host.unload("p")).toStrictEqual(succeed(1));
    await subject.host.dispose();
    expect(subjects(subject)).toStrictEqual(["loaded.md", "unloaded.md"]);
    expect(subject.host.statistics().live).toBe(0);
  });

  test("a plugin whose on_load fails is not loaded; a failing on_unload is recorded and frees all the same", async () => {
    const subject = await start({
      "/system/p.lua": lua(
        "p",
        "function main() end function on_load() error('not ready') end",
        "actions: { main: {}, on_load: {} }\n",
      ),
      "/system/q.lua": lua(
        "q",
        "function main() end function on_unload() error('stuck') end",
        "actions: { main: {}, on_unload: {} }\n",
      ),
    });
    expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "guest/exception" } });
    expect((await subject.run("q")).ok).toBe(true);
    await subject.host.dispose();
    expect(subject.host.statistics().live).toBe(0);
    expect(subject.records.filter(({ kind }) => kind === "error")).toMatchObject([
      { plugin: "q", context: "on_unload" },
    ]);
  });
});

describe("a shutdown", () => {
  test("lets running invocations finish within its deadline and refuses new ones", async () => {
    const subject = await start({
      "/system/p.lua": lua(
        "p",
        "function main() crucible.put('a.md', '') return 'done' end",
        "capabilities: [KilnWrite]\n",
      ),
    });
    let release: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      subject.attach(
        () => new Promise((answer) => ((release = () => answer({ choice: "once", by: "ada" })), resolve())),
      );
    });
    const running = subject.run("p");
    await asked;
    const gone = subject.host.dispose(60_000);
    expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "host/unavailable" } });
    release();
    expect(await running).toStrictEqual(succeed("done"));
    await gone;
    expect(subject.host.statistics().live).toBe(0);
  });

  test("cancels what still runs at its deadline", async () => {
    const timers: (() => void)[] = [];
    const subject = await start(
      { "/system/p.lua": lua("p", "function main() while true do end end") },
      { cache: { now: () => 0, schedule: (_delay, run) => (timers.push(run), () => {}) } },
    );
    const running = subject.run("p");
    const gone = subject.host.dispose(5_000);
    timers.at(-1)?.();
    expect(await running).toMatchObject({ ok: false, error: { code: "invocation/cancelled" } });
    await gone;
    expect(subject.host.statistics().live).toBe(0);
  });
});

test("a restart frees what is loaded and loads it anew", async () => {
  const subject = await start({ "/system/p.lua": lua("p", "function main() return 1 end") });
  await subject.run("p");
  expect((await subject.host.restart("p")).ok).toBe(true);
  expect(subject.records.map(({ kind }) => kind).filter((kind) => kind.startsWith("plugin."))).toStrictEqual([
    "plugin.load",
    "plugin.unload",
    "plugin.load",
  ]);
  expect(await subject.run("p")).toStrictEqual(succeed(1));
});

test("a plugin that crashes three times is quarantined", async () => {
  const crashing = (backend: Backend): Backend => ({
    ...backend,
    instantiate: async (artifact, options) => {
      const instance = await backend.instantiate(artifact, options);
      if (!instance.ok) return instance;
      const broken: Instance = {
        ...instance.value,
        call: ({ context }) => settledInvocation(context.executionId, fail("thread/crashed", "The thread ended")),
      };
      return succeed(broken);
    },
  });
  const subject = await start({ "/system/p.lua": lua("p", "function main() end") }, {}, crashing);
  for (let times = 0; times < 3; times++)
    expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "thread/crashed" } });
  expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "capability/quarantined" } });
  unwrap(await subject.quarantine.release({ plugin: "p", home: "system" }));
  expect(await subject.run("p")).toMatchObject({ ok: false, error: { code: "thread/crashed" } });
});
