// Validation at registration: dependencies, syntax and security of every plugin that was found, before anything can refer to
// it. Verdicts about unchanged content are taken from the store. A plugin that does not validate is broken, and hides no other.
import { artifactKey } from "@crucible/cache";
import type { ArtifactStore, Digest } from "@crucible/cache";
import type { Artifact, CapabilityName, Diagnostic, ErrorValue } from "@crucible/sandbox";
import { fail, isErrorCode } from "@crucible/sandbox";
import type { BrokenPlugin, Discovery, FoundPlugin } from "./discover.ts";
import type { HostEntry } from "./function-table.ts";
import type { Loader, Prepared } from "./load-plugin.ts";
import type { Registry } from "./registry.ts";
import { createRegistry } from "./registry.ts";
import { cycleError, findCycle, resolveDependencies } from "./resolve-dependencies.ts";

/** What compiling said about one plugin. */
export interface PluginVerdict {
  /** Why it cannot be registered. */
  readonly error?: ErrorValue;
  readonly warnings: readonly Diagnostic[];
}

export interface Validator {
  /** Takes what does not validate from the found plugins to the broken ones. */
  validate(discovery: Discovery): Promise<Discovery>;
  /** One plugin among those of a registry: all findings. */
  check(plugin: FoundPlugin, registry: Registry): Promise<PluginVerdict>;
}

export interface ValidationPowers {
  readonly loader: Loader;
  readonly sha256: Digest;
  readonly artifacts?: ArtifactStore;
  /** Version of the host: another one judges anew. */
  readonly runtime: string;
}

/** Warnings of backends that refuse registration: the code names what no plugin has. */
export const refusedFindings: readonly string[] = ["compile/forbidden-global"];

export function createPluginValidator({ loader, sha256, artifacts, runtime }: ValidationPowers): Validator {
  const bookKey = artifactKey(
    { source: "verdicts", file: "", language: "", compiler: "validate-plugins", abi: "2", flags: { runtime } },
    sha256,
  );
  let book: Map<string, PluginVerdict> | undefined;

  const readBook = async (): Promise<Map<string, PluginVerdict>> => {
    if (book !== undefined) return book;
    const stored = await artifacts?.get(bookKey);
    book = stored === undefined ? new Map<string, PluginVerdict>() : parseBook(new TextDecoder().decode(stored));
    return book;
  };

  const compile = async (plugin: FoundPlugin, prepared: Prepared): Promise<PluginVerdict> => {
    const compiled = await loader.compile(prepared);
    if (!compiled.ok) return { error: compiled.error, warnings: [] };
    return judge(plugin, compiled.value, prepared);
  };

  // Libraries are compiled with their importers; alone they have no actions, but their syntax is told early.
  const check = async (plugin: FoundPlugin, registry: Registry): Promise<PluginVerdict> => {
    const fault = checkDependencies(plugin, registry);
    if (fault !== undefined) return { error: fault, warnings: [] };
    const prepared = loader.prepare(plugin, registry);
    return prepared.ok ? compile(plugin, prepared.value) : { error: prepared.error, warnings: [] };
  };

  return {
    check,
    validate: async ({ found, broken }) => {
      const known = await readBook();
      const used = new Map<string, PluginVerdict>();
      const refused: BrokenPlugin[] = [];
      let valid = [...found];
      for (let again = true; again;) {
        const byDependencies = refuseByDependencies(valid, [...broken, ...refused]);
        refused.push(...byDependencies.refused);
        const registry = createRegistry(0, { found: byDependencies.valid, broken: [] });
        const judged = await Promise.all(
          byDependencies.valid.map(async (plugin) => {
            const prepared = loader.prepare(plugin, registry);
            // A host without this language lists the plugin; calling it says why it cannot run.
            if (!prepared.ok) {
              const isElsewhere = prepared.error.code === "host/unavailable";
              return { plugin, verdict: isElsewhere ? { warnings: [] } : { error: prepared.error, warnings: [] } };
            }
            const key = `${plugin.hash} ${plugin.entryPath} ${loader.identityOf(prepared.value)}`;
            let verdict = used.get(key) ?? known.get(key);
            if (verdict === undefined) verdict = await compile(plugin, prepared.value);
            if (verdict.error === undefined || isAboutContent(verdict.error)) used.set(key, verdict);
            return { plugin, verdict };
          }),
        );
        const next: FoundPlugin[] = [];
        for (const { plugin, verdict } of judged) {
          if (verdict.error === undefined) next.push(withWarnings(plugin, verdict.warnings));
          else refused.push(brokenBy(plugin, verdict.error));
        }
        again = next.length < byDependencies.valid.length;
        valid = next;
      }
      if (used.size !== known.size || [...used.keys()].some((key) => !known.has(key))) {
        book = used;
        await artifacts?.put(bookKey, new TextEncoder().encode(JSON.stringify([...used])));
      }
      return { found: valid, broken: [...broken, ...refused].sort((a, b) => (a.path < b.path ? -1 : 1)) };
    },
  };

  function judge(plugin: FoundPlugin, artifact: Artifact, prepared: Prepared): PluginVerdict {
    const refusing = artifact.warnings.filter(({ code }) => refusedFindings.includes(code));
    const others = artifact.warnings.filter(({ code }) => !refusedFindings.includes(code));
    const [first] = refusing;
    if (first !== undefined) {
      const diagnostics = refusing.map((each) => ({ ...each, severity: "error" as const }));
      return {
        error: fail("compile/invalid", `Cannot register "${plugin.manifest.name}": ${first.message}`, {
          place: first.place,
          diagnostics,
        }).error,
        warnings: others,
      };
    }
    return { warnings: [...others, ...adviseOnCapabilities(plugin, artifact, prepared)] };
  }
}

