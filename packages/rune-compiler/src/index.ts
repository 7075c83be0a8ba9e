// Public names of @crucible/rune-compiler.
export { packageName } from "./package-name.ts";
