// cru demo: real plugins on a real kiln, told so that one enjoys reading it. Everything is in a temporary folder.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { userFolders } from "@crucible/config";
import { queryJournal, verifyJournal } from "@crucible/audit";
import { parseScope } from "@crucible/capabilities";
import { qualifiedName, trustCandidateOf } from "@crucible/plugin-host";
import { fail, formatJson, isObject, object, toErrorValue, unwrap, type Outcome, type Value } from "@crucible/sandbox";
import { exitCode } from "../exit-code.ts";
import type { Platform } from "../platform.ts";
import { openPlatform } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { sourceOf } from "../commands/plugins-list.ts";
import type { Storyteller } from "./storyteller.ts";
import { createStoryteller } from "./storyteller.ts";

const examples = fileURLToPath(new URL("../../../../examples/", import.meta.url));
const invoker = { kind: "user", name: "demo" } as const;

interface DemoOptions {
  readonly keep?: boolean;
}

export async function runDemo({ terminal }: CommandContext, options: DemoOptions): Promise<number> {
  if (!existsSync(join(examples, "kiln")))
    return terminal.fail(
      fail("host/not-found", `Cannot run the demo: "${examples}" is not there`, {
        hint: "Run it from a checkout of the repository",
      }).error,
    );
  const folder = mkdtempSync(join(tmpdir(), "crucible-demo-"));
  const started = performance.now();
  const story = createStoryteller(terminal);
  try {
    const kiln = join(folder, "kiln");
    setUp(folder, kiln);
    const platform = await openPlatform({
      folders: userFolders({ CRUCIBLE_HOME: folder }),
      environment: { CRUCIBLE_HOME: folder },
      kiln,
      onViolation: ({ message, chain }) => story.alarm(`${chain.at(-1)?.plugin ?? "a plugin"}: ${message}`),
    });
    try {
      await tell(platform, story, kiln);
    } finally {
      await platform.dispose();
    }
    const problems = await tellJournal(platform, story);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    story.end(options.keep === true ? `Done in ${seconds} s. Everything is in ${folder}` : `Done in ${seconds} s.`);
    terminal.printJson(story.facts());
    return problems === 0 ? exitCode.ok : exitCode.failed;
  } catch (thrown) {
    return terminal.fail(toErrorValue(thrown));
  } finally {
    if (options.keep !== true) rmSync(folder, { recursive: true, force: true });
  }
}

function setUp(folder: string, kiln: string): void {
  cpSync(join(examples, "kiln"), kiln, { recursive: true });
  mkdirSync(join(kiln, ".crucible"), { recursive: true });
  cpSync(join(examples, "citation-parser"), join(kiln, "plugins", "citation-parser"), { recursive: true });
  mkdirSync(join(folder, "config", "plugins"), { recursive: true });
  cpSync(join(examples, "dice-roller", "dice-roller.rune"), join(folder, "config", "plugins", "dice-roller.rune"));
  for (const name of ["memory-hog", "endless-loop", "curious"])
    cpSync(join(examples, "misbehaving", `${name}.lua`), join(folder, "config", "plugins", `${name}.lua`));
}

async function tell(platform: Platform, story: Storyteller, kiln: string): Promise<void> {
  const { host, kiln: parts } = platform;
  const store = parts?.store;
  if (store === undefined) throw new Error("The demo has a kiln");
  const before = unwrap(await store.listNotes("", { recursive: true })).notes.length;
  story.chapter("A kiln is a folder of Markdown notes");
  story.line(`This one has ${before} notes about research reading.`);
  story.fact("notes", before);

  story.chapter("Plugins are found, not installed");
  for (const plugin of host.registry.active) {
    story.row(
      qualifiedName(plugin),
      `${plugin.manifest.version}  ${sourceOf(plugin).padEnd(6)}  ${plugin.manifest.capabilities.map(({ name }) => name).join(", ") || "no capabilities"}`,
    );
  }
  story.fact("plugins", host.registry.active.map(qualifiedName));

  await tellDice(platform, story);
  await tellTrust(platform, story);
  await tellImport(platform, story, kiln, before);
  await tellLimits(platform, story);
}

async function tellDice({ host }: Platform, story: Storyteller): Promise<void> {
  story.chapter("A Rune plugin is compiled to WebAssembly");
  for (const expression of ["2d6+3", "4d6kh3", "1d20 advantage", "3d6!"]) {
    const rolled = unwrap(await invoke(host, "dice-roller", "main", object([["expression", expression]])));
    if (!isObject(rolled)) throw new Error("The dice roller returns an object");
    const rolls = Array.isArray(rolled["rolls"]) ? (rolled["rolls"] as readonly Value[]) : [];
    const faces = rolls.map((roll) => (isObject(roll) ? formatJson(roll["faces"] ?? null) : "")).join(" and ");
    story.row(expression, `${formatJson(rolled["result"] ?? null)} from ${faces}`);
  }
  const again = await Promise.all(
    [1, 2].map(
      () => host.invoke("dice-roller", "main", object([["expression", "5d20"]]), { invoker, seed: 7n }).outcome,
    ),
  );
  const same = again.map((outcome) => (outcome.ok ? formatJson(outcome.value) : outcome.error.code));
  if (same[0] !== same[1]) throw new Error("Equal seeds gave different rolls");
  story.success("the same seed rolls the same dice: a run can be repeated exactly");
}

