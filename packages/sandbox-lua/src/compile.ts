// From source to artifact: parses without running, so that errors come with their line before anything is loaded.
import type { Diagnostic, LibrarySource, Outcome, SourceUnit } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import type { CompiledSource } from "@crucible/sandbox-thread";
import type { Runtime } from "./engine.ts";
import { callOwn, keepGlobal, openState, pushChunk, pushKept } from "./interpreter.ts";
import { Machine, OutOfMemory } from "./machine.ts";
import type { Chunk } from "./program.ts";
import { encodeProgram } from "./program.ts";
import { scanSource } from "./scan-source.ts";
import { chunkName, createSources, paddedText } from "./sources.ts";
import { splitPosition } from "./translate-error.ts";

const maxSourceUnits = 4 * 1024 * 1024;
const memoryBytes = 64 * 1024 * 1024;

/** Compiles a plugin and its libraries; Lua reports the first error of each file. */
export function compileSource(runtime: Runtime, source: SourceUnit): Outcome<CompiledSource> {
  const libraries = source.libraries ?? [];
  const units = [source, ...libraries].reduce((sum, { text }) => sum + text.length, 0);
  if (units > maxSourceUnits) {
    return fail(
      "compile/too-large",
      `Cannot compile "${source.file}": its source has ${units} characters, at most ${maxSourceUnits} are allowed`,
    );
  }
  try {
    const machine = new Machine(runtime.module, memoryBytes);
    const compiled = [{ ...source, name: "" }, ...libraries].map((unit) => compileUnit(machine, unit));
    const diagnostics = compiled.flatMap((outcome) => (outcome.ok ? [] : (outcome.error.details?.diagnostics ?? [])));
    const [first] = diagnostics;
    if (first !== undefined)
      return fail(
        "compile/syntax",
        `Cannot compile "${first.place.file}", line ${first.place.line}: ${first.message}`,
        { place: first.place, diagnostics },
      );
    const [main, ...rest] = compiled.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
    if (main === undefined) throw new Error("A compilation gave neither a chunk nor a diagnostic");
    const bytes = encodeProgram({ main, libraries: rest });
    if (!bytes.ok) return fail("compile/invalid", `Cannot compile "${source.file}": ${bytes.error.message}`);
    return succeed({ bytes: bytes.value, ...scanSource(source) });
  } catch (thrown) {
    if (!(thrown instanceof OutOfMemory)) throw thrown;
    return fail("limit/memory", `Cannot compile "${source.file}": it needs more than ${memoryBytes} bytes of memory`, {
      limit: { limit: memoryBytes, used: memoryBytes, unit: "bytes" },
    });
  }
}

function compileUnit(machine: Machine, { name, file, text, firstLine }: LibrarySource): Outcome<Chunk> {
  const { api } = machine;
  const L = openState(machine);
  const dump = keepGlobal(machine, L, "string", "dump");
  pushKept(machine, L, dump);
  const refused = pushChunk(
    machine,
    L,
    new TextEncoder().encode(paddedText(text, firstLine)),
    `@${chunkName(file)}`,
    "t",
  );
  if (refused !== undefined) {
    const diagnostic = syntaxError(refused, { file, source: text, firstLine });
    return fail("compile/syntax", refused, { diagnostics: [diagnostic] });
  }
  callOwn(machine, L, 1, 1, "string.dump");
  const bytecode = machine.readBytes(L, -1);
  api.lua_settop(L, 0);
  return succeed({ name, file, source: text, firstLine, bytecode });
}

function syntaxError(refused: string, chunk: Pick<Chunk, "file" | "source" | "firstLine">): Diagnostic {
  const sources = createSources([chunk]);
  const { text, line } = splitPosition(refused, sources);
  return {
    severity: "error",
    code: "compile/syntax",
    message: text,
    place: sources.place(chunk.file, line ?? chunk.firstLine, text),
  };
}
