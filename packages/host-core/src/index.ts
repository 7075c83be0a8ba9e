// Public names of @crucible/host-core.
export { hostCoreDeclaration } from "./declaration.ts";
export type { HostCorePowers } from "./host-core.ts";
export { createHostCore } from "./host-core.ts";
export type { PluginReference } from "./plugin-reference.ts";
export { parsePluginReference } from "./plugin-reference.ts";
