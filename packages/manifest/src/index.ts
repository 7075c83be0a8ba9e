// Public names of @crucible/manifest.
export { packageName } from "./package-name.ts";
