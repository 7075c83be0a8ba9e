// Public names of @crucible/capabilities.
export { packageName } from "./package-name.ts";
