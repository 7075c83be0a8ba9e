// cru plugins new: a plugin that runs, with a test, from a template.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pluginNamePattern, reservedNames } from "@crucible/manifest";
import { fail } from "@crucible/sandbox";
import type { CommandContext } from "../program.ts";
import { luaTemplate } from "../templates/lua.ts";
import { runeTemplate } from "../templates/rune.ts";

interface NewOptions {
  readonly lang: "rune" | "lua";
}

export function pluginsNew({ terminal }: CommandContext, name: string, options: NewOptions): Promise<number> {
  const failed = (outcome: ReturnType<typeof fail>): Promise<number> => Promise.resolve(terminal.fail(outcome.error));
  if (!new RegExp(pluginNamePattern, "u").test(name))
    return failed(
      fail(
        "host/invalid-argument",
        `Cannot make "${name}": a plugin's name is lower-case words with hyphens, such as dice-roller`,
      ),
    );
  if (reservedNames.includes(name))
    return failed(fail("plugin/conflict", `Cannot make "${name}": the name is the platform's own`));
  const file = `${name}.${options.lang}`;
  const path = join(terminal.streams.cwd, file);
  if (existsSync(path)) return failed(fail("plugin/conflict", `Cannot make "${file}": the file exists`));
  const template = options.lang === "lua" ? luaTemplate : runeTemplate;
  writeFileSync(path, template(name), { flag: "wx" });
  terminal.printJson({ name, path });
  terminal.print(path);
  terminal.note(
    `Check it: cru plugins validate ${file}\nRun it: move it to plugins/ of your kiln, then cru plugins trust --author ${name} and cru run ${name} --param name=you`,
  );
  return Promise.resolve(0);
}
