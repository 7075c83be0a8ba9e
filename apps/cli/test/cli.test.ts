import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

let folder: string;
let kiln: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cru-"));
  kiln = join(folder, "kiln");
  mkdirSync(kiln);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function cru(args: readonly string[], options: { readonly cwd?: string; readonly input?: string } = {}): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, ...args],
      {
        cwd: options.cwd ?? kiln,
        env: { PATH: process.env["PATH"], HOME: folder, CRUCIBLE_HOME: join(folder, "home"), USER: "ada" },
      },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
    child.stdin?.end(options.input ?? "");
  });
}

function plugin(name: string, code: string, more = ""): string {
  return `--[[\n---\nname: ${name}\ndescription: A plugin for tests\nlanguage: lua\n${more}---\n]]\n${code}\n`;
}

function putSystemPlugin(name: string, code: string, more = ""): void {
  mkdirSync(join(folder, "home/config/plugins"), { recursive: true });
  writeFileSync(join(folder, "home/config/plugins", `${name}.lua`), plugin(name, code, more));
}

test("kiln init makes a kiln once and leaves notes alone", async () => {
  writeFileSync(join(kiln, "note.md"), "# A note\n");
  const first = await cru(["kiln", "init"]);
  expect([first.code, first.stdout]).toStrictEqual([0, `${kiln}\n`]);
  const second = await cru(["--json", "kiln", "init"]);
  expect(JSON.parse(second.stdout)).toStrictEqual({ path: kiln, created: false });
  expect(readFileSync(join(kiln, "note.md"), "utf8")).toBe("# A note\n");
});

describe("run", () => {
  test("prints the result and nothing else on standard output", async () => {
    putSystemPlugin("echo", "function main(p) print('a remark') return p end", "parameters: { type: object }\n");
    const text = await cru(["run", "echo", "--param", "a=1", "--param", "b=two", "--param", 'c={"d":1.0}']);
    expect([text.code, JSON.parse(text.stdout)]).toStrictEqual([0, { a: 1, b: "two", c: { d: 1 } }]);
    expect(text.stderr).toContain("a remark");
    const json = await cru(["--json", "--quiet", "run", "echo", "--params", "-"], { input: '{"x": 1.0}' });
    expect([json.stdout, json.stderr]).toStrictEqual(['{\n  "x": 1.0\n}\n', ""]);
  });

  test.each([
    ["nothing", ["run", "nothing"], 6, "Plugin not found: nothing"],
    ["no action", ["run", "echo.nothing"], 6, "Action 'nothing' not found in plugin 'echo'"],
    ["no JSON", ["run", "echo", "--params", "{"], 2, "line 1, column 2"],
    ["no pair", ["run", "echo", "--param", "x"], 2, "key=value"],
    ["an unknown option", ["run", "echo", "--frobnicate"], 2, "--frobnicate"],
    ["an unknown command", ["frobnicate"], 2, "frobnicate"],
    ["a missing file", ["run", "./nothing.lua"], 6, "no such file"],
    ["a kiln that is none", ["--kiln", "nowhere", "plugins", "list"], 6, "no such folder"],
  ])("fails clearly for %s", async (_, args, code, message) => {
    const run = await cru(args);
    expect(run.code).toBe(code);
    expect(run.stderr).toContain(message);
    expect(run.stdout).toBe("");
  });

  test("shows where a plugin failed, with the source line, and exits with its kind of failure", async () => {
    putSystemPlugin("fails", "local function inner()\n  error('broken')\nend\nfunction main() inner() end");
    const failed = await cru(["run", "fails"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/guest\/exception.*broken/);
    expect(failed.stderr).toContain("fails.lua:9");
    expect(failed.stderr).toContain("error('broken')");
    putSystemPlugin("spins", "function main() while true do end end", "limits: { timeout_ms: 50 }\n");
    expect((await cru(["run", "spins"])).code).toBe(5);
    putSystemPlugin(
      "typed",
      "function main(p) return p.n end",
      "parameters: { n: { type: integer, required: true } }\n",
    );
    expect((await cru(["run", "typed", "--param", "n=x"])).code).toBe(3);
    const json = await cru(["--json", "run", "spins"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: "limit/deadline" } });
  });

  test("repeats exactly with a seed", async () => {
    putSystemPlugin("dice", "function main() return crucible.random_int(1, 1000000000) end");
    const [a, b, c] = await Promise.all([
      cru(["run", "dice", "--seed", "7"]),
      cru(["run", "dice", "--seed", "7"]),
      cru(["run", "dice", "--seed", "8"]),
    ]);
    expect(a.stdout).toBe(b.stdout);
    expect(a.stdout).not.toBe(c.stdout);
  });
});

