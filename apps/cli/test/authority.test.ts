// What a person settles from the command line: grants with an end, callers that they are for, trust with raised limits,
// release from quarantine; and that all of it counts at once, also in a process that already runs.
import { execFile, type ExecFileException } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

let folder: string;
let kiln: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cru-"));
  kiln = join(folder, "kiln");
  mkdirSync(kiln);
  await cru(["kiln", "init"]);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function cru(args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const ended = (error: ExecFileException | null, stdout: string, stderr: string): void =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    const env = { PATH: process.env["PATH"], HOME: folder, CRUCIBLE_HOME: join(folder, "home"), USER: "ada" };
    execFile(process.execPath, [bin, ...args], { cwd: kiln, env }, ended).stdin?.end();
  });
}

/** A Lua plugin of the user, which is trusted by where it lies; or of the kiln, which is not. */
function putPlugin(name: string, frontMatter: string, code: string, where: "user" | "kiln" = "user"): void {
  const plugins = where === "user" ? join(folder, "home/config/plugins") : join(kiln, "plugins");
  mkdirSync(plugins, { recursive: true });
  const text = `--[[\n---\nname: ${name}\ndescription: For tests\nlanguage: lua\n${frontMatter}---\n]]\n${code}\n`;
  writeFileSync(join(plugins, `${name}.lua`), text);
}

const writer = `function main() crucible.write_note("a.md", "mine") return "done" end`;

/** Records of the journal as data. */
async function records(...filter: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { stdout } = await cru(["--json", "audit", "query", ...filter]);
  return JSON.parse(stdout) as readonly Record<string, unknown>[];
}

