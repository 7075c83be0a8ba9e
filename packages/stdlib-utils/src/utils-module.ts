// The module `utils`: all functions together, as data and as effects.
import type { HostModule, HostModuleDeclaration } from "@crucible/sandbox";
import { formatFunctions } from "./format-functions.ts";
import { textFunctions } from "./text-functions.ts";
import type { Utility } from "./utility.ts";
import { byteFunctions, dateFunctions, hashFunctions, type Digest } from "./value-functions.ts";

export interface UtilsPowers {
  /** Hashes bytes; `digestNode` is Node's. */
  readonly digest: Digest;
}

const declare = (utilities: readonly Utility[]): HostModuleDeclaration => ({
  name: "utils",
  summary: "Formats, patterns, text, Markdown, templates, dates, bytes, hashes and ids.",
  functions: utilities.map(({ declaration }) => declaration),
});

const all = (digest: Digest): readonly Utility[] => [
  ...formatFunctions,
  ...textFunctions,
  ...dateFunctions,
  ...byteFunctions,
  ...hashFunctions(digest),
];

/** The module as data. */
export const utilsDeclaration: HostModuleDeclaration = declare(all((_, bytes) => bytes));

/** Makes the module. It keeps nothing. */
export function createUtils({ digest }: UtilsPowers): HostModule {
  return {
    declaration: utilsDeclaration,
    functions: Object.fromEntries(all(digest).map(({ declaration, run }) => [declaration.name, { run }])),
  };
}
