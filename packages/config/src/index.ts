// Public names of @crucible/config.
export { packageName } from "./package-name.ts";
