// Public names of @crucible/kiln-api.
export { packageName } from "./package-name.ts";
