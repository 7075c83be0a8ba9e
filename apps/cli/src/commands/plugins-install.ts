// cru plugins install and remove: into the user's own folder or into the kiln, checked before anything is written.
import { rm, stat } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { sha256 } from "@crucible/cache";
import { capabilityTable, formatScope } from "@crucible/capabilities";
import { breakingChanges, createNodePluginFiles, qualifiedName, readPlugin } from "@crucible/plugin-host";
import { fail, succeed, unwrap } from "@crucible/sandbox";
import { recordInstalled, subjectOfUser } from "../own-plugin.ts";
import { placePlugin } from "../place-plugin.ts";
import { pluginRoots } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";

interface InstallOptions {
  readonly scope: "system" | "kiln";
  readonly force?: boolean;
}

export async function pluginsInstall(
  { terminal, kiln }: CommandContext,
  file: string,
  options: InstallOptions,
): Promise<number> {
  return withPlatform(terminal, { kiln }, async (platform, kilnFolder) => {
    const { host, config, folders } = platform;
    const from = resolve(terminal.streams.cwd, file);
    const scope = options.scope === "system" ? "system" : "shared";
    const root = pluginRoots(folders, kilnFolder, config).find((each) => each.scope === scope);
    if (root === undefined)
      return terminal.fail(
        fail("host/not-found", `Cannot install into ${options.scope}: there is no such folder of plugins here`, {
          hint: "Name a kiln with --kiln FOLDER, or use --scope system",
        }).error,
      );
    if (!existsSync(from))
      return terminal.fail(fail("host/not-found", `Cannot install "${file}": there is no such file`).error);
    const found = await readPlugin(root, from, { files: createNodePluginFiles(), sha256 });
    if ("error" in found) return terminal.fail(found.error);
    const verdict = await host.check(found);
    if (verdict.error !== undefined) return terminal.fail(verdict.error);
    const { manifest } = found;
    const name = qualifiedName(found);
    const target = join(root.path, basename(from));
    const here = host.registry.all.filter((each) => each.root.path === root.path && qualifiedName(each) === name);
    const same = here.find((each) => each.path === target || each.manifest.version === manifest.version);
    if (options.force !== true && (existsSync(target) || same !== undefined) && same?.hash !== found.hash) {
      return terminal.fail(
        fail(
          "plugin/conflict",
          `Cannot install ${name} ${manifest.version}: ${same?.path ?? target} is there already`,
          {
            hint: "Give it another version and file name, or replace what is there with --force",
          },
        ).error,
      );
    }
    const [former] = here;
    const breaking = former === undefined ? [] : breakingChanges(former.manifest, manifest);
    const placed = await placePlugin(from, target, async (copy) => {
      const copied = await readPlugin(root, copy, { files: createNodePluginFiles(), sha256 });
      if (!("error" in copied) && copied.hash === found.hash) return succeed(undefined);
      return fail("plugin/conflict", `Cannot install ${name}: ${file} changed while it was copied`, {
        hint: "Try again when nobody writes it",
      });
    });
    if (!placed.ok) return terminal.fail(placed.error);
    if (same !== undefined && same.path !== target && same.hash !== found.hash)
      await rm(same.path, { recursive: true, force: true });
    await host.reload();
    const installed = host.registry.all.find((each) => each.path === target);
    // What was copied is not what is there, if somebody else changes it at this moment.
    if (installed === undefined) {
      const broken = host.registry.broken.find((each) => each.path === target);
      return terminal.fail(
        broken?.error ?? fail("plugin/invalid", `Cannot install ${name}: ${target} is no plugin any more`).error,
      );
    }
    const waits = await recordInstalled(platform, terminal, installed, from, "content");
    terminal.printJson({ name, version: manifest.version, path: target, hash: found.hash, breaking, waits });
    terminal.print(target);
    for (const { name: capability, scope: part } of installed.claims)
      terminal.note(`  ${capability} (${formatScope(part)}): ${capabilityTable[capability].summary}`);
    if (waits) terminal.note(`${name} waits until somebody agrees to it: cru plugins trust ${name}`);
    for (const change of breaking) {
      terminal.note(
        terminal.colors.yellow(
          `${name} ${manifest.version} breaks callers of ${former?.manifest.version ?? ""} without a new major version: ${change}`,
        ),
      );
    }
    return 0;
  });
}

export async function pluginsRemove(
  { terminal, kiln }: CommandContext,
  name: string,
  options: { readonly force?: boolean },
): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ host, journal }) => {
    const found = host.registry.find(name);
    if (!found.ok) return terminal.fail(found.error);
    const plugin = found.value;
    const { manifest } = plugin;
    const rest = host.registry.candidates(manifest.name).filter((each) => each !== plugin);
    const dependents = host.registry.all.filter((each) => Object.hasOwn(each.manifest.dependencies, manifest.name));
    if (options.force !== true && rest.length === 0 && dependents.length > 0) {
      const names = dependents.map(qualifiedName).join(", ");
      return terminal.fail(
        fail("plugin/conflict", `Cannot remove ${name}: ${names} depend on it`, {
          hint: "Remove them first, or remove it all the same with --force",
        }).error,
      );
    }
    const isFolder = (await stat(plugin.path)).isDirectory();
    await rm(plugin.path, { recursive: isFolder, force: true });
    unwrap(
      await journal.record({
        ...subjectOfUser(terminal, plugin),
        kind: "plugin.remove",
        content_hash: plugin.hash,
        path: plugin.path,
      }),
    );
    await host.reload();
    terminal.printJson({ name: qualifiedName(plugin), version: manifest.version, path: plugin.path });
    terminal.print(plugin.path);
    return 0;
  });
}
