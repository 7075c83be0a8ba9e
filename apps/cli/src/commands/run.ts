// cru run: one action of one plugin; its result is the payload.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { parsePluginReference } from "@crucible/host-core";
import { languageOfPath } from "@crucible/manifest";
import type { ErrorValue, InvocationHandle, Outcome, Value } from "@crucible/sandbox";
import { fail, formatJson, isObject, object, parseJson, succeed } from "@crucible/sandbox";
import { qualifiedName } from "@crucible/plugin-host";
import type { Platform } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { count } from "../render/count.ts";
import { withPlatform } from "../session.ts";
import type { Terminal } from "../terminal.ts";

interface RunOptions {
  readonly param: readonly string[];
  readonly params?: string;
  readonly seed?: bigint;
  readonly timeout?: number;
  readonly dryRun?: boolean;
}

export async function runPlugin(
  { terminal, kiln }: CommandContext,
  reference: string,
  options: RunOptions,
): Promise<number> {
  const params = await readParams(terminal, options);
  if (!params.ok) return terminal.fail(params.error);
  return withPlatform(terminal, { kiln, dryRun: options.dryRun === true }, async (platform) => {
    const stopAllowing = options.dryRun === true ? allowInView(platform) : () => {};
    const named = resolveReference(reference, platform, terminal);
    if (!named.ok) return terminal.fail(named.error);
    const handle = platform.host.invoke(named.value.plugin, named.value.action, params.value, {
      invoker: { kind: "user", name: terminal.streams.env["USER"] ?? "user" },
      session: `terminal-${process.pid}`,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.timeout === undefined ? {} : { limits: { timeout_ms: options.timeout } }),
    });
    const { interrupted, stopListening } = cancelOnInterrupt(handle);
    const following = follow(handle, terminal);
    const outcome = await handle.outcome;
    await following;
    if (outcome.ok) {
      terminal.printJson(outcome.value);
      terminal.print(typeof outcome.value === "string" ? outcome.value : formatJson(outcome.value, 2));
    }
    // What was written may have been waited for: those plugins belong to this run.
    await Promise.race([platform.host.settled(), interrupted]);
    stopListening();
    stopAllowing();
    await showChanges(platform, terminal, outcome);
    return outcome.ok ? 0 : terminal.fail(withUsage(outcome.error, named.value.plugin));
  });
}

/** Who gave wrong parameters is told where the right ones are, unless the one that was meant is known. */
function withUsage(error: ErrorValue, plugin: string): ErrorValue {
  const { hint, problems } = error.details ?? {};
  const isClear = hint !== undefined && !(Array.isArray(problems) && problems.length > 1);
  if (error.code !== "invocation/invalid-parameters" || isClear) return error;
  return { ...error, details: { ...error.details, hint: `See cru plugins show ${plugin.split("@")[0] ?? plugin}` } };
}

/** `--params` is the base, each `--param` sets one key of it. */
async function readParams(terminal: Terminal, options: RunOptions): Promise<Outcome<Value>> {
  let base: Value = object([]);
  if (options.params !== undefined) {
    const given = options.params === "-" ? await readAll(terminal.streams.stdin) : options.params;
    const parsed = parseJson(given);
    if (!parsed.ok) return parsed;
    base = parsed.value;
  }
  if (options.param.length === 0) return succeed(base);
  if (!isObject(base)) return fail("host/invalid-argument", "Cannot set --param: --params is no object");
  const entries = new Map(Object.entries(base));
  for (const pair of options.param) {
    const at = pair.indexOf("=");
    if (at < 1) return fail("host/invalid-argument", `Cannot read --param "${pair}": it must have the form key=value`);
    const text = pair.slice(at + 1);
    const parsed = parseJson(text);
    entries.set(pair.slice(0, at), parsed.ok ? parsed.value : text);
  }
  return succeed(object(entries));
}

/** A path names the plugin that was discovered there; everything else is a name. */
function resolveReference(
  reference: string,
  { host }: Platform,
  terminal: Terminal,
): Outcome<{ readonly plugin: string; readonly action: string }> {
  const path = resolve(terminal.streams.cwd, reference);
  if (languageOfPath(reference) === undefined && !reference.startsWith(".") && !reference.startsWith("/"))
    return succeed(parsePluginReference(reference));
  if (!existsSync(path)) return fail("host/not-found", `Cannot run "${reference}": there is no such file`);
  const plugin = host.registry.all.find((each) => each.path === path || each.entryPath === path);
  if (plugin !== undefined)
    return succeed({ plugin: `${qualifiedName(plugin)}@${plugin.manifest.version}`, action: "main" });
  const broken = host.registry.broken.find((each) => each.path === path);
  if (broken !== undefined) return { ok: false, error: broken.error };
  return fail("plugin/not-found", `Cannot run "${reference}": it does not lie in a folder of plugins`, {
    hint: `Put it there with cru plugins install ${reference}`,
  });
}

function cancelOnInterrupt(handle: InvocationHandle): {
  readonly interrupted: Promise<void>;
  readonly stopListening: () => void;
} {
  let cancel = (): void => {};
  const interrupted = new Promise<void>((resolve) => {
    cancel = () => {
      handle.cancel("interrupted");
      resolve();
    };
  });
  process.once("SIGINT", cancel);
  process.once("SIGTERM", cancel);
  return {
    interrupted,
    stopListening: () => {
      process.off("SIGINT", cancel);
      process.off("SIGTERM", cancel);
    },
  };
}

async function follow(handle: InvocationHandle, terminal: Terminal): Promise<void> {
  const { colors } = terminal;
  for await (const event of handle.events) {
    switch (event.kind) {
      case "log":
        terminal.note(`${colors.dim(event.level)} ${event.message}`);
        break;
      case "progress": {
        const { fraction, message } = event.report;
        terminal.note(
          colors.dim(`${fraction === undefined ? "…" : `${Math.round(fraction * 100)}%`} ${message ?? ""}`.trimEnd()),
        );
        break;
      }
      case "emit":
        terminal.print(formatJson(event.value));
        break;
    }
  }
}

// A dry run changes nothing but its own view, so that nobody has to be asked about notes there.
function allowInView({ broker }: Platform): () => void {
  return broker.attach((request) =>
    Promise.resolve(request.capability === "KilnWrite" ? { choice: "once", by: "dry run" } : undefined),
  );
}

// Of a plugin that failed, or never ran, nothing is said where nothing would change.
async function showChanges({ kiln }: Platform, terminal: Terminal, outcome: Outcome<Value>): Promise<void> {
  const changes = (await kiln?.overlay?.changes()) ?? [];
  if (kiln?.overlay === undefined || (changes.length === 0 && !outcome.ok)) return;
  terminal.note(`Dry run: ${count(changes.length, "file")} would change`);
  if (changes.length === 0) return;
  const { renderDiff } = await import("../render/diff.ts");
  for (const change of changes) terminal.note(renderDiff(change, terminal.colors));
}
