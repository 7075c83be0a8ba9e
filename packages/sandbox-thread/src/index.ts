// Public names of @crucible/sandbox-thread.
export { packageName } from "./package-name.ts";