test("the configuration chooses colours and the form of results, and a wrong one stops every command", async () => {
  const home = mkdtempSync(join(folder, "configured-"));
  mkdirSync(join(home, "config"), { recursive: true });
  const configure = (text: string): void => writeFileSync(join(home, "config/config.toml"), text);
  const list = (): Promise<Run> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        [bin, "plugins", "grants", "list"],
        { cwd: home, env: { PATH: process.env["PATH"], CRUCIBLE_HOME: home } },
        (error, stdout, stderr) => resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
      );
    });
  configure('[output]\nformat = "table"\ncolor = "always"\n');
  expect((await list()).stdout).toContain("\u001b[2mID");
  configure('[output]\nformat = "json"\n');
  expect(JSON.parse((await list()).stdout)).toStrictEqual({ grants: [], limits: [] });
  configure('[output]\nformat = "jsn"\n');
  const wrong = await list();
  expect([wrong.code, wrong.stderr.includes("Did you mean")]).toStrictEqual([3, true]);
});

describe("a kiln's plugin", () => {
  test("is listed at once, runs after it was trusted, writes after it was granted, and all of it is journalled", async () => {
    mkdirSync(join(kiln, "plugins"), { recursive: true });
    writeFileSync(
      join(kiln, "plugins/scribe.lua"),
      plugin(
        "scribe",
        "function main() return crucible.write_note('log.md', 'Hello').path end",
        "capabilities: [KilnWrite]\n",
      ),
    );
    const listed = JSON.parse((await cru(["--json", "plugins", "list"])).stdout) as {
      plugins: { name: string; source: string }[];
    };
    expect(listed.plugins.find(({ name }) => name === "scribe")).toMatchObject({
      source: "kiln",
      state: "untrusted",
      capabilities: ["KilnWrite"],
    });
    expect((await cru(["plugins", "show", "scribe"])).stdout).toMatch(/^state +untrusted$/m);

    const untrusted = await cru(["run", "scribe"]);
    expect([untrusted.code, untrusted.stderr.includes("cru plugins trust scribe")]).toStrictEqual([4, true]);
    expect((await cru(["plugins", "trust", "scribe"])).code).toBe(0);

    const denied = await cru(["run", "scribe"]);
    expect(denied.code).toBe(4);
    const command = /cru (plugins grants allow [^\n]*)/.exec(denied.stderr)?.[1];
    expect(command).toBeDefined();
    const granted = await cru((command ?? "").match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? []);
    expect(granted.code, granted.stderr).toBe(0);

    expect((await cru(["run", "scribe"])).stdout).toBe("log.md\n");
    expect(readFileSync(join(kiln, "log.md"), "utf8")).toContain("Hello");

    const grants = JSON.parse((await cru(["--json", "plugins", "grants", "list"])).stdout) as {
      grants: { id: string }[];
    };
    expect(grants.grants.length).toBe(1);
    expect((await cru(["plugins", "grants", "revoke", grants.grants[0]?.id ?? ""])).code).toBe(0);
    expect((await cru(["run", "scribe"])).code).toBe(4);

    const tail = JSON.parse(
      (await cru(["--json", "audit", "tail", "--plugin", "scribe", "--kind", "host.call"])).stdout,
    ) as { decision: string }[];
    expect(tail.map(({ decision }) => decision)).toStrictEqual(["unattended", "granted", "unattended"]);
    expect((await cru(["audit", "verify"])).code).toBe(0);
    expect((await cru(["plugins", "trust", "scribe", "--remove"])).code).toBe(0);
    expect((await cru(["run", "scribe"])).code).toBe(4);
  });
});

