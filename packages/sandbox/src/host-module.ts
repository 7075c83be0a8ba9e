// Host modules as data: what a host offers to its guests, declared once. Bindings, type stubs, MCP schemas, capability
// checks, documentation and conformance cases are derived from these declarations. The effects are `HostModule.functions`.
import type { CapabilityName } from "./capability-name.ts";
import type { ErrorCode } from "./error-code.ts";
import type { InvocationContext } from "./invocation-context.ts";
import type { Limits } from "./limits.ts";
import type { ErrorDetails, Outcome } from "./outcome.ts";
import type { PluginInvoker } from "./invocation.ts";
import type { Value, ValueObject } from "./value.ts";

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** Languages that a guest can be written in. */
export type Language = "rune" | "lua" | "javascript" | "wasm";

/** A module as guests see it: `crucible.read_note(..)` in Lua and JavaScript, `crucible::read_note(..)` in Rune. */
export interface HostModuleDeclaration {
  /** Lower-case identifier, no keyword of any guest language; `require(name)`, `use name`, `import name`. */
  readonly name: string;
  readonly summary: string;
  readonly functions: readonly HostFunctionDeclaration[];
  readonly types?: readonly HostTypeDeclaration[];
  /**
   * Guest source that is loaded with the module and builds its idiomatic surface upon the raw functions: for what takes
   * callbacks, which never cross the boundary. In the shim the raw functions are in scope as `host`; what the shim
   * returns (Lua, JavaScript) or defines as `pub` (Rune) is added to the module.
   */
  readonly shims?: Readonly<Partial<Record<Language, string>>>;
}

export interface HostFunctionDeclaration {
  /** `read_note`, or `state.get` for a function of a nested table or module. */
  readonly name: string;
  /** One sentence; what follows is Markdown. */
  readonly summary: string;
  readonly documentation?: string;
  /** In call order; optional ones last. A guest passes them by position. */
  readonly parameters: readonly HostParameter[];
  readonly returns: JsonSchema;
  /** Authority that a call needs; `null`: none. What exactly is asked follows from `subject` or from `authority` of the function. */
  readonly capability: CapabilityName | null;
  /** The parameter that names what is acted on, and how it is to be understood. */
  readonly subject?: { readonly kind: SubjectKind; readonly parameter: string };
  /** `write` and `external` effects are journalled before they happen (`host.intent`). */
  readonly effect: "none" | "read" | "write" | "external";
  /** Fuel charged for one call, for backends that meter it. */
  readonly cost: number;
  /** Codes that a call can fail with, besides those that every call can (`capability/*`, `limit/*`, `host/invalid-argument`). */
  readonly errors?: readonly ErrorCode[];
  /** Parameters and results whose content is digested in the journal, not logged; `result` stands for the result. */
  readonly confidential?: readonly string[];
  readonly examples?: readonly HostFunctionExample[];
}

/** What a scope can be written about. */
export type SubjectKind = "note" | "folder" | "path" | "url" | "plugin" | "secret" | "key";

export interface HostParameter {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly summary: string;
  /** May be left out by the guest; `null` passes as left out. */
  readonly optional?: boolean;
}

export interface HostFunctionExample {
  readonly arguments: readonly Value[];
  readonly result: Value;
}

/**
 * A type with fields and methods. A value of it crosses as an object whose key `$type` holds `module.Type`; in the guest
 * its methods are called with the object as first argument.
 */
export interface HostTypeDeclaration {
  readonly name: string;
  readonly summary: string;
  readonly fields: readonly HostParameter[];
  /** Declared without the receiver. */
  readonly methods: readonly HostFunctionDeclaration[];
}

/** One question to the authority: may this plugin use `capability` on `subject`? */
export interface AuthorityRequest {
  readonly capability: CapabilityName;
  /** `crucible.read_note` */
  readonly operation: string;
  readonly subject?: AuthoritySubject;
  /** One line for the person who is asked: `write note "a.md" (1.2 KB)`. */
  readonly argumentSummary: string;
}

