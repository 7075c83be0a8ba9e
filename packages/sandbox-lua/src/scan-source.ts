// What can be told about a plugin without running it: its actions, where the source leaves no doubt, and the host functions
// that it names. Advice only: authority is decided for each call.
import type { ActionSignature, Diagnostic, HostModuleDeclaration, SourceUnit } from "@crucible/sandbox";
import { listHostFunctions } from "@crucible/sandbox";
import { findForbidden } from "./find-forbidden.ts";
import type { Token } from "./tokenize.ts";
import { tokenize } from "./tokenize.ts";

export interface SourceScan {
  readonly actions: readonly ActionSignature[] | null;
  readonly hostFunctions: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

export function scanSource(source: SourceUnit): SourceScan {
  const { text, firstLine, modules, libraries = [] } = source;
  const tokens = tokenize(text);
  const actions =
    findActions(tokens)?.map(({ line = 1, ...action }) => ({ ...action, line: line + firstLine - 1 })) ?? null;
  const warnings = [
    ...findForbidden(tokens, source),
    ...libraries.flatMap((library) => findForbidden(tokenize(library.text), library)),
  ];
  return { actions, hostFunctions: findHostFunctions(tokens, modules), warnings };
}

/** Names through which globals could be made unseen. */
const indirect: ReadonlySet<string> = new Set(["_G", "_ENV", "load", "rawset"]);
const opens: ReadonlySet<string> = new Set(["function", "if", "do", "repeat"]);
const closes: ReadonlySet<string> = new Set(["end", "until"]);
const keywords: ReadonlySet<string> = new Set(
  "and break do else elseif end false for function goto if in local nil not or repeat return then true until while".split(
    " ",
  ),
);

/**
 * The functions that the chunk makes global by `function name(…)` or `name = function(…)` at its top level; `null` when it
 * returns something, makes globals in any other way, or touches the table of globals.
 */
function findActions(tokens: readonly Token[]): readonly ActionSignature[] | null {
  const found = new Map<string, ActionSignature>();
  const locals = localNames(tokens);
  const isTopLocal = (name: string, index: number): boolean => (locals.top.get(name) ?? Infinity) < index;
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
      if (definition !== undefined && !isTopLocal(definition.name, index)) {
        if (!isTop) return null;
        addAction(found, definition.name, tokens, definition.at, token);
      }
    } else if (braces === 0 && isAssigned(tokens, index) && !isTopLocal(text, index)) {
      const value = tokens[index + 2];
      const isFunction = value?.kind === "name" && value.text === "function";
      if (isTop) {
        if (!isFunction && !isPlain(value)) return null;
        found.delete(text);
        if (isFunction) addAction(found, text, tokens, index + 3, token);
      } else if (isFunction || !locals.nested.has(text)) return null;
    }
    if (opens.has(text)) depth++;
    if (closes.has(text)) depth--;
  }
  return [...found.values()].filter(({ name }) => !name.startsWith("_"));
}

// A literal or the start of a table: no function.
function isPlain(value: Token | undefined): boolean {
  if (value === undefined) return false;
  return value.kind === "string" || value.text === "{" || /^[0-9]|^(?:true|false|nil)$/.test(value.text);
}

// The name of `function name(`, and where its parenthesis is; not for locals, fields and methods.
function globalFunction(
  tokens: readonly Token[],
  index: number,
): { readonly name: string; readonly at: number } | undefined {
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

// Every name that is declared local: at the top level, with the place from where on it is; below it, parameters and loop
// variables too.
function localNames(tokens: readonly Token[]): {
  readonly top: ReadonlyMap<string, number>;
  readonly nested: ReadonlySet<string>;
} {
  const top = new Map<string, number>();
  const nested = new Set<string>();
  let depth = 0;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== "name") continue;
    if (text === "local" || text === "for" || text === "function") {
      const isFunction = text === "function" || tokens[index + 1]?.text === "function";
      const add = (name: string): void => {
        if (depth === 0 && text === "local") top.set(name, Math.min(top.get(name) ?? Infinity, index));
        else nested.add(name);
      };
      if (!isFunction) namesAfter(tokens, index + 1).forEach(add);
      else if (text === "local") add(tokens[index + 2]?.text ?? "");
      else for (const name of namesAfter(tokens, parenthesisAfter(tokens, index) + 1)) nested.add(name);
    }
    if (opens.has(text)) depth++;
    if (closes.has(text)) depth--;
  }
  return { top, nested };
}

function parenthesisAfter(tokens: readonly Token[], start: number): number {
  let index = start;
  while (index < tokens.length && tokens[index]?.text !== "(") index++;
  return index;
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

function addAction(
  found: Map<string, ActionSignature>,
  name: string,
  tokens: readonly Token[],
  parenthesis: number,
  { comment, line }: Token,
): void {
  let arity: number | null = 0;
  for (let index = parenthesis + 1; index < tokens.length && tokens[index]?.text !== ")"; index++) {
    const { kind, text } = tokens[index] ?? { kind: "symbol", text: "" };
    if (text === "...") arity = null;
    else if (kind === "name" && arity !== null) arity++;
  }
  found.set(name, { name, arity, line, ...(comment === "" ? {} : { documentation: comment }) });
}

function findHostFunctions(tokens: readonly Token[], modules: readonly HostModuleDeclaration[]): readonly string[] {
  const declared = new Set(
    modules.flatMap((module) => listHostFunctions(module).map(({ name }) => `${module.name}.${name}`)),
  );
  const methods = modules.flatMap((module) =>
    (module.types ?? []).flatMap((type) =>
      type.methods.map(({ name }) => [name, `${module.name}.${type.name}.${name}`] as const),
    ),
  );
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
function moduleAliases(
  tokens: readonly Token[],
  modules: readonly HostModuleDeclaration[],
): ReadonlyMap<string, string> {
  const names = new Set(modules.map(({ name }) => name));
  const aliases = new Map<string, string>([["crucible", "crucible"]]);
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "name" || token.text !== "require") continue;
    const argument = tokens[index + 1]?.text === "(" ? tokens[index + 2] : tokens[index + 1];
    const target = tokens[index - 2];
    if (
      argument?.kind === "string" &&
      names.has(argument.text) &&
      tokens[index - 1]?.text === "=" &&
      target?.kind === "name"
    )
      aliases.set(target.text, argument.text);
  }
  return aliases;
}
