// What can be told about a plugin without running it: its actions, where the source leaves no doubt, and the host functions
// that it names. Advice only: authority is decided for each call.
import type { ActionSignature, HostModuleDeclaration } from "@crucible/sandbox";
import { listHostFunctions } from "@crucible/sandbox";
import type { Token } from "./tokenize.ts";
import { tokenize } from "./tokenize.ts";

export interface SourceScan {
  readonly actions: readonly ActionSignature[] | null;
  readonly hostFunctions: readonly string[];
}

export function scanSource(text: string, modules: readonly HostModuleDeclaration[]): SourceScan {
  const tokens = tokenize(text);
  return { actions: findActions(tokens), hostFunctions: findHostFunctions(tokens, modules) };
}

/** Names through which globals could be made unseen. */
const indirect: ReadonlySet<string> = new Set(["_G", "_ENV", "load", "rawset"]);
const opens: ReadonlySet<string> = new Set(["function", "if", "do", "repeat"]);
const closes: ReadonlySet<string> = new Set(["end", "until"]);
const keywords: ReadonlySet<string> = new Set(
  "and break do else elseif end false for function goto if in local nil not or repeat return then true until while".split(" "),
);

/**
 * The functions that the chunk makes global by `function name(…)` or `name = function(…)` at its top level; `null` when it
 * returns something, makes globals in any other way, or touches the table of globals.
 */
function findActions(tokens: readonly Token[]): readonly ActionSignature[] | null {
  const found = new Map<string, ActionSignature>();
  const locals = localNames(tokens);
  let depth = 0;
  let braces = 0;
  for (const [index, token] of tokens.entries()) {
    const { kind, text } = token;
    if (kind === "symbol") {
      if (text === "{") braces++;
      if (text === "}") braces--;
    }
    if (kind !== "name") continue;
    if (indirect.has(text)) return null;
    const isTop = depth === 0 && braces === 0;
    if (isTop && text === "return") return null;
    if (text === "function") {
      const definition = globalFunction(tokens, index);
      if (definition !== undefined && !(locals.top.has(definition.name) || locals.nested.has(definition.name))) {
        if (!isTop) return null;
        addAction(found, definition.name, tokens, definition.at, token);
      } else if (definition !== undefined && locals.nested.has(definition.name)) return null;
    } else if (braces === 0 && isAssigned(tokens, index) && !locals.top.has(text) && !locals.nested.has(text)) {
      const value = tokens[index + 2];
      if (!isTop || value?.kind === "name" && value.text !== "function" && !/^[0-9]|^(true|false|nil)$/.test(value.text)) return null;
      if (value?.kind === "name" && value.text === "function") addAction(found, text, tokens, index + 3, token);
    }
    if (opens.has(text)) depth++;
    if (closes.has(text)) depth--;
  }
  return [...found.values()].filter(({ name }) => !name.startsWith("_"));
}

// The name of `function name(`, and where its parenthesis is; not for locals, fields and methods.
function globalFunction(tokens: readonly Token[], index: number): { readonly name: string; readonly at: number } | undefined {
  const name = tokens[index + 1];
  if (tokens[index - 1]?.text === "local" || name?.kind !== "name" || tokens[index + 2]?.text !== "(") return undefined;
  return { name: name.text, at: index + 2 };
}

// `name =` or a `name, name =`, as a statement and not as a field.
function isAssigned(tokens: readonly Token[], index: number): boolean {
  const { text } = tokens[index] ?? { text: "" };
  const before = tokens[index - 1];
  if (keywords.has(text) || before?.text === "." || before?.text === ":" || before?.text === "local") return false;
  const after = tokens[index + 1]?.text;
  return after === "=" && before?.text !== "for";
}

// Every name that is declared local somewhere, at the top level or below it; parameters and loop variables too.
function localNames(tokens: readonly Token[]): { readonly top: ReadonlySet<string>; readonly nested: ReadonlySet<string> } {
  const top = new Set<string>();
  const nested = new Set<string>();
  let depth = 0;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== "name") continue;
    if (text === "local" || text === "for" || text === "function") {
      const isFunction = text === "function" || tokens[index + 1]?.text === "function";
      if (text === "local" && isFunction) (depth === 0 ? top : nested).add(tokens[index + 2]?.text ?? "");
      const declared = isFunction ? namesAfter(tokens, tokens.findIndex((token, at) => at > index && token.text === "(") + 1) : namesAfter(tokens, index + 1);
      for (const name of declared) (depth === 0 && text === "local" && !isFunction ? top : nested).add(name);
    }
    if (opens.has(text)) depth++;
    if (closes.has(text)) depth--;
  }
  return { top, nested };
}

// A list of names with commas between, attributes in angle brackets skipped.
function namesAfter(tokens: readonly Token[], start: number): readonly string[] {
  const names: string[] = [];
  let index = start;
  while (tokens[index]?.kind === "name") {
    names.push(tokens[index]?.text ?? "");
    index++;
    if (tokens[index]?.text === "<") index += 3;
    if (tokens[index]?.text !== ",") break;
    index++;
  }
  return names;
}

function addAction(found: Map<string, ActionSignature>, name: string, tokens: readonly Token[], parenthesis: number, { comment }: Token): void {
  let arity: number | null = 0;
  for (let index = parenthesis + 1; index < tokens.length && tokens[index]?.text !== ")"; index++) {
    const { kind, text } = tokens[index] ?? { kind: "symbol", text: "" };
    if (text === "...") arity = null;
    else if (kind === "name" && arity !== null) arity++;
  }
  found.set(name, { name, arity, ...(comment === "" ? {} : { documentation: comment }) });
}

function findHostFunctions(tokens: readonly Token[], modules: readonly HostModuleDeclaration[]): readonly string[] {
  const declared = new Set(modules.flatMap((module) => listHostFunctions(module).map(({ name }) => `${module.name}.${name}`)));
  const methods = modules.flatMap((module) => (module.types ?? []).flatMap((type) => type.methods.map(({ name }) => [name, `${module.name}.${type.name}.${name}`] as const)));
  const aliases = moduleAliases(tokens, modules);
  const found = new Set<string>();
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== "name") continue;
    if (tokens[index - 1]?.text === ":") {
      for (const [name, method] of methods) if (name === text) found.add(method);
      continue;
    }
    const module = tokens[index - 1]?.text === "." ? undefined : aliases.get(text);
    if (module === undefined) continue;
    let path = module;
    for (let at = index + 1; tokens[at]?.text === "." && tokens[at + 1]?.kind === "name"; at += 2) {
      path += `.${tokens[at + 1]?.text ?? ""}`;
      if (declared.has(path)) found.add(path);
    }
  }
  return [...found].toSorted();
}

// Names that stand for a module: `crucible`, and `name` of `name = require("module")`.
function moduleAliases(tokens: readonly Token[], modules: readonly HostModuleDeclaration[]): ReadonlyMap<string, string> {
  const names = new Set(modules.map(({ name }) => name));
  const aliases = new Map<string, string>([["crucible", "crucible"]]);
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "name" || token.text !== "require") continue;
    const argument = tokens[index + 1]?.text === "(" ? tokens[index + 2] : tokens[index + 1];
    const target = tokens[index - 2];
    if (argument?.kind === "string" && names.has(argument.text) && tokens[index - 1]?.text === "=" && target?.kind === "name") aliases.set(target.text, argument.text);
  }
  return aliases;
}