export interface AuthoritySubject {
  readonly kind: SubjectKind;
  /** Resolved: a note path relative to the kiln, an absolute file path, a URL, a plugin name. */
  readonly value: string;
  /** For `url`: the request's method. */
  readonly method?: string;
  /** For notes: tags, where known before the call. */
  readonly tags?: readonly string[];
  /** Finds them out, where a decision depends on them; a note that does not exist has none. */
  readonly findTags?: () => Promise<readonly string[]>;
}

/** Arguments after validation: by parameter name; optional ones may be absent. */
export type HostArguments = ValueObject;

/**
 * A text argument that the declaration's schema promises.
 *
 * @throws {TypeError} when the schema did not: a mistake of the module's author
 */
export function textArgument(args: HostArguments, name: string): string {
  const value = args[name];
  if (typeof value !== "string") throw new TypeError(`The argument "${name}" is no text: its schema must say so`);
  return value;
}

/** The implementation of one host function. Runs on the main thread or in a service, never inside the guest's worker. */
export interface HostFunction {
  /**
   * Resolves the arguments to what they act on, without any effect, before the decision is made. Without it, one request
   * is made from the declaration's `capability` and `subject`.
   */
  readonly authority?: (args: HostArguments, call: HostCallContext) => Outcome<readonly AuthorityRequest[]>;
  /** The effect. Called only after every request was allowed. A thrown exception becomes `host/internal`. */
  readonly run: (args: HostArguments, call: HostCallContext) => Outcome<Value> | Promise<Outcome<Value>>;
}

/** What one host call may know and use. Valid until its answer; using it afterwards throws. */
export interface HostCallContext {
  readonly invocation: InvocationContext;
  /** Which plugin of that name it is: `system`, or the path of the kiln that it belongs to. Not shown to guests. */
  readonly pluginHome: string;
  readonly limits: Limits;
  /** Aborted when the invocation ends for any reason. */
  readonly signal: AbortSignal;
  /** Milliseconds until the invocation's deadline. */
  readonly remainingMs: () => number;
  /** Unix milliseconds; never goes back within an invocation. */
  readonly now: () => number;
  /** 0 ≤ x < 1 with 53 random bits, from a generator that the invocation's seed determines. */
  readonly random: () => number;
  /** Asks again while the call runs, for what only then becomes known (a redirect). */
  readonly authorize: (request: AuthorityRequest) => Promise<Outcome<void>>;
  /** Sends a progress report to whoever follows the invocation. */
  readonly progress: (report: ProgressReport) => void;
  /** Sends a chunk of the result; settles when the consumer has taken it, fails with `limit/output`. */
  readonly emit: (value: Value) => Promise<Outcome<void>>;
  /** Writes to the plugin's log. */
  readonly log: (level: LogLevel, message: string, fields?: ValueObject) => void;
  /** Calls other plugins, as a nested invocation. */
  readonly invoker: PluginInvoker;
  /** The functions that the plugin itself can call; absent where there are none beside this one. */
  readonly host?: HostFunctions;
}

