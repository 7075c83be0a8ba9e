// The manifest as the rest of the platform sees it: complete, with defaults filled in and schemas in one form.
import type { CapabilityName, JsonSchema, Language, LimitName, Value } from "@crucible/sandbox";

/** What a plugin declares about itself. Plain data; every field is present or its absence has a meaning given here. */
export interface Manifest {
  /** File that was parsed, as given. */
  readonly path: string;
  readonly kind: "plugin" | "library";
  /** Kebab-case. */
  readonly name: string;
  readonly description: string;
  /** Semantic version; `0.1.0` when the author gives none. */
  readonly version: string;
  readonly author?: string;
  /** SPDX expression. */
  readonly license?: string;
  readonly language: Language;
  /** First part of `namespace/plugin.action`. */
  readonly namespace?: string;
  /** Entry file relative to the folder of a `plugin.yaml`. */
  readonly entry?: string;
  /** `[KilnRead]` when the author says nothing; empty for libraries. */
  readonly capabilities: readonly DeclaredCapability[];
  /** Actions in the author's order, `main` first when it exists. */
  readonly actions: readonly DeclaredAction[];
  /** Plugin name to semver range. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Only what the author set; within the system maxima. */
  readonly limits: Readonly<Partial<Record<LimitName, number>>>;
  /** Limits above their default: a user has to approve them. */
  readonly raisedLimits: readonly RaisedLimit[];
  readonly examples: readonly DeclaredExample[];
  readonly tests: readonly DeclaredTest[];
  /** Events that actions of this plugin handle, in the author's order. */
  readonly hooks: readonly DeclaredHook[];
  /** Documentation of the file: its first doc comment. */
  readonly documentation?: string;
  /** Keys that start with `x-`, as written. */
  readonly extensions: Readonly<Record<string, Value>>;
  /** First line of the code in the file. */
  readonly bodyLine: number;
  /** The file's text for the compiler: a plain front matter block is blanked, so that lines are the author's. */
  readonly code: string;
}

export interface DeclaredCapability {
  readonly name: CapabilityName;
  /** Patterns as written: one, a list, or lists by dimension; `@crucible/capabilities` reads them. */
  readonly scope?: DeclaredScope;
}

export type DeclaredScope = string | readonly string[] | Readonly<Record<string, string | readonly string[]>>;

export interface DeclaredAction {
  readonly name: string;
  /** From the manifest, else the first sentence of the doc comment, else (for `main`) the plugin's. */
  readonly description: string;
  readonly documentation?: string;
  /** JSON Schema 2020-12 of the one object that the action takes. */
  readonly parameters: JsonSchema;
  /** Absent: any value. */
  readonly returns?: JsonSchema;
  readonly annotations: Annotations;
}

/** Hints for callers in MCP's terms; what the author leaves out is derived from the capabilities. */
export interface Annotations {
  readonly title?: string;
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
}

export interface RaisedLimit {
  readonly name: LimitName;
  readonly value: number;
  readonly default: number;
  readonly maximum: number;
}

/** A call that documents an action. */
export interface DeclaredExample {
  readonly action: string;
  readonly description?: string;
  readonly params: Value;
  readonly result?: Value;
}

/** A call that `cru plugins test` makes, and what has to come back. */
export interface DeclaredTest {
  readonly name: string;
  readonly action: string;
  readonly params: Value;
  /** Seed of the invocation; 0 when absent. */
  readonly seed: number;
  readonly expect: { readonly result: Value } | { readonly error: string } | { readonly anything: true };
}

/** Events that plugins can handle. `tool:before` asks, `tool:after` shows the result, the others tell. */
export const hookEvents = [
  "tool:before",
  "tool:after",
  "tool:error",
  "note:created",
  "note:modified",
  "note:deleted",
  "note:parsed",
] as const;

export type HookEvent = (typeof hookEvents)[number];

/** One event that one action handles. */
export interface DeclaredHook {
  readonly event: HookEvent;
  /** Names of tools or paths of notes: `*` stands for any text, `?` for one character; `*` when absent. */
  readonly pattern: string;
  readonly action: string;
  /** Lower ones come first: 0–9 security, 10–49 early, 50–149 normal (100 when absent), 150 and more late. */
  readonly priority: number;
}

/** Version of a manifest that names none. */
export const defaultVersion = "0.1.0";

/** Capabilities of a manifest that names none. */
export const defaultCapabilities: readonly DeclaredCapability[] = [{ name: "KilnRead" }];

/** Names that no plugin can bear: modules of the platform and of the languages, and built-in tools. */
export const reservedNames: readonly string[] = [
  ..."crucible statemachine graph workflow utils".split(" "),
  ..."std string table math utf8 coroutine".split(" "),
  ..."search read-note write-note list-notes list-plugins describe-plugin generate-plugin test-plugin install-plugin".split(
    " ",
  ),
];
