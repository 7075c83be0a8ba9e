// cru plugins validate: manifest, syntax, dependencies; of all plugins, of one by name, or of a path. Nothing is run.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 } from "@crucible/cache";
import type { Diagnostic, ErrorValue } from "@crucible/sandbox";
import type { BrokenPlugin, FoundPlugin, PluginHost, PluginRoot } from "@crucible/plugin-host";
import { createNodePluginFiles, qualifiedName, readPlugin } from "@crucible/plugin-host";
import { exitCode } from "../exit-code.ts";
import type { CommandContext } from "../program.ts";
import { renderDiagnostic, renderError } from "../render/error.ts";
import { withPlatform } from "../session.ts";

interface Verdict {
  readonly name: string;
  readonly path: string;
  readonly errors: readonly ErrorValue[];
  readonly warnings: readonly Diagnostic[];
}

export async function pluginsValidate({ terminal, kiln }: CommandContext, what: string | undefined): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ host }) => {
    const candidates = await findCandidates(host, what, terminal.streams.cwd);
    const verdicts: Verdict[] = [];
    for (const candidate of candidates) {
      if ("error" in candidate) {
        verdicts.push({ name: candidate.name, path: candidate.path, errors: [candidate.error], warnings: [] });
        continue;
      }
      const { error, warnings } = await host.check(candidate);
      const told = new Set(candidate.warnings.map(({ code, message }) => `${code} ${message}`));
      verdicts.push({
        name: qualifiedName(candidate),
        path: candidate.path,
        errors: error === undefined ? [] : [error],
        warnings: [...candidate.warnings, ...warnings.filter(({ code, message }) => !told.has(`${code} ${message}`))],
      });
    }
    const invalid = verdicts.filter(({ errors }) => errors.length > 0);
    terminal.printJson({
      plugins: verdicts.map((verdict) => ({ ...verdict, valid: verdict.errors.length === 0 })),
      valid: verdicts.length - invalid.length,
      invalid: invalid.length,
    });
    for (const { name, path: where, errors, warnings } of verdicts) {
      const { green, red, dim } = terminal.payloadColors;
      terminal.print(`${errors.length === 0 ? green("valid  ") : red("invalid")} ${name} ${dim(where)}`);
      for (const error of errors)
        terminal.print(renderError(error, terminal.payloadColors).replaceAll(/^(?=.)/gm, "  "));
      for (const warning of warnings)
        for (const line of renderDiagnostic(warning, terminal.payloadColors)) terminal.print(`  ${line}`);
    }
    terminal.note(`${verdicts.length - invalid.length} valid, ${invalid.length} invalid`);
    if (verdicts.length === 0) return exitCode.usage;
    return invalid.length === 0 ? exitCode.ok : exitCode.invalid;
  });
}

// Everything, the plugin of a name, or what lies at a path, wherever that is.
async function findCandidates(
  { registry }: PluginHost,
  what: string | undefined,
  cwd: string,
): Promise<readonly (FoundPlugin | BrokenPlugin)[]> {
  if (what === undefined) return [...registry.all, ...registry.broken];
  const path = resolve(cwd, what);
  const named = existsSync(path)
    ? []
    : [...registry.versions(what), ...registry.broken.filter(({ name }) => name === what)];
  if (named.length > 0) return named;
  const root: PluginRoot = { scope: "configured", path: cwd, home: "system" };
  return [await readPlugin(root, path, { files: createNodePluginFiles(), sha256 })];
}