test("without a person a call that asks is denied with the command that permits it, and that command permits it", async () => {
  putPlugin("writer", "capabilities: [KilnWrite]\n", writer);
  const denied = await cru(["run", "writer"]);
  expect(denied.code).toBe(4);
  const command = /cru (plugins grants allow [^\n"]+)/.exec(denied.stderr)?.[1] ?? "";
  expect(command).toContain("writer KilnWrite");
  expect((await cru(command.trim().split(/\s+/))).code).toBe(0);
  expect((await cru(["run", "writer"])).code).toBe(0);
});

test("a grant with an end counts until then, and the list shows both", async () => {
  putPlugin("writer", "capabilities: [KilnWrite]\n", writer);
  const wrong = await cru(["plugins", "grants", "allow", "writer", "KilnWrite", "--expires", "soon"]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("30m, 12h, 7d")]);
  const added = await cru(["--json", "plugins", "grants", "allow", "writer", "KilnWrite", "--expires", "7d"]);
  const grant = JSON.parse(added.stdout) as { readonly created: number; readonly expires: number };
  expect(grant.expires - grant.created).toBeGreaterThan(6.99 * 86_400_000);
  expect(grant.expires - grant.created).toBeLessThan(7.01 * 86_400_000);
  expect((await cru(["run", "writer"])).code).toBe(0);
  const listed = await cru(["plugins", "grants", "list"]);
  expect(listed.stdout).toContain(new Date(grant.expires).toISOString().slice(0, 16));
});

test("revoking a grant counts for the next call of a process that runs already", async () => {
  putPlugin(
    "busy",
    "capabilities: [KilnWrite]\n",
    `function main()
  for i = 1, 50000 do
    local ok, failure = pcall(crucible.write_note, "n.md", "text " .. i)
    if not ok then return failure.code end
  end
  return "never refused"
end`,
  );
  const added = await cru(["--json", "plugins", "grants", "allow", "busy", "KilnWrite"]);
  const { id } = JSON.parse(added.stdout) as { readonly id: string };
  const running = cru(["run", "busy"]);
  while (!existsSync(join(kiln, "n.md"))) await new Promise((resolve) => setImmediate(resolve));
  expect((await cru(["plugins", "grants", "revoke", id])).code).toBe(0);
  expect((await running).stdout).toBe("capability/denied\n");
});

test("a denied folder is not found by lists, searches and the graph of the whole kiln either", async () => {
  mkdirSync(join(kiln, "Private"));
  mkdirSync(join(kiln, "Projects"));
  writeFileSync(join(kiln, "Private/diary.md"), "hidden words");
  writeFileSync(join(kiln, "Projects/plan.md"), "open words");
  putPlugin(
    "looker",
    "capabilities: [KilnRead]\nparameters: { type: object }\n",
    `local looks = {
  list = function(folder) return #crucible.list_notes(folder, { recursive = true }) end,
  search = function(folder) return #crucible.search("words", { folders = folder ~= "" and { folder } or nil, mode = "lexical" }) end,
  graph = function(folder) return require("graph").size({ folder = folder }).nodes end,
}
function main(p)
  local ok, found = pcall(looks[p.look], p.folder)
  return ok and found or found.code
end`,
  );
  const look = async (name: string, folder: string): Promise<string> =>
    (await cru(["run", "looker", "--param", `look=${name}`, "--param", `folder=${folder}`])).stdout.trim();
  for (const name of ["list", "search", "graph"]) expect([name, await look(name, "")]).toEqual([name, "2"]);
  await cru(["plugins", "grants", "allow", "looker", "KilnRead", "--scope", "Private", "--deny"]);
  for (const name of ["list", "search", "graph"]) {
    expect([name, await look(name, "")]).toEqual([name, "capability/denied"]);
    expect([name, await look(name, "Private")]).toEqual([name, "capability/denied"]);
    expect([name, await look(name, "Projects")]).toEqual([name, "1"]);
  }
});

test("notes are reached by their tags, where the manifest or a denial names these", async () => {
  writeFileSync(join(kiln, "plan.md"), "---\ntags: [project/active]\n---\nplan");
  writeFileSync(join(kiln, "diary.md"), "#diary\n\nwords");
  const read = `function main(p)
  local ok, found = pcall(crucible.read_note, p.path)
  return ok and "read" or found.code
end`;
  putPlugin("tagged", `capabilities: [{ name: KilnRead, scope: "#project" }]\nparameters: { type: object }\n`, read);
  putPlugin("barred", "capabilities: [KilnRead]\nparameters: { type: object }\n", read);
  await cru(["plugins", "grants", "allow", "barred", "KilnRead", "--scope", "#diary", "--deny"]);
  const look = async (name: string, path: string): Promise<string> =>
    (await cru(["run", name, "--param", `path=${path}`])).stdout.trim();
  expect([await look("tagged", "plan"), await look("tagged", "diary")]).toEqual(["read", "capability/escalation"]);
  expect([await look("barred", "plan"), await look("barred", "diary")]).toEqual(["read", "capability/denied"]);
});

test("an agreement for one caller does not cover another one", async () => {
  const relay = `function main() return require("callee").main({}) end`;
  putPlugin("callee", "capabilities: [KilnWrite]\n", writer);
  for (const name of ["friend", "stranger"])
    putPlugin(name, `capabilities: [PluginInvoke]\ndependencies: { callee: "*" }\n`, relay);
  await cru(["plugins", "grants", "allow", "callee", "KilnWrite"]);
  expect((await cru(["run", "friend"])).code).toBe(4);
  const agreed = await cru(["plugins", "grants", "allow", "callee", "KilnWrite", "--on-behalf-of", "friend"]);
  expect(agreed.code).toBe(0);
  expect((await cru(["run", "friend"])).code).toBe(0);
  expect((await cru(["run", "stranger"])).code).toBe(4);
});

test("trusting shows what the plugin asks for, what changed, and records every raised limit", async () => {
  const returnsOne = "function main() return 1 end";
  putPlugin("other", "version: 1.0.0\n", returnsOne);
  putPlugin("plain", "", returnsOne, "kiln");
  expect((await cru(["run", "plain"])).code).toBe(4);
  expect((await cru(["plugins", "trust", "plain"])).code).toBe(0);
  expect((await cru(["run", "plain"])).code).toBe(0);
  expect(await records("--kind", "limit.change")).toEqual([]);

  putPlugin(
    "plain",
    `capabilities: [NetworkHttps]\ndependencies: { other: "^1.0.0" }\nlimits: { timeout_ms: 60000 }\n`,
    returnsOne,
    "kiln",
  );
  expect((await cru(["run", "plain"])).code).toBe(4);
  const again = await cru(["plugins", "trust", "plain"]);
  expect(again.stderr).toContain("NetworkHttps");
  expect(again.stderr).toContain("other");
  expect(again.stderr).toContain("timeout_ms: 60000 instead of 30000");
  expect(await records("--kind", "limit.change")).toMatchObject([
    { plugin: "plain", limit: "timeout_ms", from: 30_000, to: 60_000, approved_by: "ada" },
  ]);
});

test("limits of the user's own plugin above the defaults run once they are agreed to, and not after that is revoked", async () => {
  putPlugin("cruncher", "capabilities: []\nlimits: { timeout_ms: 60000, burst: 30 }\n", "function main() return 1 end");
  const denied = await cru(["run", "cruncher"]);
  expect(denied.code).toBe(4);
  const command = /cru (plugins grants allow cruncher timeout_ms=60000 burst=30)/.exec(denied.stderr)?.[1] ?? "";
  const agreed = await cru(["--json", ...command.split(" ")]);
  const { id } = JSON.parse(agreed.stdout) as { readonly id: string };
  expect((await cru(["run", "cruncher"])).stdout).toBe("1\n");
  expect((await cru(["plugins", "grants", "list"])).stdout).toContain("timeout_ms=60000 burst=30");
  putPlugin("cruncher", "capabilities: []\nlimits: { timeout_ms: 60001 }\n", "function main() return 1 end");
  expect((await cru(["run", "cruncher"])).code).toBe(4);
  putPlugin("cruncher", "capabilities: []\nlimits: { timeout_ms: 59999 }\n", "function main() return 1 end");
  expect((await cru(["run", "cruncher"])).code).toBe(0);
  expect((await cru(["plugins", "grants", "revoke", id])).code).toBe(0);
  expect((await cru(["run", "cruncher"])).code).toBe(4);
  expect(await records("--kind", "limit.change")).toMatchObject([
    { plugin: "cruncher", limit: "timeout_ms", from: 30_000, to: 60_000, approved_by: "ada" },
    { plugin: "cruncher", limit: "burst", from: 20, to: 30, approved_by: "ada" },
    { plugin: "cruncher", limit: "timeout_ms", from: 60_000, to: 30_000, approved_by: "ada" },
    { plugin: "cruncher", limit: "burst", from: 30, to: 20, approved_by: "ada" },
  ]);
  for (const wrong of ["timeout_ms=30000", "timeout_ms=600001", "timeout_ms=1e9", "patience=5", "fuel=5"])
    expect([wrong, (await cru(["plugins", "grants", "allow", "cruncher", wrong])).code]).toEqual([wrong, 2]);
});

test("what is installed without a person waits until somebody agrees to it, wherever it lies", async () => {
  const from = join(folder, "foreign.lua");
  const code = "function main() return 'ran' end";
  writeFileSync(from, `---\nname: foreign\ndescription: d\nlanguage: lua\ncapabilities: [KilnWrite]\n---\n${code}\n`);
  for (const scope of ["system", "kiln"]) {
    const installed = await cru(["plugins", "install", from, "--scope", scope]);
    expect([installed.code, installed.stderr]).toEqual([0, expect.stringContaining("KilnWrite (everything)")]);
    const refused = await cru(["run", "foreign"]);
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("cru plugins trust foreign")]);
    expect((await cru(["plugins", "trust", "foreign"])).code).toBe(0);
    expect((await cru(["run", "foreign"])).stdout).toBe("ran\n");
    expect((await cru(["plugins", "remove", "foreign"])).code).toBe(0);
  }
  expect(await records("--kind", "plugin.trust")).toHaveLength(2);
});

