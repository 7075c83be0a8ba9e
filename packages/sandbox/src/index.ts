// Public names of @crucible/sandbox.
export { packageName } from "./package-name.ts";
