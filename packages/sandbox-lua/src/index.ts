// Public names of @crucible/sandbox-lua.
export { packageName } from "./package-name.ts";
