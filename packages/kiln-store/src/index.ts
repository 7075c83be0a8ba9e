// Public names of @crucible/kiln-store.
export { packageName } from "./package-name.ts";
