// Public names of @crucible/plugin-host.
export { packageName } from "./package-name.ts";