/** Capabilities that the code needs and the manifest does not declare, and the reverse: advice, because code can be indirect. */
function adviseOnCapabilities(plugin: FoundPlugin, artifact: Artifact, { functions }: Prepared): readonly Diagnostic[] {
  const { manifest } = plugin;
  if (artifact.hostFunctions === null || manifest.kind === "library") return [];
  const place = { file: plugin.entryPath, line: manifest.bodyLine };
  const advice: Diagnostic[] = [];
  const needed = new Set<CapabilityName>();
  const declared = new Set(plugin.claims.map(({ name }) => name));
  // Hearing of a note is reading it.
  const heard = manifest.hooks.find(({ event }) => event.startsWith("note:"));
  if (heard !== undefined) {
    needed.add("KilnRead");
    if (!declared.has("KilnRead") && !declared.has("Unsafe")) {
      advice.push({
        severity: "warning",
        code: "manifest/undeclared-capability",
        message: `The hook of ${heard.event} needs the capability KilnRead, which the manifest does not declare: it hears of nothing`,
        place: { file: manifest.path, line: 1 },
        hint: "Add KilnRead to capabilities, or do without the hook",
      });
    }
  }
  for (const operation of artifact.hostFunctions) {
    const entry = findEntry(operation, functions);
    const capability = entry?.declaration.capability ?? null;
    if (capability === null) continue;
    needed.add(capability);
    if (declared.has(capability) || declared.has("Unsafe")) continue;
    advice.push({
      severity: "warning",
      code: "manifest/undeclared-capability",
      message: `${operation} needs the capability ${capability}, which the manifest does not declare`,
      place: placeOf(plugin, operation) ?? place,
      hint: `Add ${capability} to capabilities, or do without ${operation}`,
    });
  }
  // What a library of the guest calls on the plugin's behalf, its code does not name.
  const isIndirect = functions.modules.some(
    ({ name, shims }) => shims?.[manifest.language] !== undefined && plugin.source.text.includes(name),
  );
  if (isIndirect) return advice;
  for (const { name } of manifest.capabilities) {
    if (needed.has(name) || name === "Unsafe" || name === "Intercept" || isDefault(manifest.capabilities)) continue;
    advice.push({
      severity: "warning",
      code: "manifest/unused-capability",
      message: `The manifest declares the capability ${name}, which nothing in the code needs`,
      place: { file: manifest.path, line: 1 },
      hint: `Remove ${name} from capabilities`,
    });
  }
  return advice;
}

// Where the author said nothing, the default stands.
function isDefault(capabilities: readonly { readonly name: string; readonly scope?: unknown }[]): boolean {
  const [only] = capabilities;
  return capabilities.length === 1 && only?.name === "KilnRead" && only.scope === undefined;
}