/** What one invocation can call of its host, for libraries that call it on the plugin's behalf. */
export interface HostFunctions {
  readonly modules: readonly HostModuleDeclaration[];
  /**
   * Calls a function as the plugin would: the call is validated, decided, recorded and counted in the same way.
   *
   * @param args by position; null passes as left out where a parameter is optional
   * @param signal ends the call before the invocation ends, where the function heeds its signal
   */
  call(module: string, name: string, args: readonly Value[], signal?: AbortSignal): Promise<Outcome<Value>>;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface ProgressReport {
  /** 0 … 1, or absent where the total is unknown. */
  readonly fraction?: number;
  readonly message?: string;
}

/** A declaration together with its effects; `functions` has exactly the declared names (methods as `Type.method`). */
export interface HostModule {
  readonly declaration: HostModuleDeclaration;
  readonly functions: Readonly<Record<string, HostFunction>>;
}

/** Refuses a module whose declaration and functions disagree, or whose names cannot be used in every language. */
export function checkHostModule(module: HostModule): readonly string[] {
  const { declaration, functions } = module;
  const declared = listHostFunctions(declaration).map(({ name }) => name);
  const findings: string[] = [];
  for (const name of declared) {
    if (!Object.hasOwn(functions, name))
      findings.push(`${declaration.name}.${name} is declared but has no implementation`);
  }
  for (const name of Object.keys(functions)) {
    if (!declared.includes(name)) findings.push(`${declaration.name}.${name} is implemented but not declared`);
  }
  if (new Set(declared).size !== declared.length) findings.push(`${declaration.name} declares a name twice`);
  if (!isName(declaration.name) || reservedWords.has(declaration.name) || javascriptWords.has(declaration.name)) {
    findings.push(`"${declaration.name}" cannot be the name of a module in every guest language`);
  }
  for (const name of declared) {
    for (const part of name.split(".")) {
      if (!isName(part) || reservedWords.has(part)) {
        findings.push(`"${part}" in "${name}" cannot be a name in every guest language`);
      }
    }
  }
  for (const { name, parameters, subject } of listHostFunctions(declaration)) {
    const names = parameters.map((parameter) => parameter.name);
    if (new Set(names).size !== names.length) findings.push(`${declaration.name}.${name} declares a parameter twice`);
    if (
      parameters.some((parameter, index) => parameter.optional !== true && parameters[index - 1]?.optional === true)
    ) {
      findings.push(`${declaration.name}.${name} has a required parameter after an optional one`);
    }
    if (subject !== undefined && !names.includes(subject.parameter))
      findings.push(`${declaration.name}.${name} names a subject that is no parameter`);
  }
  return findings;
}

/** Joins modules that guests see under one name, for example `crucible` out of several packages. At most one of them has a shim for each language. */
export function mergeHostModules(name: string, summary: string, modules: readonly HostModule[]): HostModule {
  const shims: Partial<Record<Language, string>> = {};
  for (const { declaration } of modules) {
    for (const [language, source] of Object.entries(declaration.shims ?? {}) as [Language, string][]) {
      if (shims[language] !== undefined) throw new TypeError(`Two parts of "${name}" have a shim for ${language}`);
      shims[language] = source;
    }
  }
  return {
    declaration: {
      name,
      summary,
      functions: modules.flatMap(({ declaration }) => declaration.functions),
      types: modules.flatMap(({ declaration }) => declaration.types ?? []),
      shims,
    },
    functions: Object.fromEntries(modules.flatMap(({ functions }) => Object.entries(functions))),
  };
}

/** All functions of a module, methods included as `Type.method` with their receiver as first parameter `self`. */
export function listHostFunctions(declaration: HostModuleDeclaration): readonly HostFunctionDeclaration[] {
  const methods = (declaration.types ?? []).flatMap((type) =>
    type.methods.map((method) => ({
      ...method,
      name: `${type.name}.${method.name}`,
      parameters: [{ name: "self", schema: { type: "object" }, summary: `the ${type.name}` }, ...method.parameters],
    })),
  );
  return [...declaration.functions, ...methods];
}

/** Details that every failure of a host function carries. */
export function hostFailureDetails(module: string, name: string, details?: ErrorDetails): ErrorDetails {
  return { ...details, operation: `${module}.${name}` };
}

function isName(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(text);
}

// Keywords of Lua, Rune and WIT: none of them can name a module, a function or a part of a dotted name.
const reservedWords: ReadonlySet<string> = new Set(
  `abstract alignof and as async await become bool borrow box break const constructor continue crate do dyn else elseif end enum
  export extern false final flags fn for from func function future goto if impl import in include interface is let list local loop
  macro match mod move mut nil not offsetof option or override own package priv proc pub pure record ref repeat resource result
  return s16 s32 s64 s8 select self Self sizeof static stream string struct super then trait true try tuple type typeof u16 u32 u64
  u8 unsafe unsized until use variant virtual where while with world yield`.split(/\s+/),
);

// Further keywords of JavaScript. They are good property names, so that only a module, which is imported as a binding, is not
// free to use them.
const javascriptWords: ReadonlySet<string> = new Set(
  `case catch class debugger default delete extends finally implements instanceof new null private protected public switch this
  throw undefined var void`.split(/\s+/),
);
