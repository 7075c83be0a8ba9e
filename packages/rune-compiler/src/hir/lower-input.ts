// What lowering is given, and what it reads from documentation comments.

import type { ReadModule } from "../resolve/load-module.ts";
import type { SourceMode } from "../syntax/parse.ts";

/** A program or library to lower. */
export interface LowerInput {
  /** Name of the entry source, for messages; file modules are looked for beside it. */
  readonly path: string;
  readonly text: string;
  /** Offset at which the code starts, after front matter; 0 if it is left out. */
  readonly start?: number;
  /** A module (the default), or the body of a function that is exported as `main`. */
  readonly mode?: SourceMode;
  /** Names of the parameters of a script. */
  readonly parameters?: readonly string[];
  /** Gives the text of a file module, or null; without it `mod name;` is an error. */
  readonly readModule?: ReadModule;
  /** Host modules by name: the functions they have, or null when any name may be called; or those with a shim. */
  readonly hostModules?: Readonly<Record<string, readonly string[] | null | HostModuleInput>>;
  /** Texts of library crates by name; they are compiled into the program when it names them. */
  readonly libraries?: Readonly<Record<string, string>>;
}

/** A host module with a shim: Rune source whose public items are the module's, beside the functions of the host. */
export interface HostModuleInput {
  /** Names of the functions, dotted for those of inner modules; null when any name may be called. */
  readonly functions: readonly string[] | null;
  /** Sees the functions of the host as `host::name(..)`, also where it defines the same name itself. */
  readonly shim?: string;
}

/** Doc comments: of the source as a whole, and of its exports by name. Lines are joined; those without are left out. */
export interface Documentation {
  readonly file: string;
  readonly exports: Readonly<Record<string, string>>;
}