function findEntry(operation: string, functions: Prepared["functions"]): HostEntry | undefined {
  const dot = operation.indexOf(".");
  return functions.find(operation.slice(0, dot), operation.slice(dot + 1));
}

// The first line on which the function is named, in whichever way the language writes a path.
function placeOf({ source, entryPath }: FoundPlugin, operation: string): Diagnostic["place"] | undefined {
  const name = operation.split(".").at(-1) ?? operation;
  const lines = source.text.split("\n");
  const index = lines.findIndex((line) => line.includes(name));
  const snippet = lines[index];
  if (snippet === undefined) return undefined;
  return { file: entryPath, line: index + 1, column: snippet.indexOf(name) + 1, snippet: snippet.slice(0, 240) };
}

function refuseByDependencies(
  found: readonly FoundPlugin[],
  broken: readonly BrokenPlugin[],
): { readonly valid: readonly FoundPlugin[]; readonly refused: readonly BrokenPlugin[] } {
  const refused: BrokenPlugin[] = [];
  let valid = found;
  for (;;) {
    const registry = createRegistry(0, { found: valid, broken: [...broken, ...refused] });
    const next = valid.filter((plugin) => {
      const fault = checkDependencies(plugin, registry);
      if (fault !== undefined) refused.push(brokenBy(plugin, fault));
      return fault === undefined;
    });
    if (next.length === valid.length) return { valid, refused };
    valid = next;
  }
}

function checkDependencies(plugin: FoundPlugin, registry: Registry): ErrorValue | undefined {
  if (Object.keys(plugin.manifest.dependencies).length === 0) return undefined;
  const resolved = resolveDependencies(plugin, registry);
  if (!resolved.ok) return namingBroken(resolved.error, registry);
  const cycle = findCycle(plugin, (each) => {
    const own = resolveDependencies(each, registry);
    return own.ok ? own.value.plugins.values() : [];
  });
  return cycle === undefined ? undefined : cycleError(plugin, cycle).error;
}

// What is missing may be there and be wrong itself: that is the thing to mend first.
function namingBroken(error: ErrorValue, registry: Registry): ErrorValue {
  const path = error.details?.["path"];
  const name: unknown = Array.isArray(path) ? path.at(-1) : undefined;
  const culprit = registry.broken.find((each) => each.name === name);
  if (culprit === undefined) return error;
  return {
    ...error,
    message: `${error.message}; it was found but does not validate: ${culprit.error.message}`,
    details: { ...error.details, hint: `Run cru plugins validate ${culprit.path}` },
  };
}

function brokenBy(plugin: FoundPlugin, error: ErrorValue): BrokenPlugin {
  return { root: plugin.root, path: plugin.path, name: plugin.manifest.name, error, plugin };
}

function withWarnings(plugin: FoundPlugin, warnings: readonly Diagnostic[]): FoundPlugin {
  const added = warnings.filter(
    (each) => !plugin.warnings.some(({ code, message }) => code === each.code && message === each.message),
  );
  return added.length === 0 ? plugin : { ...plugin, warnings: [...plugin.warnings, ...added] };
}

// Only what follows from the content may be kept: a worker that ended says nothing about it.
function isAboutContent({ code }: ErrorValue): boolean {
  return code.startsWith("compile/") || code.startsWith("manifest/");
}

function parseBook(text: string): Map<string, PluginVerdict> {
  const verdicts = new Map<string, PluginVerdict>();
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch {
    return verdicts;
  }
  if (!Array.isArray(entries)) return verdicts;
  for (const entry of entries as readonly unknown[]) {
    if (!Array.isArray(entry)) continue;
    const [key, verdict] = entry as readonly unknown[];
    if (typeof key === "string" && isVerdict(verdict)) verdicts.set(key, verdict);
  }
  return verdicts;
}

// The store authenticates what it returns, so that this is what an earlier run of the same version wrote.
function isVerdict(value: unknown): value is PluginVerdict {
  if (typeof value !== "object" || value === null || !("warnings" in value) || !Array.isArray(value.warnings))
    return false;
  if (!("error" in value)) return true;
  const { error } = value;
  return typeof error === "object" && error !== null && "code" in error && isErrorCode(String(error.code));
}
