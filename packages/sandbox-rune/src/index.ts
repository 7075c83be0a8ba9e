// Public names of @crucible/sandbox-rune.
export { packageName } from "./package-name.ts";
