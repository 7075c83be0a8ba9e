// cru plugins new: a plugin that runs, with a test, from a template, in this folder or in the kiln's plugins (MS-10.7). Where plugins
// are found it is one at once; elsewhere it is only a file.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pluginNamePattern, reservedNames } from "@crucible/manifest";
import { fail, type Outcome } from "@crucible/sandbox";
import { findKiln } from "../find-kiln.ts";
import { recordInstalled } from "../own-plugin.ts";
import type { Platform } from "../platform.ts";
import { pluginRoots } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";
import { luaTemplate } from "../templates/lua.ts";
import { runeTemplate } from "../templates/rune.ts";
import type { Terminal } from "../terminal.ts";

interface NewOptions {
  readonly lang: "rune" | "lua";
  readonly install?: boolean;
}

export async function pluginsNew(
  { terminal, kiln }: CommandContext,
  name: string,
  options: NewOptions,
): Promise<number> {
  const named = checkName(name);
  if (!named.ok) return terminal.fail(named.error);
  const { env, cwd } = terminal.streams;
  const found = findKiln(kiln, env, cwd);
  if (!found.ok) return terminal.fail(found.error);
  const template = options.lang === "lua" ? luaTemplate : runeTemplate;
  const file = `${name}.${options.lang}`;
  const writeHere = (): number => {
    const path = join(cwd, file);
    if (existsSync(path)) return terminal.fail(existing(path).error);
    write(terminal, name, path, template(name));
    terminal.note(`Check it: cru plugins validate ${file}\nUse it: cru plugins install ${file}, then ${runOf(name)}`);
    return 0;
  };
  if (found.value === undefined) {
    if (options.install !== true) return writeHere();
    return terminal.fail(
      fail("host/not-found", `Cannot install "${name}": this is no kiln`, {
        hint: "Name a kiln with --kiln FOLDER, or make one with cru kiln init",
      }).error,
    );
  }
  return withPlatform(terminal, { kiln: found.value }, async (platform, folder) => {
    const target = folderFor(platform, folder, cwd, options.install === true);
    if (target === undefined) return writeHere();
    const path = join(target, file);
    if (existsSync(path)) return terminal.fail(existing(path).error);
    const same = platform.host.registry.find(name);
    write(terminal, name, path, template(name));
    await platform.host.reload();
    const made = platform.host.registry.all.find((each) => each.path === path);
    if (made !== undefined) {
      // Who makes a plugin edits it next: trust follows the edits, as long as it asks for no more.
      await recordInstalled(platform, terminal, made, path, "author");
    }
    terminal.note(`Edit it, then: ${runOf(name)}`);
    if (same.ok) {
      const wins = platform.host.registry.find(name);
      if (wins.ok && wins.value.path !== path)
        terminal.note(terminal.colors.yellow(`${wins.value.path} stands before it: give one of them another name`));
      else terminal.note(`It stands before ${same.value.path} in this kiln`);
    }
    return 0;
  });
}

function checkName(name: string): Outcome<void> {
  if (!new RegExp(pluginNamePattern, "u").test(name))
    return fail(
      "host/invalid-argument",
      `Cannot make "${name}": a plugin's name is lower-case words with hyphens, such as dice-roller`,
      { hint: `Try another name: cru plugins new ${suggestName(name)}` },
    );
  if (!reservedNames.includes(name)) return { ok: true, value: undefined };
  return fail("plugin/conflict", `Cannot make "${name}": the name is the platform's own`, {
    hint: `Choose another name, such as my-${name}`,
  });
}

function suggestName(name: string): string {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[-0-9]+|-+$/g, "");
  return words === "" ? "my-plugin" : words;
}

// The folder of plugins in which one stands, or the kiln's shared one; nothing where this folder is none.
function folderFor(
  { config, folders }: Platform,
  kiln: string | undefined,
  cwd: string,
  install: boolean,
): string | undefined {
  const roots = pluginRoots(folders, kiln, config);
  if (roots.some(({ path }) => !relative(path, cwd).startsWith(".."))) return cwd;
  return install ? roots.find(({ scope }) => scope === "shared")?.path : undefined;
}

function existing(path: string): ReturnType<typeof fail> {
  return fail("plugin/conflict", `Cannot make "${path}": the file exists`, {
    hint: "Choose another name, or remove the file first",
  });
}

function write({ printJson, print }: Terminal, name: string, path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: "wx" });
  printJson({ name, path });
  print(path);
}

function runOf(name: string): string {
  return `cru run ${name} --param name=you`;
}
