// Public names of @crucible/host-core.
export { packageName } from "./package-name.ts";