describe("plugins", () => {
  test.each(["lua", "rune"])(
    "new makes a plugin in %s that validates, runs, and follows the edits of its author",
    async (lang) => {
      const path = join(kiln, "plugins", `fresh-${lang}.${lang}`);
      const made = await cru(["plugins", "new", `fresh-${lang}`, "--lang", lang, "--install"]);
      expect(made.stdout).toBe(`${path}\n`);
      const validated = await cru(["plugins", "validate", `fresh-${lang}`]);
      expect(validated.code, validated.stdout).toBe(0);
      const run = (): ReturnType<typeof cru> => cru(["run", `fresh-${lang}`, "--param", "name=Ada"]);
      expect(JSON.parse((await run()).stdout)).toMatchObject({ greeting: "Hello, Ada!" });
      writeFileSync(path, readFileSync(path, "utf8").replaceAll("Hello", "Hi"));
      expect(JSON.parse((await run()).stdout)).toMatchObject({ greeting: "Hi, Ada!" });
      // What asks for more is not followed.
      writeFileSync(path, readFileSync(path, "utf8").replace("[KilnRead]", "[KilnRead, KilnWrite]"));
      expect((await run()).code).toBe(4);
      rmSync(path);
    },
  );

  test("new writes into the folder in which one stands, and never over a file", async () => {
    const among = join(kiln, "plugins/tools");
    const outside = join(folder, "outside");
    for (const each of [among, outside]) mkdirSync(each, { recursive: true });
    expect((await cru(["plugins", "new", "fresh"], { cwd: among })).stdout).toBe(`${join(among, "fresh.rune")}\n`);
    expect((await cru(["plugins", "new", "fresh"])).stdout).toBe(`${join(kiln, "fresh.rune")}\n`);
    expect((await cru(["plugins", "new", "fresh"], { cwd: outside })).stdout).toBe(`${join(outside, "fresh.rune")}\n`);
    for (const [cwd, args] of [
      [among, []],
      [among, ["--install"]],
      [kiln, []],
      [outside, []],
    ] as const) {
      const again = await cru(["plugins", "new", "fresh", ...args], { cwd });
      expect([again.code, again.stderr]).toStrictEqual([7, expect.stringContaining("remove the file first")]);
    }
    expect((await cru(["plugins", "new", "other", "--install"], { cwd: outside })).code).toBe(6);
    expect((await cru(["plugins", "new", "Bad Name"])).stderr).toContain("cru plugins new bad-name");
    expect((await cru(["plugins", "new", "Bad Name"])).code).toBe(2);
    expect((await cru(["plugins", "new", "graph"])).code).toBe(7);
    rmSync(among, { recursive: true });
    rmSync(join(kiln, "fresh.rune"));
  });

  test("what was mistyped is suggested: plugins, actions, and every parameter", async () => {
    putSystemPlugin(
      "greeter",
      "function main(p) return p.name end",
      "parameters: { name: { type: string, required: true } }\n",
    );
    const plugin = await cru(["run", "greter"]);
    expect([plugin.code, plugin.stderr]).toStrictEqual([
      6,
      'error plugin/not-found Plugin not found: greter\n  help Did you mean "greeter"?\n',
    ]);
    const action = await cru(["run", "greeter.mian"]);
    expect([action.code, action.stderr]).toStrictEqual([
      6,
      "error plugin/action-not-found Action 'mian' not found in plugin 'greeter'\n  help Did you mean \"main\"?\n",
    ]);
    const parameters = await cru(["run", "greeter", "-p", "nam=Ada", "-p", "x=1"]);
    expect([parameters.code, parameters.stderr]).toStrictEqual([
      3,
      [
        'error invocation/invalid-parameters Cannot accept the parameters of "greeter":',
        '  • "name" is missing',
        '  • "nam" is not known. Did you mean "name"?',
        '  • "x" is not known. Known are name',
        "  help See cru plugins show greeter",
        "",
      ].join("\n"),
    ]);
    // Of what never ran nothing is said.
    expect((await cru(["run", "greter", "--dry-run"])).stderr).not.toContain("Dry run");
  });

  test("show tells everything about one", async () => {
    const shown = await cru(["plugins", "show", "typed"]);
    expect(shown.stdout).toMatch(/typed 0\.1\.0[\s\S]*system[\s\S]*KilnRead[\s\S]*"integer"/);
    expect(JSON.parse((await cru(["--json", "plugins", "show", "typed"])).stdout)).toMatchObject({
      name: "typed",
      capabilities: [{ name: "KilnRead" }],
    });
    expect((await cru(["plugins", "show", "nothing"])).code).toBe(6);
  });

  test("validate reports every finding with its line and exits non-zero; nothing to check is not success", async () => {
    const broken = join(kiln, "broken.lua");
    writeFileSync(broken, plugin("broken", "function main(", "capabilites: [KilnRead]\n"));
    const manifest = await cru(["plugins", "validate", "broken.lua"]);
    expect([manifest.code, manifest.stdout.includes("broken.lua:6")]).toStrictEqual([3, true]);
    expect(manifest.stdout).toContain("capabilities");
    writeFileSync(broken, plugin("broken", "function main(\n  return\nend"));
    const syntax = await cru(["plugins", "validate", "broken.lua"]);
    expect([syntax.code, syntax.stdout.includes("compile/syntax")]).toStrictEqual([3, true]);
    const empty = mkdtempSync(join(folder, "empty-"));
    const none = await new Promise<Run>((resolve) => {
      execFile(
        process.execPath,
        [bin, "plugins", "validate"],
        { cwd: empty, env: { PATH: process.env["PATH"], CRUCIBLE_HOME: empty } },
        (error, stdout, stderr) => resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
      );
    });
    expect(none.code).toBe(2);
  });
});

