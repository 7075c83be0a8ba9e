// Public names of @crucible/rune-compiler/execute: running what was compiled takes none of the compiler.
export {
  instantiate,
  type CallBounds,
  type EncodedOutcome,
  type InstanceOptions,
  type RuneInstance,
} from "./execute/instance.ts";
export { loadModule, type LoadedModule } from "./execute/load.ts";
