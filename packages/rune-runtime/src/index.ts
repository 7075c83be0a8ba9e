// Public names of @crucible/rune-runtime.
export { ABI_FUNCTIONS, ABI_IMPORTS, INTERNAL_FUNCTIONS } from "./abi.ts";
export type { AbiFunction, AbiImport, AbiKind } from "./abi.ts";
export * as layout from "./layout.ts";