describe("a kiln", () => {
  test("is searched and walked", async () => {
    writeFileSync(join(kiln, "wheels.md"), "# Wheels\n\nA spoke is tightened with a key, see [[note]].\n");
    const found = JSON.parse((await cru(["--json", "kiln", "search", "spoke", "--mode", "lexical"])).stdout) as {
      results: { path: string }[];
    };
    expect(found.results.map(({ path }) => path)).toStrictEqual(["wheels.md"]);
    const walked = await cru(["kiln", "graph", "wheels.md", "--depth", "1"]);
    expect(walked.stdout).toMatch(/^0\twheels\.md.*\n1\tnote\.md/);
    expect((await cru(["kiln", "graph", "nothing.md"])).code).toBe(6);
    const nowhere = await cru(["kiln", "search", "x"], { cwd: folder });
    expect([nowhere.code, nowhere.stderr.includes("cru kiln init")]).toStrictEqual([6, true]);
  });

  test("is changed by a run, shown by a dry run, and restored by undo, byte for byte", async () => {
    putSystemPlugin(
      "editor",
      "function main() crucible.append_note('wheels.md', 'More.') crucible.write_note('new.md', 'Text') crucible.state.set('k', 1) return crucible.context().executionId end",
      "capabilities: [KilnWrite, StateManage]\n",
    );
    const before = readFileSync(join(kiln, "wheels.md"));
    const dry = await cru(["run", "editor", "--dry-run"]);
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stderr).toContain("+More.");
    expect(readFileSync(join(kiln, "wheels.md")).equals(before)).toBe(true);
    expect(existsSync(join(kiln, "new.md"))).toBe(false);

    expect((await cru(["plugins", "grants", "allow", "editor", "KilnWrite"])).code).toBe(0);
    const id = (await cru(["run", "editor"])).stdout.trim();
    expect(readFileSync(join(kiln, "wheels.md")).equals(before)).toBe(false);
    const undone = await cru(["undo", id]);
    expect(undone.code, undone.stderr).toBe(0);
    expect(undone.stdout.trim().split("\n").sort()).toStrictEqual([
      "removed .crucible/plugin-state/editor.json",
      "removed new.md",
      "restored wheels.md",
    ]);
    expect(readFileSync(join(kiln, "wheels.md")).equals(before)).toBe(true);

    const again = (await cru(["run", "editor"])).stdout.trim();
    writeFileSync(join(kiln, "new.md"), "somebody else");
    const refused = await cru(["undo", again]);
    expect([refused.code, refused.stderr.includes("new.md")]).toStrictEqual([7, true]);
    expect((await cru(["undo", "nothing"])).code).toBe(6);
  });
});

