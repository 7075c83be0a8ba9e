// Public names of @crucible/rune-runtime.
export { ABI_FUNCTIONS, ABI_IMPORTS, INTERNAL_FUNCTIONS } from "./abi.ts";
export type { AbiFunction, AbiImport, AbiKind } from "./abi.ts";
export { RUNTIME_DATA_END, runtimeBytes } from "./runtime-bytes.ts";
export * as layout from "./layout.ts";