test("a plugin that goes beyond its manifest three times is stopped, told about, and runs again once it is released", async () => {
  putPlugin("greedy", "capabilities: []\n", writer);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const run = await cru(["run", "greedy"]);
    expect(run.code).toBe(4);
    expect(run.stderr).toContain(`attempt ${attempt}`);
  }
  const stopped = await cru(["run", "greedy"]);
  expect(stopped.stderr).toContain("capability/quarantined");
  const command = /cru (plugins quarantine release greedy)/.exec(stopped.stderr)?.[1] ?? "";
  expect((await cru(command.split(" "))).code).toBe(0);
  expect((await cru(["run", "greedy"])).stderr).toContain("capability/escalation");
  expect(await records("--kind", "security", "--plugin", "greedy")).toHaveLength(4);
  expect(await records("--kind", "plugin.trust", "--plugin", "greedy")).toMatchObject([{ change: "release" }]);
});

test("HTTP and files outside of the kiln work once they are granted, and not at the kiln or at private addresses", async () => {
  const server = createServer((_request, response) => response.end("pong"));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  putPlugin(
    "caller",
    "capabilities: [NetworkHttp]\nparameters: { type: object }\n",
    `function main(p) return crucible.http.get(p.url).body end`,
  );
  const url = `http://127.0.0.1:${port}/`;
  await cru(["plugins", "grants", "allow", "caller", "NetworkHttp"]);
  expect((await cru(["run", "caller", "--param", `url=${url}`])).code).toBe(4);
  putPlugin(
    "caller",
    `capabilities: [{ name: NetworkHttp, scope: "127.0.0.1:${port}" }]\nparameters: { type: object }\n`,
    `function main(p) return crucible.http.get(p.url).body end`,
  );
  await cru(["plugins", "grants", "allow", "caller", "NetworkHttp", "--scope", `127.0.0.1:${port}`]);
  expect((await cru(["run", "caller", "--param", `url=${url}`])).stdout).toContain("pong");
  await new Promise((resolve) => {
    server.close(resolve);
  });

  const outside = join(folder, "outside.txt");
  writeFileSync(outside, "text");
  writeFileSync(join(kiln, "note.md"), "mine");
  putPlugin(
    "reader",
    `capabilities: [{ name: FsRead, scope: "${folder}/**" }]\nparameters: { type: object }\n`,
    `function main(p) return tostring(crucible.fs.read(p.path)) end`,
  );
  await cru(["plugins", "grants", "allow", "reader", "FsRead", "--scope", `${folder}/**`]);
  expect((await cru(["run", "reader", "--param", `path=${outside}`])).stdout).toContain("text");
  for (const path of [join(kiln, "note.md"), join(folder, "home/config/grants/1")])
    expect((await cru(["run", "reader", "--param", `path=${path}`])).stderr).toContain("host/path-refused");
});

