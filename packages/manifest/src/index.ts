// Public names of @crucible/manifest.
export type { ManifestSource } from "./field-context.ts";
export type { ManifestResult } from "./parse-manifest.ts";
export { parseManifest } from "./parse-manifest.ts";
export type {
  Annotations,
  DeclaredAction,
  DeclaredCapability,
  DeclaredExample,
  DeclaredHook,
  DeclaredScope,
  DeclaredTest,
  HookEvent,
  Manifest,
  RaisedLimit,
} from "./manifest.ts";
export { defaultCapabilities, defaultVersion, hookEvents, reservedNames } from "./manifest.ts";
export { actionNamePattern, manifestSchema, pluginNamePattern } from "./manifest-schema.ts";
export type { ManifestCode, ManifestDiagnostic } from "./diagnostic.ts";
export { formatDiagnostic, manifestCodes } from "./diagnostic.ts";
export type { Validator, ValidatorOptions } from "./validator.ts";
export { createValidator } from "./validator.ts";
export { emptyTablesAsArrays } from "./empty-tables.ts";
export type { Problem } from "./explain-problem.ts";
export type { SchemaFault } from "./check-schema.ts";
export { checkSchema } from "./check-schema.ts";
export type { LinearPattern } from "./linear-pattern.ts";
export { compilePattern } from "./linear-pattern.ts";
export { languageExtensions, languageOfPath, languages } from "./language.ts";
export { suggest } from "./suggest.ts";
export { manifestBounds } from "./read-yaml.ts";
