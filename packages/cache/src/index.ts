// Public names of @crucible/cache.
export { packageName } from "./package-name.ts";
