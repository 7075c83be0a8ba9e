// Public names of @crucible/stdlib-utils.
export { packageName } from "./package-name.ts";
