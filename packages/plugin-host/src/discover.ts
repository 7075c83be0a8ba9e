// Finds plugins in the roots: files with a known ending, and folders with a plugin.yaml. Reads and parses them, runs nothing.
// One broken plugin never hides another; the result does not depend on the order of directory entries.
import type { Diagnostic, ErrorValue, Outcome } from "@crucible/sandbox";
import { fail, succeed, toErrorValue } from "@crucible/sandbox";
import type { CapabilityClaim } from "@crucible/capabilities";
import { parseClaim, parseScope } from "@crucible/capabilities";
import type { Digest } from "@crucible/cache";
import { toHex } from "@crucible/cache";
import type { Manifest } from "@crucible/manifest";
import { languageOfPath, parseManifest } from "@crucible/manifest";
import type { PluginFiles } from "./plugin-files.ts";
import type { PluginRoot } from "./plugin-root.ts";

/** A plugin that was found and whose manifest is valid. */
export interface FoundPlugin {
  readonly root: PluginRoot;
  /** Absolute path of its file or folder. */
  readonly path: string;
  /** The file with the code. */
  readonly entryPath: string;
  readonly manifest: Manifest;
  /** Capabilities with their scopes read, and `PluginInvoke` for each declared dependency. */
  readonly claims: readonly CapabilityClaim[];
  /** Code of a textual language with the author's line numbers; bytes for components. */
  readonly source: { readonly text: string; readonly bytes?: Uint8Array };
  /** Lower-case hexadecimal SHA-256 over everything that can change what it does. */
  readonly hash: string;
  readonly warnings: readonly Diagnostic[];
  /** The lock names this version with these bytes. */
  readonly locked?: boolean;
}

/** A file or folder that looks like a plugin and is none. */
export interface BrokenPlugin {
  readonly root: PluginRoot;
  readonly path: string;
  /** As far as it could be read. */
  readonly name: string;
  readonly error: ErrorValue;
  /** There, where its manifest is valid and its code or dependencies are not. */
  readonly plugin?: FoundPlugin;
}

export interface Discovery {
  readonly found: readonly FoundPlugin[];
  readonly broken: readonly BrokenPlugin[];
}

export interface DiscoverPowers {
  readonly files: PluginFiles;
  readonly sha256: Digest;
  /** Names that no plugin can bear besides the platform's own. */
  readonly reservedNames?: readonly string[];
  /** Replaces `~/` in path scopes. */
  readonly userHome?: string;
  /** What an earlier scan found at a path: unchanged bytes are not parsed again, and stay the same object. */
  readonly known?: (path: string) => FoundPlugin | undefined;
  /** Whether anything at a path or below may have changed since that scan: what has not is not even read. All may when absent. */
  readonly mayHaveChanged?: (path: string) => boolean;
}

const maxDepth = 8;
const maxFileBytes = 64 * 1024 * 1024;
const maxFolderFiles = 500;

/** Searches all roots. Never rejects: what cannot be read is a broken plugin. */
export async function discoverPlugins(roots: readonly PluginRoot[], powers: DiscoverPowers): Promise<Discovery> {
  const found: FoundPlugin[] = [];
  const broken: BrokenPlugin[] = [];
  const results = await Promise.all(roots.map((root) => searchFolder(root, root.path, [], powers)));
  for (const result of results.flat()) {
    if ("error" in result) broken.push(result);
    else found.push(result);
  }
  return { found: found.sort(byPath), broken: broken.sort(byPath) };
}

/** Reads one plugin, wherever it is. */
export async function readPlugin(
  root: PluginRoot,
  path: string,
  powers: DiscoverPowers,
): Promise<FoundPlugin | BrokenPlugin> {
  const entries = await powers.files.list(path).catch(() => undefined);
  return entries === undefined ? readFilePlugin(root, path, powers) : readFolderPlugin(root, path, powers);
}

