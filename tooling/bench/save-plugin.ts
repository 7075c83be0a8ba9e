// How long a save takes to count: the file of a plugin is written as editors write it, and the plugin is asked until it answers
// with the new code.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PluginHost } from "@crucible/plugin-host";
import { object } from "@crucible/sandbox";

/** A way to save a file. */
export type Save = (path: string, text: string) => void;

/** Ways in which editors save, by what they are called in the table. */
export const saves = {
  "written in place": (path, text) => writeFileSync(path, text),
  "temporary file, renamed": (path, text) => {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  },
  "old file renamed, then written": (path, text) => {
    renameSync(path, `${path}~`);
    writeFileSync(path, text);
    rmSync(`${path}~`);
  },
} satisfies Readonly<Record<string, Save>>;

/** A plugin whose answer is a number in its file. */
export interface SavedPlugin {
  readonly name: string;
  readonly path: string;
  /** The whole file, with the number that it answers with. */
  readonly text: (answer: number) => string;
}

/** Writes a plugin of one file: its name is its file's. */
export function singleFile(folder: string, name: string, ending: string, text: SavedPlugin["text"]): SavedPlugin {
  const path = join(folder, `${name}${ending}`);
  writeFileSync(path, text(0));
  return { name, path, text };
}

/** Writes a plugin that is a folder: what changes is the file with its code. */
export function wholeFolder(folder: string, name: string, manifest: string, text: SavedPlugin["text"]): SavedPlugin {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "plugin.yaml"), manifest);
  const path = join(folder, name, "main.lua");
  writeFileSync(path, text(0));
  return { name, path, text };
}

let answers = 0;

/** Milliseconds from before the save until an invocation answers with what was saved. */
export async function saveAndAsk(host: PluginHost, plugin: SavedPlugin, save: Save): Promise<number> {
  const wanted = (answers += 1);
  const text = plugin.text(wanted);
  // Saves that follow each other at once are one storm: each begins when the one before has come to rest.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const started = performance.now();
  save(plugin.path, text);
  for (;;) {
    const outcome = await host.invoke(plugin.name, "main", object([]), { invoker: { kind: "user", name: "bench" } })
      .outcome;
    const elapsed = performance.now() - started;
    if (outcome.ok && outcome.value === wanted) return elapsed;
    if (elapsed > 10_000) throw new Error(`"${plugin.name}" still answers with what it was before`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