async function tellTrust({ host, trust }: Platform, story: Storyteller): Promise<void> {
  story.chapter("Somebody's kiln does not run code by being opened");
  const refused = await invoke(host, "citation-parser", "main", object([["bibtex", ""]]));
  story.refusal(refused);
  const plugin = unwrap(host.registry.find("citation-parser"));
  unwrap(await trust.trust(trustCandidateOf(plugin), "content", "command"));
  story.line(`The demo trusts it, as cru plugins trust citation-parser would: content ${plugin.hash.slice(0, 12)}`);
}

async function tellImport(
  { host, grants, kiln: parts }: Platform,
  story: Storyteller,
  kiln: string,
  before: number,
): Promise<void> {
  story.chapter("A Lua plugin reads BibTeX and writes notes");
  const bibtex = readFileSync(join(kiln, "plugins", "citation-parser", "library.bib"), "utf8");
  const parameters = object([
    ["bibtex", bibtex],
    ["folder", "citations"],
  ]);
  const unattended = await invoke(host, "citation-parser", "import", parameters);
  story.refusal(unattended);
  const home = unwrap(host.registry.find("citation-parser")).root.home;
  unwrap(
    await grants.add({
      effect: "allow",
      plugin: "citation-parser",
      home,
      capability: "KilnWrite",
      scope: unwrap(parseScope("KilnWrite", "citations/")),
      origin: "config",
    }),
  );
  story.line(
    "Nobody sits here to be asked, so the demo answers with a grant that it records: KilnWrite in citations/ only.",
  );
  const imported = unwrap(await invoke(host, "citation-parser", "import", parameters));
  const count = (name: string): number =>
    isObject(imported) && Array.isArray(imported[name]) ? imported[name].length : 0;
  const after = unwrap((await parts?.store.listNotes("", { recursive: true })) ?? fail("host/unavailable", "no store"))
    .notes.length;
  story.success(
    `${count("written")} citation notes written, ${count("problems")} malformed entries reported; the kiln has ${after} notes now`,
  );
  for (const problem of isObject(imported) && Array.isArray(imported["problems"])
    ? imported["problems"].slice(0, 3)
    : []) {
    if (isObject(problem))
      story.detail(`library.bib:${formatJson(problem["line"] ?? null)}  ${formatJson(problem["message"] ?? null)}`);
  }
  const sample = unwrap(
    (await parts?.store.listNotes("citations", { metadata: true })) ?? fail("host/unavailable", "no store"),
  ).notes.slice(0, 3);
  for (const note of sample) story.detail(`${note.path}  ${note.metadata?.title ?? ""}`);
  story.fact("imported", {
    written: count("written"),
    problems: count("problems"),
    notesBefore: before,
    notesAfter: after,
  });
}

async function tellLimits({ host }: Platform, story: Storyteller): Promise<void> {
  story.chapter("Plugins that misbehave are stopped");
  const expected = [
    ["memory-hog", "takes memory and catches every error", "limit/memory"],
    ["endless-loop", "never returns and catches what would end it", "limit/deadline"],
    ["curious", "writes a note without having declared that", "capability/escalation"],
  ] as const;
  for (const [name, what, code] of expected) {
    story.line(`${name} ${what}.`);
    const started = performance.now();
    const outcome = await invoke(host, name, "main", object([]));
    story.refusal(outcome, `after ${Math.round(performance.now() - started)} ms`);
    if (outcome.ok || outcome.error.code !== code) throw new Error(`${name} should have ended with ${code}`);
    story.fact(name, outcome.error.code);
  }
}

async function tellJournal({ journalPowers }: Platform, story: Storyteller): Promise<number> {
  story.chapter("Everything stands in the journal");
  const counts = new Map<string, number>();
  for await (const { record } of queryJournal(journalPowers))
    counts.set(record.kind, (counts.get(record.kind) ?? 0) + 1);
  for (const kind of ["execution.start", "host.call", "host.intent", "security"])
    story.row(kind, String(counts.get(kind) ?? 0));
  const { ok, records, problems } = await verifyJournal(journalPowers);
  if (ok) story.success(`${records} records, each chained to the one before: the journal is whole`);
  else story.alarm(`the journal has ${problems.length} problems: ${problems[0]?.message ?? ""}`);
  story.fact("journal", { records, ok });
  return problems.length;
}

function invoke(host: Platform["host"], plugin: string, action: string, params: Value): Promise<Outcome<Value>> {
  return host.invoke(plugin, action, params, { invoker, session: "demo" }).outcome;
}
