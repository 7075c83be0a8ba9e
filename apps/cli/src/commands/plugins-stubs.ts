// cru plugins stubs: what editors need to complete and check calls of the host, as files in a folder.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { editorFiles, generatedMark } from "@crucible/bindings";
import { fail, toErrorValue } from "@crucible/sandbox";
import { requireKiln } from "../find-kiln.ts";
import { declaredModules } from "../platform.ts";
import type { CommandContext } from "../program.ts";

export function pluginsStubs({ terminal, kiln }: CommandContext, folder: string | undefined): Promise<number> {
  const { cwd, env } = terminal.streams;
  const root = folder === undefined ? requireKiln(kiln, env, cwd) : undefined;
  if (root?.ok === false) return Promise.resolve(terminal.fail(root.error));
  const target = root === undefined ? resolve(cwd, folder ?? ".") : join(root.value, ".crucible", "stubs");
  const files = editorFiles(declaredModules()).map(({ path, text }) => ({ path: join(target, path), text }));
  try {
    const foreign = files.find(({ path }) => existsSync(path) && !readFileSync(path, "utf8").includes(generatedMark));
    if (foreign !== undefined) {
      return Promise.resolve(
        terminal.fail(
          fail("plugin/conflict", `Cannot write "${foreign.path}": the file exists and was not generated`).error,
        ),
      );
    }
    for (const { path, text } of files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  } catch (thrown) {
    return Promise.resolve(terminal.fail(toErrorValue(thrown)));
  }
  terminal.printJson({ folder: target, files: files.map(({ path }) => path) });
  for (const { path } of files) terminal.print(path);
  terminal.note(
    `Lua: add ${join(target, "lua")} to Lua.workspace.library of your editor.\n` +
      `JavaScript: add ${join(target, "typescript", "*.d.ts")} to "include" of jsconfig.json.`,
  );
  return Promise.resolve(0);
}
