// cru doctor: is everything in order, and what helps where it is not?
import { access, constants, mkdir } from "node:fs/promises";
import { verifyJournal } from "@crucible/audit";
import { exitCode } from "../exit-code.ts";
import { metricsOfJournal } from "../journal-metrics.ts";
import type { Platform } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { count } from "../render/count.ts";
import { withPlatform } from "../session.ts";

interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "error";
  readonly message: string;
  readonly remedy?: string;
}

export async function doctor({ terminal, kiln }: CommandContext): Promise<number> {
  return withPlatform(terminal, { kiln }, async (platform, kilnFolder) => {
    const findings: readonly Finding[] = [
      checkNode(),
      { check: "kiln", state: "ok", message: kilnFolder ?? "none here; only your own plugins are found" },
      ...checkConfig(platform),
      ...(await checkFolders(platform)),
      await checkJournal(platform),
      ...checkPlugins(platform),
      checkQuarantine(platform),
      await checkErrorRates(platform),
    ];
    const failed = findings.filter(({ state }) => state === "error");
    terminal.printJson({ findings, ok: failed.length === 0 });
    const { green, yellow, red } = terminal.payloadColors;
    const mark = { ok: green("ok     "), warning: yellow("warning"), error: red("error  ") };
    for (const { check, state, message, remedy } of findings) {
      terminal.print(`${mark[state]} ${check}: ${message}`);
      if (remedy !== undefined) terminal.print(`        ${remedy}`);
    }
    return failed.length === 0 ? exitCode.ok : exitCode.failed;
  });
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const suffices = major > 20 || (major === 20 && minor >= 19);
  const message = `Node.js ${process.versions.node}`;
  return suffices
    ? { check: "runtime", state: "ok", message }
    : { check: "runtime", state: "error", message, remedy: "Install Node.js 20.19 or later" };
}

function checkConfig({ config }: Platform): readonly Finding[] {
  if (config.warnings.length === 0) return [{ check: "configuration", state: "ok", message: "every setting is valid" }];
  return config.warnings.map(({ message, hint }) => ({
    check: "configuration",
    state: "warning",
    message,
    remedy: hint ?? "See cru config show --sources",
  }));
}

async function checkFolders({ folders }: Platform): Promise<readonly Finding[]> {
  return Promise.all(
    (["config", "state", "cache"] as const).map(async (name): Promise<Finding> => {
      const path = folders[name];
      try {
        await mkdir(path, { recursive: true });
        await access(path, constants.W_OK);
        return { check: `folder ${name}`, state: "ok", message: path };
      } catch {
        return {
          check: `folder ${name}`,
          state: "error",
          message: `${path} cannot be written`,
          remedy: "Correct its permissions, or set CRUCIBLE_HOME to a folder that can be written",
        };
      }
    }),
  );
}

async function checkJournal({ journalPowers }: Platform): Promise<Finding> {
  const { problems, records, chains } = await verifyJournal(journalPowers);
  if (problems.length === 0)
    return {
      check: "journal",
      state: "ok",
      message: `${count(records, "record")} in ${count(chains, "chain")}, unchanged`,
    };
  return {
    check: "journal",
    state: "error",
    message: `it was changed: ${count(problems.length, "problem")}`,
    remedy: "Look at them with cru audit verify and keep the files as evidence",
  };
}

function checkPlugins({ host }: Platform): readonly Finding[] {
  const { active, broken } = host.registry;
  const warned = active.filter(({ warnings }) => warnings.length > 0);
  return [
    { check: "plugins", state: "ok", message: `${active.length} registered` },
    ...broken.map(({ path, error }): Finding => ({
      check: "plugin",
      state: "warning",
      message: `${path} is not registered: ${error.message}`,
      remedy: error.details?.hint ?? `Run cru plugins validate ${path}`,
    })),
    ...warned.map(({ path, warnings }): Finding => ({
      check: "plugin",
      state: "warning",
      message: `${path}: ${warnings[0]?.message ?? ""}${warnings.length > 1 ? ` (and ${warnings.length - 1} more)` : ""}`,
      remedy: `Run cru plugins validate ${path}`,
    })),
  ];
}

async function checkErrorRates({ config, journalPowers }: Platform): Promise<Finding> {
  const failing = (await metricsOfJournal(journalPowers, config)).plugins().filter(({ alerted }) => alerted);
  if (failing.length === 0) return { check: "error rates", state: "ok", message: "no plugin fails often" };
  const list = failing.map(({ plugin, recent }) => `${plugin} (${recent.failures} of ${recent.invocations})`);
  return {
    check: "error rates",
    state: "warning",
    message: `these failed in the last minutes: ${list.join(", ")}`,
    remedy: "See cru plugins stats, and cru audit tail --plugin NAME",
  };
}

function checkQuarantine({ quarantine }: Platform): Finding {
  const listed = quarantine.list();
  if (!listed.ok) return { check: "quarantine", state: "error", message: listed.error.message };
  const stopped = listed.value.filter(({ since }) => since !== undefined).map(({ plugin }) => plugin);
  if (stopped.length === 0) return { check: "quarantine", state: "ok", message: "no plugin is stopped" };
  return {
    check: "quarantine",
    state: "warning",
    message: `stopped: ${stopped.join(", ")}`,
    remedy: "See cru plugins quarantine list, then release them with cru plugins quarantine release NAME",
  };
}
