// Reads the values of one layer: a TOML file, variables of the environment, or flags. Each value is checked by its setting;
// what is wrong is collected with its place and the word that was probably meant.
import { distance } from "fastest-levenshtein";
import { TomlError, parse } from "smol-toml";
import type { Diagnostic } from "@crucible/sandbox";
import { isSettingName, settingNames, settings, variableOf } from "./settings.ts";
import type { ConfigValues, SettingName } from "./settings.ts";

/** Where a value comes from. */
export type ConfigSource =
  | { readonly layer: "default" }
  | { readonly layer: "user" | "kiln"; readonly file: string; readonly line: number }
  | { readonly layer: "environment"; readonly variable: string }
  | { readonly layer: "flag"; readonly flag: string };

/** What a setting can hold. */
export type SettingValue = ConfigValues[SettingName];

export interface LayerValue {
  readonly value: SettingValue;
  readonly source: ConfigSource;
}

/** Values of one layer and what is wrong in it. */
export interface Layer {
  readonly values: ReadonlyMap<SettingName, LayerValue>;
  readonly findings: readonly Diagnostic[];
}

/** Secrets come by variables too; they are no configuration. */
const secretPrefix = "CRUCIBLE_SECRET_";

const maxFileUnits = 262_144;
const maxFindings = 50;
const maxTextUnits = 4_096;

/** Reads a TOML file. */
export function readTomlLayer(layer: "user" | "kiln", file: string, text: string): Layer {
  const findings: Diagnostic[] = [];
  const values = new Map<SettingName, LayerValue>();
  const lines = text.split(/\r\n|\n/);
  const report = (message: string, line: number, hint?: string): void => {
    if (findings.length >= maxFindings) return;
    const snippet = (lines[line - 1] ?? "").slice(0, 240).replace(/[\p{Cc}\p{Cf}]/gu, " ");
    const column = snippet.length - snippet.trimStart().length + 1;
    findings.push({
      severity: "error",
      code: "config/invalid",
      message,
      place: { file, line, column, snippet },
      ...(hint === undefined ? {} : { hint }),
    });
  };
  if (text.length > maxFileUnits) {
    report(`Cannot read the configuration: it has ${text.length} characters, at most ${maxFileUnits} are read`, 1);
    return { values, findings };
  }
  let table: unknown;
  try {
    table = parse(text, { maxDepth: 16, unsafeKeyBehaviour: "throw" });
  } catch (thrown) {
    const line = thrown instanceof TomlError ? thrown.line : 1;
    const message = thrown instanceof Error ? (thrown.message.split("\n", 1)[0] ?? "") : String(thrown);
    report(
      `Cannot read TOML: ${message.replace(/^Invalid TOML document: /, "")}`,
      line,
      "Correct the syntax at this place",
    );
    return { values, findings };
  }
  const places = keyPlaces(lines);
  for (const [name, value] of leavesOf(table, "")) {
    const line = places.get(name) ?? places.get(name.slice(0, Math.max(0, name.lastIndexOf(".")))) ?? 1;
    if (!isSettingName(name)) {
      report(`Cannot use the setting "${name}": there is none of this name`, line, meant(name, settingNames));
      continue;
    }
    const read = readValue(name, value);
    if ("fault" in read) report(`Cannot use the setting "${name}": ${read.fault}`, line, read.hint);
    else values.set(name, { value: read.value, source: { layer, file, line } });
  }
  return { values, findings };
}

/** Variables that choose folders and files; they are read where these are resolved. */
const otherVariables: readonly string[] = ["CRUCIBLE_HOME", "CRUCIBLE_CONFIG", "CRUCIBLE_KILN"];

/** Reads the variables of the environment that set something; one that starts with `CRUCIBLE_` and sets nothing is a warning. */
export function readEnvironmentLayer(
  environment: Readonly<Record<string, string | undefined>>,
  pathDelimiter: string,
): Layer {
  const values = new Map<SettingName, LayerValue>();
  const findings: Diagnostic[] = [];
  const byVariable = new Map(settingNames.map((name) => [variableOf(name), name] as const));
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("CRUCIBLE_") || text === undefined || otherVariables.includes(variable)) continue;
    if (variable.startsWith(secretPrefix)) continue;
    const name = byVariable.get(variable);
    const read = name === undefined ? undefined : readText(name, text, pathDelimiter);
    if (name !== undefined && read !== undefined && "value" in read) {
      values.set(name, { value: read.value, source: { layer: "environment", variable } });
      continue;
    }
    if (read !== undefined && "fault" in read) {
      findings.push(withoutPlace(`Cannot use the variable ${variable}: ${read.fault}`, variable, read.hint));
      continue;
    }
    // It may belong to another program: what is not known is no reason to refuse everything.
    const hint = meant(variable, [...byVariable.keys(), ...otherVariables]);
    const finding = withoutPlace(`Left the variable ${variable} unread: no setting has it`, variable, hint);
    findings.push({ ...finding, severity: "warning" });
  }
  // NO_COLOR is a convention of many programs.
  if ((environment["NO_COLOR"] ?? "") !== "" && !values.has("output.color")) {
    values.set("output.color", { value: "never", source: { layer: "environment", variable: "NO_COLOR" } });
  }
  return { values, findings };
}

