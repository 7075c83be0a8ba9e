// cru plugins lock: writes down versions and contents. cru plugins unload: drops what is kept of a plugin's compilation.
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { createLock, createRegistry, formatLock } from "@crucible/plugin-host";
import { isKilnScope, lockPath } from "../plugin-locks.ts";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";

export async function pluginsLock({ terminal, kiln }: CommandContext): Promise<number> {
  return withPlatform(terminal, { kiln, withoutLock: true }, async ({ host, folders }, kilnFolder) => {
    const { registry } = host;
    const lock = createLock(createRegistry(registry.generation, { found: registry.all, broken: [] }));
    const ofKiln = kilnFolder !== undefined;
    const plugins = lock.plugins.filter(({ scope }) => isKilnScope(scope) === ofKiln);
    const path = lockPath(folders, kilnFolder);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.tmp`, formatLock({ ...lock, plugins }));
    await rename(`${path}.tmp`, path);
    terminal.printJson({ path, plugins });
    terminal.print(path);
    terminal.note(`${plugins.length} plugins are locked`);
    return 0;
  });
}

export async function pluginsUnload({ terminal, kiln }: CommandContext, name: string): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ host }) => {
    const freed = await host.unload(name);
    if (!freed.ok) return terminal.fail(freed.error);
    terminal.printJson({ plugin: name, freed: freed.value });
    terminal.print(`${name} is unloaded and its compiled form removed`);
    return 0;
  });
}