/** @param above real paths of the folders on the way here: a link back to one of them is not followed again */
async function searchFolder(
  root: PluginRoot,
  folder: string,
  above: readonly string[],
  powers: DiscoverPowers,
): Promise<(FoundPlugin | BrokenPlugin)[]> {
  const { files } = powers;
  const depth = above.length;
  try {
    const entries = await files.list(folder);
    if (entries === undefined) return [];
    if (depth > 0 && entries.some(({ name, kind }) => kind === "file" && /^plugin\.ya?ml$/.test(name))) {
      return [await readFolderPlugin(root, folder, powers)];
    }
    const here = [...above, (await files.realPath?.(folder)) ?? folder];
    const nested = await Promise.all(
      entries.map(async ({ name, kind, link }) => {
        if (/^[._]/.test(name) || name === "node_modules") return [];
        const path = files.join(folder, name);
        if (kind === "folder") {
          const isLoop = link === true && here.includes((await files.realPath?.(path)) ?? path);
          return depth < maxDepth && !isLoop ? searchFolder(root, path, here, powers) : [];
        }
        return languageOfPath(name) === undefined || /\.(test|spec|d)\.[a-z]+$/.test(name)
          ? []
          : [await readFilePlugin(root, path, powers)];
      }),
    );
    return nested.flat();
  } catch (thrown) {
    return [brokenAt(root, folder, toErrorValue(thrown))];
  }
}

async function readFilePlugin(
  root: PluginRoot,
  path: string,
  powers: DiscoverPowers,
): Promise<FoundPlugin | BrokenPlugin> {
  const known = knownAt(root, path, powers);
  if (known !== undefined && powers.mayHaveChanged?.(path) === false) return known;
  const bytes = await readBounded(path, powers);
  if (!bytes.ok) return brokenAt(root, path, bytes.error);
  const hash = toHex(powers.sha256(bytes.value));
  if (known?.hash === hash) return known;
  const text = decodeText(path, bytes.value);
  if (!text.ok) return brokenAt(root, path, text.error);
  const parsed = parseManifest({ path, text: text.value, ...parseOptions(powers) });
  if (!parsed.ok) return brokenAt(root, path, parsed.error);
  const source = { text: parsed.value.code };
  return complete(root, path, path, parsed.value, parsed.diagnostics, source, hash, powers);
}

async function readFolderPlugin(
  root: PluginRoot,
  folder: string,
  powers: DiscoverPowers,
): Promise<FoundPlugin | BrokenPlugin> {
  const { files, sha256 } = powers;
  const known = knownAt(root, folder, powers);
  if (known !== undefined && powers.mayHaveChanged?.(folder) === false) return known;
  const entries = (await files.list(folder)) ?? [];
  const manifestName =
    entries.find(({ name }) => name === "plugin.yaml" || name === "plugin.yml")?.name ?? "plugin.yaml";
  const manifestPath = files.join(folder, manifestName);
  const manifestBytes = await readBounded(manifestPath, powers);
  if (!manifestBytes.ok) return brokenAt(root, folder, manifestBytes.error);
  const manifestText = decodeText(manifestPath, manifestBytes.value);
  if (!manifestText.ok) return brokenAt(root, folder, manifestText.error);
  const parsed = parseManifest({ path: manifestPath, text: manifestText.value, ...parseOptions(powers) });
  if (!parsed.ok) return brokenAt(root, folder, parsed.error);
  const { entry } = parsed.value;
  if (entry === undefined || !isPlainRelative(entry)) {
    return brokenAt(
      root,
      folder,
      fail(
        "manifest/invalid",
        `Cannot load "${folder}": entry "${entry ?? ""}" must be a relative path inside of the folder`,
      ).error,
    );
  }
  const entryPath = files.join(folder, entry);
  const entryBytes = await readBounded(entryPath, powers);
  if (!entryBytes.ok) return brokenAt(root, folder, entryBytes.error);
  const hash = await hashFolder(folder, powers);
  if (!hash.ok) return brokenAt(root, folder, hash.error);
  const isBinary = entry.endsWith(".wasm");
  const text = isBinary ? succeed("") : decodeText(entryPath, entryBytes.value);
  if (!text.ok) return brokenAt(root, folder, text.error);
  const source = isBinary ? { text: "", bytes: entryBytes.value } : { text: text.value };
  return complete(
    root,
    folder,
    entryPath,
    parsed.value,
    parsed.diagnostics,
    source,
    toHex(sha256(new TextEncoder().encode(hash.value))),
    powers,
  );
}

