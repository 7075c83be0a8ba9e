// The command line: every command with its options, and nothing of what it does. A command is loaded when it is called.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { exitCode } from "./exit-code.ts";
import type { Streams, Terminal } from "./terminal.ts";
import { version } from "./version.ts";

interface GlobalOptions {
  readonly kiln?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What each command gets: the terminal, and the kiln that was named. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly kiln: string | undefined;
}

/** Runs one command line and returns its exit code. */
export async function runProgram(args: readonly string[], streams: Streams): Promise<number> {
  let code: number = exitCode.usage;
  const program = new Command("cru");
  const run =
    <A extends readonly unknown[]>(load: () => Promise<(context: CommandContext, ...args: A) => Promise<number>>) =>
    async (...given: readonly unknown[]): Promise<void> => {
      const [{ loadConfig }, { createTerminal }] = await Promise.all([
        import("@crucible/config"),
        import("./terminal.ts"),
      ]);
      const options = program.opts<GlobalOptions>();
      const flags = options.json === true ? { "output.format": "json" } : {};
      const config = await loadConfig({ environment: streams.env, flags });
      const output = config.ok ? config.value.values : { "output.color": "never", "output.format": "auto" };
      const terminal = createTerminal(streams, {
        json: output["output.format"] === "json",
        quiet: options.quiet === true,
        color: output["output.color"],
        format: output["output.format"],
      });
      if (!config.ok) {
        code = terminal.fail(config.error);
        return;
      }
      // Commander hands over the arguments, the options and the command; the command itself is of no interest.
      const command = await load();
      code = await command({ terminal, kiln: options.kiln }, ...(given.slice(0, -1) as unknown as A));
    };

  program
    .description("Plugins for people who think in notes.")
    .version(version)
    .option("--kiln <folder>", "the kiln to use; by default the nearest folder above that is one")
    .option("--json", "print the result as JSON and nothing else on standard output")
    .option("-q, --quiet", "print nothing but the result and errors")
    .showHelpAfterError("Try: cru --help")
    .configureOutput({ writeOut: (text) => streams.stdout.write(text), writeErr: (text) => streams.stderr.write(text) })
    .exitOverride();

  program
    .command("demo")
    .description("Show what Crucible does, on a kiln in a temporary folder.")
    .option("--keep", "keep the folder and say where it is")
    .action(run(async () => (await import("./demo/demo.ts")).runDemo));

  program
    .command("run <plugin>")
    .description("Run a plugin: a name, namespace/plugin.action, or a file.")
    .option("-p, --param <key=value>", "one parameter; the value is JSON, or text where it is no JSON", collect, [])
    .option("--params <json>", "all parameters as JSON; - reads standard input")
    .option("--seed <number>", "fix the plugin's randomness", parseSeed)
    .option("--dry-run", "change nothing: show what would change in the kiln")
    .option("--timeout <ms>", "allow less time than the manifest", parsePositive)
    .action(run(async () => (await import("./commands/run.ts")).runPlugin));

  const plugins = program.command("plugins").alias("plugin").description("Find, check and make plugins.");
  plugins
    .command("list")
    .description("List all plugins.")
    .action(run(async () => (await import("./commands/plugins-list.ts")).pluginsList));
  plugins
    .command("show <name>")
    .description("Show everything about a plugin.")
    .action(run(async () => (await import("./commands/plugins-show.ts")).pluginsShow));
  plugins
    .command("validate [plugin]")
    .description("Check all plugins, one by its name, or a file or folder.")
    .action(run(async () => (await import("./commands/plugins-validate.ts")).pluginsValidate));
  plugins
    .command("new <name>")
    .description("Make a plugin from a template, in this folder.")
    .addOption(new Option("--lang <language>", "language of the plugin").choices(["rune", "lua"]).default("rune"))
    .option("--install", "into the plugins/ of the kiln, ready to run")
    .action(run(async () => (await import("./commands/plugins-new.ts")).pluginsNew));
  plugins
    .command("trust <name>")
    .description("Trust the present content of a kiln's plugin, so that it may run.")
    .option("--author", "follow your own edits, as long as the plugin does not ask for more")
    .option("--remove", "take the trust back")
    .action(run(async () => (await import("./commands/plugins-trust.ts")).pluginsTrust));
  plugins
    .command("stubs [folder]")
    .description("Write what editors need to complete calls of the host: Lua, JavaScript, Rune and WIT.")
    .action(run(async () => (await import("./commands/plugins-stubs.ts")).pluginsStubs));
  plugins
    .command("install <file>")
    .description("Copy a plugin's file or folder to where plugins are found, after checking it.")
    .addOption(new Option("--scope <scope>", "where to").choices(["system", "kiln"]).default("system"))
    .option("--force", "replace what is there")
    .action(run(async () => (await import("./commands/plugins-install.ts")).pluginsInstall));
  plugins
    .command("remove <name>")
    .description("Delete the plugin that a name means.")
    .option("--force", "also when other plugins depend on it")
    .action(run(async () => (await import("./commands/plugins-install.ts")).pluginsRemove));
  plugins
    .command("lock")
    .description("Write down the versions and contents that are used now, so that nothing else is used later.")
    .action(run(async () => (await import("./commands/plugins-lock.ts")).pluginsLock));
  plugins
    .command("unload <name>")
    .description("Drop what is kept of a plugin's compilation.")
    .action(run(async () => (await import("./commands/plugins-lock.ts")).pluginsUnload));
  plugins
    .command("stats")
    .description("Show how often plugins ran, how long, and what failed.")
    .option("--prometheus", "in the text format of Prometheus")
    .action(run(async () => (await import("./commands/plugins-stats.ts")).pluginsStats));
  const quarantine = plugins.command("quarantine").description("Plugins that were stopped.");
  quarantine
    .command("list", { isDefault: true })
    .description("List plugins that were stopped after violations or crashes.")
    .action(run(async () => (await import("./commands/plugins-quarantine.ts")).pluginsQuarantine));
  quarantine
    .command("release <name>")
    .description("Let a stopped plugin run again.")
    .action(run(async () => (await import("./commands/plugins-quarantine.ts")).pluginsQuarantineRelease));
  const grants = plugins.command("grants").description("What plugins were allowed or denied.");
  grants
    .command("list", { isDefault: true })
    .description("List recorded grants and denials.")
    .action(run(async () => (await import("./commands/plugins-grants.ts")).pluginsGrants));
  grants
    .command("allow <plugin> <what...>")
    .description("Grant a capability to a plugin, or limits above the defaults: timeout_ms=60000.")
    .option("--scope <pattern>", "only this folder, path, host or plugin; may be repeated", collect, [])
    .option("--deny", "record a denial instead")
    .option("--expires <time>", "count no longer than this from now: 30m, 12h, 7d", parseDuration)
    .option("--on-behalf-of <plugin>", "only for calls that it makes for this other plugin")
    .action(run(async () => (await import("./commands/plugins-grants.ts")).pluginsGrantsAllow));
  grants
    .command("revoke <id>")
    .description("Take a grant or denial back; it counts from the next call on.")
    .action(run(async () => (await import("./commands/plugins-grants.ts")).pluginsGrantsRevoke));

  const kiln = program.command("kiln").description("Work with a kiln: a folder of Markdown notes.");
  kiln
    .command("init [folder]")
    .description("Make a folder a kiln; notes that are there stay as they are.")
    .action(run(async () => (await import("./commands/kiln-init.ts")).kilnInit));

  kiln
    .command("index")
    .description("Bring the index up to date, vectors included.")
    .option("--rebuild", "make it anew")
    .action(run(async () => (await import("./commands/kiln-index.ts")).kilnIndex));
  kiln
    .command("status")
    .description("Show what the index holds, and what is wrong with notes.")
    .action(run(async () => (await import("./commands/kiln-status.ts")).kilnStatus));
  kiln
    .command("watch")
    .description("Follow edits until it is interrupted: keep the index up to date, tell plugins of changed notes.")
    .action(run(async () => (await import("./commands/kiln-watch.ts")).kilnWatch));
  kiln
    .command("search <query>")
    .description("Find notes by meaning.")
    .option("-n, --limit <count>", "how many", parsePositive, 20)
    .option("--folder <folder>", "only in this folder; may be repeated", collect, [])
    .option("--tag <tag>", "only with this tag; may be repeated", collect, [])
    .addOption(new Option("--mode <mode>", "what counts").choices(["hybrid", "semantic", "lexical"]))
    .action(run(async () => (await import("./commands/kiln-search.ts")).kilnSearch));
  kiln
    .command("graph <note>")
    .description("Walk the links from a note.")
    .addOption(
      new Option("--strategy <strategy>", "how to walk")
        .choices(["bfs", "dfs", "semantic", "backlinks"])
        .default("bfs"),
    )
    .option("--depth <count>", "how far, at most 10", parsePositive, 3)
    .action(run(async () => (await import("./commands/kiln-graph.ts")).kilnGraph));

  program
    .command("undo <execution>")
    .description("Take back what an execution changed in the kiln: every byte, or nothing and the reason.")
    .action(run(async () => (await import("./commands/undo.ts")).undo));

  program
    .command("doctor")
    .description("Check that everything is in order.")
    .action(run(async () => (await import("./commands/doctor.ts")).doctor));
  program
    .command("config")
    .description("Look at the configuration.")
    .command("show", { isDefault: true })
    .description("Show every setting and its value.")
    .option("--sources", "and where each value comes from")
    .action(run(async () => (await import("./commands/config-show.ts")).configShow));

  const audit = program.command("audit").description("Read the journal of everything that plugins did.");
  audit
    .command("tail")
    .description("Show the last records.")
    .option("-n, --lines <count>", "how many", parsePositive, 20)
    .option("--plugin <name>", "only records of this plugin")
    .option("--kind <kind>", "only records of this kind; may be repeated", collect, [])
    .option("--execution <id>", "only records of this execution")
    .action(run(async () => (await import("./commands/audit-tail.ts")).auditTail));
  const filtered = (command: Command): Command =>
    command
      .option("--plugin <name>", "only records of this plugin")
      .option("--kind <kind>", "only records of this kind; may be repeated", collect, [])
      .option("--execution <id>", "only records of this execution")
      .option("--since <time>", "only records from this time on (UTC, or the beginning of one)")
      .option("--until <time>", "only records before this time");
  filtered(audit.command("query").description("Show all records that match, the oldest first.")).action(
    run(async () => (await import("./commands/audit-query.ts")).auditQuery),
  );
  filtered(audit.command("export").description("Write all records that match as JSON Lines.")).action(
    run(async () => (await import("./commands/audit-query.ts")).auditExport),
  );
  audit
    .command("verify")
    .description("Check that no record was changed, removed or reordered.")
    .action(run(async () => (await import("./commands/audit-verify.ts")).auditVerify));

  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCode.ok : exitCode.usage;
    throw thrown;
  }
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) throw new InvalidArgumentError("It must be a positive whole number.");
  return value;
}

const millisecondsOf: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDuration(text: string): number {
  const [, count = "", unit = ""] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const milliseconds = millisecondsOf[unit];
  if (milliseconds === undefined) throw new InvalidArgumentError("It must be a number with m, h or d: 30m, 12h, 7d.");
  return Number(count) * milliseconds;
}

function parseSeed(text: string): bigint {
  if (!/^-?\d{1,19}$/.test(text)) throw new InvalidArgumentError("It must be a whole number of 64 bits.");
  return BigInt.asIntN(64, BigInt(text));
}