describe("the privacy of former contents", () => {
  test("is kept: a kiln that turns audit.keep_values off has changes that cannot be undone, and no copy of them", async () => {
    const secretive = join(folder, "secretive");
    mkdirSync(join(secretive, ".crucible"), { recursive: true });
    writeFileSync(join(secretive, ".crucible/config.toml"), "[audit]\nkeep_values = false\n");
    writeFileSync(join(secretive, "wheels.md"), "A secret of 1843\n");
    expect((await cru(["plugins", "grants", "allow", "editor", "KilnWrite"], { cwd: secretive })).code).toBe(0);
    const run = await cru(["run", "editor"], { cwd: secretive });
    expect(run.code, run.stderr).toBe(0);
    const undone = await cru(["undo", run.stdout.trim()], { cwd: secretive });
    expect([undone.code, undone.stderr.includes("not kept")]).toStrictEqual([6, true]);
    expect(readFileSync(join(secretive, "wheels.md"), "utf8")).toBe("A secret of 1843\nMore.\n");
    const values = join(folder, "home/state/audit-values");
    const kept = readdirSync(values).map((name) => readFileSync(join(values, name), "utf8"));
    expect(kept.filter((text) => text.includes("A secret of 1843"))).toStrictEqual([]);
  });
});

describe("plugins stubs", () => {
  test("writes declarations for editors into the kiln, and again over its own, but not over what people wrote", async () => {
    const run = await cru(["plugins", "stubs"]);
    expect(run.code, run.stderr).toBe(0);
    const stubs = join(kiln, ".crucible/stubs");
    for (const [file, line] of [
      ["lua/crucible.lua", "function crucible.read_note(path) end"],
      ["typescript/crucible.d.ts", "export function read_note(path: string)"],
      ["rune/crucible.rn", "pub fn read_note(path) {}"],
      ["wit/host.wit", "read-note: func(path: string)"],
      ["lua/statemachine.lua", "---@meta statemachine"],
    ] as const)
      expect(readFileSync(join(stubs, file), "utf8")).toContain(line);
    expect((await cru(["plugins", "stubs", ".crucible/stubs"])).code).toBe(0);
    writeFileSync(join(stubs, "lua/crucible.lua"), "-- mine\n");
    const refused = await cru(["plugins", "stubs"]);
    expect([refused.code, refused.stderr.includes("crucible.lua")]).toStrictEqual([7, true]);
    expect((await cru(["plugins", "stubs"], { cwd: folder })).code).toBe(6);
  });
});

test("interrupting a run ends the plugin and exits with 130", async () => {
  putSystemPlugin("waits", "function main() crucible.progress(0, 'started') while true do end end");
  const run = await new Promise<Run>((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, "run", "waits"],
      { cwd: kiln, env: { PATH: process.env["PATH"], CRUCIBLE_HOME: join(folder, "home") } },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
    child.stderr?.on("data", (text: string) => {
      if (text.includes("started")) child.kill("SIGINT");
    });
  });
  expect([run.code, run.stderr.includes("invocation/cancelled")]).toStrictEqual([130, true]);
});

