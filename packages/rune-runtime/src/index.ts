// Public names of @crucible/rune-runtime.
export { packageName } from "./package-name.ts";