function knownAt(root: PluginRoot, path: string, powers: DiscoverPowers): FoundPlugin | undefined {
  const known = powers.known?.(path);
  return known?.root.home === root.home ? known : undefined;
}

function complete(
  root: PluginRoot,
  path: string,
  entryPath: string,
  manifest: Manifest,
  warnings: readonly Diagnostic[],
  source: FoundPlugin["source"],
  hash: string,
  powers: DiscoverPowers,
): FoundPlugin | BrokenPlugin {
  const claims: CapabilityClaim[] = [];
  for (const capability of manifest.capabilities) {
    const claim = parseClaim(capability, powers.userHome);
    if (!claim.ok) return brokenAt(root, path, claim.error);
    claims.push(claim.value);
  }
  const dependencies = Object.keys(manifest.dependencies);
  // A declared dependency implies the right to call it.
  if (dependencies.length > 0) claims.push({ name: "PluginInvoke", scope: { plugins: dependencies } });
  return { root, path, entryPath, manifest, claims, source, hash, warnings };
}

// Names and contents of all files: renaming one changes the hash as editing it does.
async function hashFolder(folder: string, powers: DiscoverPowers): Promise<Outcome<string>> {
  const { files, sha256 } = powers;
  const lines: string[] = [];
  const visit = async (current: string, prefix: string, depth: number): Promise<ErrorValue | undefined> => {
    for (const { name, kind } of (await files.list(current)) ?? []) {
      if (name.startsWith(".")) continue;
      const path = files.join(current, name);
      if (kind === "folder") {
        const wrong = depth < maxDepth ? await visit(path, `${prefix}${name}/`, depth + 1) : undefined;
        if (wrong !== undefined) return wrong;
        continue;
      }
      const bytes = await readBounded(path, powers);
      if (!bytes.ok) return bytes.error;
      lines.push(`${toHex(sha256(bytes.value))} ${prefix}${name}\n`);
      if (lines.length > maxFolderFiles)
        return fail("plugin/invalid", `Cannot load "${folder}": it has more than ${maxFolderFiles} files`).error;
    }
    return undefined;
  };
  const wrong = await visit(folder, "", 0);
  return wrong === undefined ? succeed(lines.join("")) : { ok: false, error: wrong };
}

async function readBounded(path: string, { files }: DiscoverPowers): Promise<Outcome<Uint8Array>> {
  try {
    const bytes = await files.read(path, maxFileBytes);
    return bytes === undefined
      ? fail("plugin/invalid", `Cannot read "${path}": there is no such file`)
      : succeed(bytes);
  } catch (thrown) {
    return fail("plugin/invalid", `Cannot read "${path}": ${toErrorValue(thrown).message}`);
  }
}

function decodeText(path: string, bytes: Uint8Array): Outcome<string> {
  try {
    return succeed(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return fail("manifest/syntax", `Cannot read "${path}": it is not UTF-8 text`);
  }
}

function parseOptions(
  powers: DiscoverPowers,
): Pick<Parameters<typeof parseManifest>[0], "reservedNames" | "checkScope"> {
  return {
    ...(powers.reservedNames === undefined ? {} : { reservedNames: powers.reservedNames }),
    checkScope: (capability, scope) => {
      const parsed = parseScope(capability, scope, powers.userHome);
      return parsed.ok ? undefined : parsed.error.message;
    },
  };
}

function isPlainRelative(path: string): boolean {
  return (
    path !== "" && !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).some((part) => part === ".." || part === "")
  );
}

function brokenAt(root: PluginRoot, path: string, error: ErrorValue): BrokenPlugin {
  const stem = path.split(/[/\\]/).at(-1) ?? path;
  return { root, path, name: stem.replace(/\.[A-Za-z]+$/, ""), error };
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
