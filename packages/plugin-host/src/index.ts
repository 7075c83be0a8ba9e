// Public names of @crucible/plugin-host.
export type { PluginFiles, PluginFolderEntry } from "./plugin-files.ts";
export { createNodePluginFiles } from "./plugin-files-node.ts";
export type { PluginRoot, PluginScope } from "./plugin-root.ts";
export { isTrustedByPlace, pluginScopes } from "./plugin-root.ts";
export type { BrokenPlugin, DiscoverPowers, Discovery, FoundPlugin } from "./discover.ts";
export { discoverPlugins, readPlugin } from "./discover.ts";
export type { Override, Registry } from "./registry.ts";
export { createRegistry, qualifiedName } from "./registry.ts";
export { authorityRecord } from "./authority-record.ts";
export type { PluginHost, PluginHostOptions, RootRequest } from "./plugin-host.ts";
export { createPluginHost } from "./plugin-host.ts";