test("the journal is queried by plugin, kind, execution and time, and exported as lines with their chains", async () => {
  putPlugin("one", "", "function main() return 1 end");
  putPlugin("two", "", "function main() return 2 end");
  await cru(["run", "one"]);
  await cru(["run", "two"]);
  const all = await records();
  const ones = await records("--plugin", "one");
  expect(ones.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["execution.start", "execution.end"]));
  expect(ones).toEqual(all.filter(({ plugin }) => plugin === "one"));
  const id = String(ones.find(({ kind }) => kind === "execution.start")?.["execution_id"]);
  expect(await records("--execution", id)).toEqual(all.filter((each) => each["execution_id"] === id));
  const time = String(ones[0]?.["time"]);
  expect(await records("--since", time)).toEqual(all.filter((each) => String(each["time"]) >= time));
  expect(await records("--until", time)).toEqual(all.filter((each) => String(each["time"]) < time));
  expect((await cru(["audit", "query", "--since", "yesterday"])).code).toBe(2);
  expect((await cru(["audit", "query", "--kind", "gossip"])).code).toBe(2);

  const lines = (await cru(["audit", "export", "--plugin", "one"])).stdout.trimEnd().split("\n");
  const exported = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(exported.map(({ journal_chain: _chain, ...record }) => record)).toEqual(ones);
  expect(exported.every(({ journal_chain: chain }) => typeof chain === "string")).toBe(true);
});
