// Public names of @crucible/bindings.
export { packageName } from "./package-name.ts";