/** Reads flags: by the name of the setting, as text or as the value itself. */
export function readFlagLayer(flags: Readonly<Record<string, unknown>>, pathDelimiter: string): Layer {
  const values = new Map<SettingName, LayerValue>();
  const findings: Diagnostic[] = [];
  for (const [name, given] of Object.entries(flags)) {
    if (given === undefined) continue;
    if (!isSettingName(name)) {
      findings.push(
        withoutPlace(`Cannot use the setting "${name}": there is none of this name`, name, meant(name, settingNames)),
      );
      continue;
    }
    const read = typeof given === "string" ? readText(name, given, pathDelimiter) : readValue(name, given);
    if ("fault" in read)
      findings.push(withoutPlace(`Cannot use the setting "${name}": ${read.fault}`, name, read.hint));
    else values.set(name, { value: read.value, source: { layer: "flag", flag: name } });
  }
  return { values, findings };
}

type Reading = { readonly value: SettingValue } | { readonly fault: string; readonly hint?: string };

function readValue(name: SettingName, value: unknown): Reading {
  const setting = settings[name];
  switch (setting.type) {
    case "integer":
      if (typeof value !== "number" || !Number.isSafeInteger(value))
        return { fault: `it is ${describe(value)}, must be a whole number` };
      if (value < setting.minimum) return { fault: `it is ${value}, must be at least ${setting.minimum}` };
      return value > setting.maximum ? { fault: `it is ${value}, must be at most ${setting.maximum}` } : { value };
    case "flag":
      return typeof value === "boolean" ? { value } : { fault: `it is ${describe(value)}, must be true or false` };
    case "word":
      if (typeof value === "string" && setting.words.includes(value)) return { value };
      return {
        fault: `it is ${describe(value)}, must be one of ${setting.words.join(", ")}`,
        ...hintOf(meant(String(value), setting.words)),
      };
    case "text":
      if (typeof value === "string" && value.length <= maxTextUnits && !value.includes("\0")) return { value };
      return { fault: `it is ${typeof value === "string" ? "too long" : describe(value)}, must be a text` };
    case "list": {
      if (!Array.isArray(value)) return { fault: `it is ${describe(value)}, must be a list of texts` };
      const items: readonly unknown[] = value;
      const texts = items.filter((item) => typeof item === "string");
      if (texts.length !== items.length || texts.some((text) => text === "" || text.includes("\0")))
        return { fault: "it has an item that is no text" };
      const unknown = texts.find((text) => setting.words !== undefined && !setting.words.includes(text));
      if (unknown !== undefined)
        return {
          fault: `"${unknown}" is none of ${setting.words?.join(", ") ?? ""}`,
          ...hintOf(meant(unknown, setting.words ?? [])),
        };
      return { value: [...new Set(texts)] };
    }
  }
}

function readText(name: SettingName, text: string, pathDelimiter: string): Reading {
  const setting = settings[name];
  switch (setting.type) {
    case "integer":
      return /^-?[0-9]{1,16}$/.test(text)
        ? readValue(name, Number(text))
        : { fault: `it is ${describe(text)}, must be a whole number` };
    case "flag":
      if (text === "true" || text === "1") return { value: true };
      return text === "false" || text === "0"
        ? { value: false }
        : { fault: `it is ${describe(text)}, must be true or false` };
    case "word":
    case "text":
      return readValue(name, text);
    case "list":
      return readValue(
        name,
        text
          .split(setting.paths === true ? pathDelimiter : ",")
          .map((item) => item.trim())
          .filter((item) => item !== ""),
      );
  }
}

function leavesOf(table: unknown, prefix: string): readonly (readonly [string, unknown])[] {
  if (typeof table !== "object" || table === null) return [];
  return Object.entries(table).flatMap(([key, value]): readonly (readonly [string, unknown])[] => {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    const isTable = typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
    // A setting is a leaf whatever it holds; an empty table is none.
    return isTable && !isSettingName(name) ? leavesOf(value, name) : [[name, value]];
  });
}

/** Lines of keys: the parser gives places of syntax errors only. Multi-line texts may hide or invent a key; only messages depend on it. */
function keyPlaces(lines: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  let table = "";
  for (const [index, line] of lines.entries()) {
    const header = /^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}/.exec(line)?.[1];
    const key = header === undefined ? /^\s*([\w"'. -]+?)\s*=/.exec(line)?.[1] : undefined;
    const path = (header ?? key)
      ?.split(".")
      .map((part) => part.trim().replace(/^["']|["']$/g, ""))
      .join(".");
    if (path === undefined) continue;
    if (header !== undefined) table = path;
    const name = header !== undefined || table === "" ? path : `${table}.${path}`;
    if (!places.has(name)) places.set(name, index + 1);
  }
  return places;
}

function withoutPlace(message: string, subject: string, hint: string | undefined): Diagnostic {
  return { severity: "error", code: "config/invalid", message, place: { file: subject, line: 1 }, ...hintOf(hint) };
}

function hintOf(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

function meant(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({
      candidate,
      between: Math.min(distance(word, candidate), distance(word, candidate.slice(candidate.lastIndexOf(".") + 1))),
    }))
    .toSorted((a, b) => a.between - b.between)[0];
  return near !== undefined && near.between <= Math.max(2, word.length / 3)
    ? `Did you mean "${near.candidate}"?`
    : undefined;
}

function describe(value: unknown): string {
  if (typeof value === "string") return `the text "${value.length > 40 ? `${value.slice(0, 39)}…` : value}"`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : value instanceof Date ? "a date" : "a table";
}
