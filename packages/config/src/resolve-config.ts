// From the layers to one record: flags, then the environment, then the kiln, then the user's file, then defaults.
// A kiln can only narrow: what it would widen is left as it was, with a warning.
import type { Diagnostic, Outcome } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import { resolveAgainst } from "./folders.ts";
import { readEnvironmentLayer, readFlagLayer, readTomlLayer } from "./read-layer.ts";
import type { ConfigSource, Layer, LayerValue, SettingValue } from "./read-layer.ts";
import { settingNames, settings } from "./settings.ts";
import type { ConfigValues, SettingName } from "./settings.ts";

/** A file that was read. */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/** Everything that settings can come from. */
export interface ConfigInputs {
  /** By the name of the setting; text is read as in the environment. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly kiln?: ConfigText;
  readonly user?: ConfigText;
  readonly windows?: boolean;
}

/** The configuration. */
export interface Config {
  readonly values: ConfigValues;
  /** Where each value comes from; lists that are collected may have several sources. */
  readonly sources: Readonly<Record<SettingName, readonly ConfigSource[]>>;
  /** What a kiln asked for and did not get, and variables that nothing reads. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Resolves the configuration.
 *
 * @returns the record, or `config/invalid` with all findings of all layers in `details.diagnostics`
 */
export function resolveConfig({
  flags = {},
  environment = {},
  kiln,
  user,
  windows = false,
}: ConfigInputs): Outcome<Config> {
  const delimiter = windows ? ";" : ":";
  const userLayer = readFile("user", user);
  const kilnLayer = readFile("kiln", kiln);
  const environmentLayer = readEnvironmentLayer(environment, delimiter);
  const flagLayer = readFlagLayer(flags, delimiter);
  const findings = [flagLayer, environmentLayer, kilnLayer, userLayer].flatMap((layer) => layer.findings);
  const errors = findings.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (first !== undefined) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    return fail("config/invalid", first.message + more, {
      place: first.place,
      diagnostics: findings,
      ...(first.hint === undefined ? {} : { hint: first.hint }),
    });
  }
  const warnings: Diagnostic[] = findings.filter(({ severity }) => severity === "warning");
  const values: Partial<Record<SettingName, SettingValue>> = {};
  const sources: Partial<Record<SettingName, readonly ConfigSource[]>> = {};
  for (const name of settingNames) {
    const setting = settings[name];
    let resolved: Resolved = { value: setting.default, sources: [{ layer: "default" }] };
    resolved = override(name, resolved, userLayer.values.get(name), windows);
    const wanted = kilnLayer.values.get(name);
    if (wanted !== undefined) resolved = narrow(name, resolved, wanted, warnings);
    resolved = override(name, resolved, environmentLayer.values.get(name), windows);
    resolved = override(name, resolved, flagLayer.values.get(name), windows);
    values[name] = resolved.value;
    sources[name] = resolved.sources;
  }
  // Every name was set above, with a value that its setting accepts.
  return succeed({ values: values as unknown as ConfigValues, sources: sources as Config["sources"], warnings });
}

/** A source as people read it: `/home/me/.config/crucible/config.toml:3`. */
export function formatSource(source: ConfigSource): string {
  switch (source.layer) {
    case "default":
      return "default";
    case "flag":
      return `--config ${source.flag}`;
    case "environment":
      return source.variable;
    case "user":
    case "kiln":
      return `${source.file}:${source.line}`;
  }
}

/** A value as it may be shown: the password of an address is left out. */
export function presentValue(name: SettingName, value: SettingValue): SettingValue {
  const setting = settings[name];
  if (setting.type !== "text" || setting.address !== true) return value;
  return String(value).replace(/^([^/]*\/\/[^/@]*?:)[^/]*@/, "$1…@");
}

interface Resolved {
  readonly value: SettingValue;
  readonly sources: readonly ConfigSource[];
}

function readFile(layer: "user" | "kiln", file: ConfigText | undefined): Layer {
  return file === undefined ? { values: new Map(), findings: [] } : readTomlLayer(layer, file.path, file.text);
}

function override(name: SettingName, before: Resolved, next: LayerValue | undefined, windows: boolean): Resolved {
  if (next === undefined) return before;
  const setting = settings[name];
  // Denials add up: no layer can take back what another denies.
  if (setting.kiln === "add") return add(before, next);
  const { source } = next;
  if (source.layer !== "user") return { value: next.value, sources: [source] };
  const folder = source.file.replace(/[\\/][^\\/]*$/, "");
  if (setting.type === "list" && setting.paths === true)
    return {
      value: (next.value as readonly string[]).map((path) => resolveAgainst(folder, path, windows)),
      sources: [source],
    };
  if (setting.type === "text" && setting.path === true && next.value !== "")
    return { value: resolveAgainst(folder, String(next.value), windows), sources: [source] };
  return { value: next.value, sources: [source] };
}

function add(before: Resolved, next: LayerValue): Resolved {
  const known = before.value as readonly string[];
  const value = [...new Set([...known, ...(next.value as readonly string[])])];
  if (value.length === known.length) return before;
  return { value, sources: [...before.sources.filter(({ layer }) => layer !== "default"), next.source] };
}

function narrow(name: SettingName, before: Resolved, { value, source }: LayerValue, warnings: Diagnostic[]): Resolved {
  const taken: Resolved = { value, sources: [source] };
  const refuse = (why: string): Resolved => {
    const place = source.layer === "kiln" ? { file: source.file, line: source.line } : { file: name, line: 1 };
    const hint = "Set it in your own configuration if you want it";
    warnings.push({
      severity: "warning",
      code: "config/invalid",
      message: `Left "${name}" as it was: ${why}`,
      place,
      hint,
    });
    return before;
  };
  switch (settings[name].kiln) {
    case "nothing":
      return refuse("a kiln cannot set it");
    case "lower":
      return Number(value) <= Number(before.value)
        ? taken
        : refuse(`the kiln asks for ${String(value)}, which is more than ${String(before.value)}`);
    case "raise":
      return Number(value) >= Number(before.value)
        ? taken
        : refuse(`the kiln asks for ${String(value)}, which is less than ${String(before.value)}`);
    case "turn-off":
      return value === false || before.value === true ? taken : refuse("a kiln cannot turn it on");
    case "add":
      return add(before, { value, source });
  }
}
