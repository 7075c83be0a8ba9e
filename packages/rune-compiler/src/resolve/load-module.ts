// File modules: where `mod name;` is looked for, and how its source joins the compilation. Reading is a power.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { SourceMap } from "../diagnostics/source-map.ts";
import { parseSource } from "../syntax/parse.ts";
import type { LoadModule } from "./index-items.ts";

/** Text of the source at a path, or null if there is none. Paths are relative to where the entry's path is. */
export type ReadModule = (path: string) => string | null;

/** File modules that one compilation may have. */
const MAX_MODULES = 1000;

/** Makes the loader of a compilation whose entry has the path given. */
export function createModuleLoader(
  entry: string,
  read: ReadModule | null,
  sources: SourceMap,
  diagnostics: DiagnosticSink,
): LoadModule {
  const slash = entry.lastIndexOf("/");
  const folder = slash < 0 ? "" : entry.slice(0, slash + 1);
  let loaded = 0;
  return (names, span) => {
    const stem = folder + names.join("/");
    loaded += 1;
    if (loaded > MAX_MODULES) {
      diagnostics.error("compile/too-many-modules", span, `More than ${MAX_MODULES} file modules`);
      return null;
    }
    const candidates = [`${stem}.rn`, `${stem}/mod.rn`, `${stem}.rune`, `${stem}/mod.rune`];
    for (const path of candidates) {
      const text = read?.(path) ?? null;
      if (text === null) continue;
      const source = sources.add({ path, text, start: 0 });
      return parseSource({ text, source, start: 0, mode: "module" }, diagnostics);
    }
    const help = read === null ? "File modules are not available here" : `Looked for ${candidates.join(", ")}`;
    diagnostics.error("compile/mod-not-found", span, `Module \`${names.at(-1) ?? ""}\` has no file`, { help });
    return null;
  };
}
