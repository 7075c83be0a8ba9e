// Public names of @crucible/audit.
export { packageName } from "./package-name.ts";
