// Public names of @crucible/stdlib-graph.
export { packageName } from "./package-name.ts";
