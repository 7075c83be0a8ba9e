// Public names of @crucible/conformance.
export { packageName } from "./package-name.ts";
