// Public names of @crucible/sandbox-lua.
export { createLuaBackend, readLuaRuntime } from "./lua-backend-node.ts";
export type { LuaBackendParts } from "./lua-backend.ts";
export { createLuaBackendFrom } from "./lua-backend.ts";
export type { IsUtf8 } from "./read-value.ts";
export { createLuaEngine, type LuaEngine } from "./engine.ts";
export { adaptRuntime } from "./runtime.ts";
export { absentNames, openedLibraries, permittedGlobals } from "./permits.ts";
