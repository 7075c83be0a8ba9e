// What editors need to complete and check calls of host modules: files by name, for every language.
import type { HostModuleDeclaration } from "@crucible/sandbox";
import { renderLuaTypes } from "./render-lua.ts";
import { renderRune } from "./render-rune.ts";
import { renderTypeScript } from "./render-typescript.ts";
import { renderWit } from "./render-wit.ts";

/** One file for an editor. */
export interface EditorFile {
  /** Relative to the folder that holds them all: `lua/crucible.lua`. */
  readonly path: string;
  readonly text: string;
}

/** Stands in the first two lines of every file that is rendered here, and tells it from what people wrote. */
export const generatedMark = "Generated from the declarations of the host module";

/** LuaLS annotations, `.d.ts`, and Rune modules for each module, and one WIT package for all; sorted by path. */
export function editorFiles(modules: readonly HostModuleDeclaration[]): readonly EditorFile[] {
  const files = modules.flatMap((module) => [
    { path: `lua/${module.name}.lua`, text: renderLuaTypes(module) },
    { path: `typescript/${module.name}.d.ts`, text: renderTypeScript(module) },
    { path: `rune/${module.name}.rn`, text: renderRune(module) },
  ]);
  return [...files, { path: "wit/host.wit", text: renderWit(modules) }].sort((a, b) => (a.path < b.path ? -1 : 1));
}