describe("plugins install, remove, lock, unload, quarantine and stats", () => {
  const write = (name: string, code: string, more = ""): string => {
    const path = join(folder, `${name}.lua`);
    writeFileSync(path, plugin(name.split("-v")[0] ?? name, code, more));
    return path;
  };

  test("installs what validates, tells what breaks callers, refuses what is there, and removes it", async () => {
    const first = write(
      "tool-v1",
      "function main(p) return p.a end",
      "version: 1.0.0\nparameters: { a: { type: integer } }\n",
    );
    const installed = await cru(["--json", "plugins", "install", first, "--scope", "kiln"]);
    expect(installed.code).toBe(0);
    expect(JSON.parse(installed.stdout)).toMatchObject({ name: "tool", path: join(kiln, "plugins/tool-v1.lua") });
    // Without a person it waits for one.
    expect(JSON.parse(installed.stdout)).toMatchObject({ waits: true });
    expect((await cru(["run", "tool", "--param", "a=3"])).code).toBe(4);
    expect((await cru(["plugins", "trust", "tool"])).code).toBe(0);
    expect((await cru(["run", "tool", "--param", "a=3"])).stdout).toBe("3\n");
    const second = write("tool-v2", "function main() return 1 end", "version: 1.1.0\n");
    const breaking = await cru(["plugins", "install", second, "--scope", "kiln"]);
    expect([breaking.code, breaking.stderr]).toMatchObject([
      0,
      expect.stringContaining("main does not take a any more"),
    ]);
    const other = write("tool-v1", "function main() return 2 end", "version: 1.0.0\n");
    expect((await cru(["plugins", "install", other, "--scope", "kiln"])).code).toBe(7);
    const wrong = write("wrong", "function main( end");
    expect((await cru(["plugins", "install", wrong])).code).toBe(3);
    expect((await cru(["plugins", "remove", "tool"])).stdout).toBe(`${join(kiln, "plugins/tool-v2.lua")}\n`);
    expect((await cru(["plugins", "remove", "tool"])).code).toBe(0);
    expect((await cru(["plugins", "remove", "tool"])).code).toBe(6);
  });

  test("refuses to remove what others depend on", async () => {
    putSystemPlugin("needed", "function main() end");
    putSystemPlugin("needing", "function main() end", "dependencies: { needed: '*' }\n");
    expect(await cru(["plugins", "remove", "needed"])).toMatchObject({
      code: 7,
      stderr: expect.stringContaining("needing"),
    });
    expect((await cru(["plugins", "remove", "needing"])).code).toBe(0);
    expect((await cru(["plugins", "remove", "needed"])).code).toBe(0);
  });

  test("locks contents, so that other bytes under the same version do not run", async () => {
    const file = write("locked", "function main() return 1 end", "version: 1.0.0\n");
    await cru(["plugins", "install", file, "--scope", "kiln"]);
    const lock = await cru(["plugins", "lock"]);
    expect(lock.stdout).toBe(`${join(kiln, "plugins/plugins.lock")}\n`);
    writeFileSync(
      join(kiln, "plugins/locked.lua"),
      plugin("locked", "function main() return 2 end", "version: 1.0.0\n"),
    );
    expect(await cru(["run", "locked"])).toMatchObject({
      code: 7,
      stderr: expect.stringContaining("not the one of the lock"),
    });
    expect((await cru(["plugins", "lock"])).code).toBe(0);
    expect((await cru(["run", "locked"])).code).toBe(4);
    rmSync(join(kiln, "plugins/plugins.lock"));
  });

  test("unload, quarantine, stats, doctor and config answer as data", async () => {
    putSystemPlugin("counted", "function main() return 1 end");
    await cru(["run", "counted"]);
    expect(JSON.parse((await cru(["--json", "plugins", "unload", "counted"])).stdout)).toStrictEqual({
      plugin: "counted",
      freed: 0,
    });
    expect(JSON.parse((await cru(["--json", "plugins", "quarantine", "list"])).stdout)).toMatchObject({ plugins: [] });
    expect((await cru(["plugins", "quarantine", "release", "counted"])).code).toBe(6);
    const { plugins } = JSON.parse((await cru(["--json", "plugins", "stats"])).stdout) as {
      readonly plugins: readonly {
        readonly plugin: string;
        readonly invocations: number;
        readonly memoryBytes: number;
      }[];
    };
    const counted = plugins.find((each) => each.plugin === "counted");
    expect(counted).toMatchObject({ invocations: 1, failures: 0 });
    expect(counted?.memoryBytes).toBeGreaterThan(0);
    expect((await cru(["plugins", "stats", "--prometheus"])).stdout).toContain(
      'crucible_invocations_total{plugin="counted",status="ok"} 1',
    );
    expect(JSON.parse((await cru(["--json", "doctor"])).stdout)).toMatchObject({ ok: true });
    const config = await cru(["--json", "config", "show", "--sources"]);
    expect(JSON.parse(config.stdout)).toMatchObject({ "approvals.timeout_ms": { value: 30000, sources: ["default"] } });
  });

  test("looking leaves nothing in the journal", async () => {
    await cru(["plugins", "list"]);
    const before = (await cru(["--json", "audit", "verify"])).stdout;
    await cru(["plugins", "quarantine", "list"]);
    await cru(["config", "show"]);
    expect((await cru(["--json", "audit", "verify"])).stdout).toBe(before);
  });

  test("a finding's hint is printed once", async () => {
    const file = write("hinted", "function main() end", "capabilites: []\n");
    const { stdout } = await cru(["plugins", "validate", file]);
    expect(stdout.split("Did you mean").length).toBe(2);
  });
});
