// From a found plugin to an instance that can be called: dependencies, compilation or the stored artifact, instantiation.
// Nothing is loaded before it is first needed; the module cache decides how long an instance stays.
import { artifactKey, createModuleCache, decodeArtifact, encodeArtifact, toHex } from "@crucible/cache";
import type { ArtifactStore, Digest, Lease, ModuleCacheOptions, ModuleCacheStatistics } from "@crucible/cache";
import type { Artifact, Backend, HostModule, Instance, LibrarySource, Outcome, SourceUnit } from "@crucible/sandbox";
import { defaultLimits, encodeValue, fail, fromPlain, succeed, toErrorValue, unwrap } from "@crucible/sandbox";
import type { FoundPlugin } from "./discover.ts";
import { linkDependencies } from "./dependencies.ts";
import type { FunctionTable } from "./function-table.ts";
import { createFunctionTable } from "./function-table.ts";
import type { Registry } from "./registry.ts";
import { resolveDependencies } from "./resolve-dependencies.ts";

export interface LoadedPlugin {
  readonly plugin: FoundPlugin;
  readonly artifact: Artifact;
  readonly instance: Instance;
  readonly functions: FunctionTable;
}

export interface LoaderPowers {
  readonly backends: readonly Backend[];
  readonly hostModules: readonly HostModule[];
  readonly sha256: Digest;
  /** Keeps compiled artifacts between processes; what it returns is authenticated. */
  readonly artifacts?: ArtifactStore;
  readonly cache: ModuleCacheOptions;
  /** Whether a dependency may be loaded ahead of its importer. */
  readonly mayLoad: (plugin: FoundPlugin) => boolean;
  /** Told once for each load, before the first call; what it answers is the load's outcome. */
  readonly onLoad: (loaded: LoadedPlugin, registry: Registry) => Promise<Outcome<void>>;
  /** Told once for each load that succeeded, when nobody uses it any more and before it is freed. */
  readonly onUnload: (loaded: LoadedPlugin, registry: Registry) => Promise<void>;
}

export interface Loader {
  /** The plugin's instance, pinned until the lease is released. */
  load(plugin: FoundPlugin, registry: Registry): Promise<Outcome<Lease<LoadedPlugin>>>;
  /** What a plugin is compiled from: its backend, its host functions, its source with its libraries. Runs nothing. */
  prepare(plugin: FoundPlugin, registry: Registry): Outcome<Prepared>;
  /** Compiles without keeping anything, for validation. */
  compile(prepared: Prepared): Promise<Outcome<Artifact>>;
  /** Equal for equal backends, modules and libraries: what a verdict about one source depends on besides it. */
  identityOf(prepared: Prepared): string;
  /** Removes the stored artifact of a plugin. */
  forget(plugin: FoundPlugin, registry: Registry): Promise<void>;
  /** Takes the instances of a plugin's content out; running calls finish first. How many there were. */
  unload(hash: string): number;
  statistics(): ModuleCacheStatistics;
  dispose(): Promise<void>;
}

/** What a plugin is compiled from. */
export interface Prepared {
  readonly backend: Backend;
  readonly functions: FunctionTable;
  readonly unit: SourceUnit;
}

export function createLoader(powers: LoaderPowers): Loader {
  const { artifacts, sha256 } = powers;
  const base = createFunctionTable(powers.hostModules);
  const modules = createModuleCache<LoadedPlugin>(powers.cache);

  const prepare = (plugin: FoundPlugin, registry: Registry): Outcome<Prepared> => {
    const { manifest } = plugin;
    const backend = powers.backends.find(({ language }) => language === manifest.language);
    if (backend === undefined)
      return fail(
        "host/unavailable",
        `Cannot run "${manifest.name}": this host has no backend for ${manifest.language}`,
      );
    if (manifest.limits.fuel !== undefined && !backend.limits.includes("fuel")) {
      return fail("manifest/invalid", `Cannot run "${manifest.name}": ${backend.id} does not meter fuel`, {
        hint: "Remove limits.fuel from the manifest",
      });
    }
    const resolved = resolveDependencies(plugin, registry);
    if (!resolved.ok) return resolved;
    const linked = linkDependencies(resolved.value);
    const functions = linked.modules.length === 0 ? base : extendTable(base, createFunctionTable(linked.modules));
    const { text, bytes } = plugin.source;
    const unit: SourceUnit = {
      file: plugin.entryPath,
      text,
      ...(bytes === undefined ? {} : { bytes }),
      firstLine: 1,
      modules: functions.modules,
      libraries: linked.libraries,
    };
    return succeed({ backend, functions, unit });
  };

  const keyOf = ({ backend, unit }: Prepared): string =>
    artifactKey(
      {
        source: unit.bytes ?? unit.text,
        file: unit.file,
        language: backend.language,
        compiler: backend.id,
        abi: backend.abi,
        flags: { modules: digestOf(unit.modules), libraries: digestOf(unit.libraries ?? noLibraries) },
      },
      sha256,
    );
  // Most plugins have the same modules: their digest is taken once.
  const digests = new WeakMap<object, string>();
  const digestOf = (data: object): string => {
    let digest = digests.get(data);
    if (digest === undefined) digests.set(data, (digest = toHex(sha256(unwrap(encodeValue(fromPlain(data)))))));
    return digest;
  };
  const identityOf = ({ backend, unit }: Prepared): string =>
    `${backend.id} ${backend.abi} ${digestOf(unit.modules)} ${digestOf(unit.libraries ?? noLibraries)}`;

  const compile = async (prepared: Prepared): Promise<Outcome<Artifact>> => {
    const { backend, unit } = prepared;
    if (artifacts === undefined) return backend.compile(unit);
    const key = keyOf(prepared);
    const stored = await artifacts.get(key);
    const kept =
      stored === undefined ? undefined : decodeArtifact(stored, { backend: backend.id, abi: backend.abi }, sha256);
    if (kept !== undefined) return succeed(kept);
    const compiled = await backend.compile(unit);
    if (compiled.ok) await artifacts.put(key, encodeArtifact(compiled.value));
    return compiled;
  };

  const start = async (plugin: FoundPlugin, registry: Registry): Promise<Outcome<LoadedPlugin>> => {
    const prepared = prepare(plugin, registry);
    if (!prepared.ok) return prepared;
    const ahead = await loadDependencies(plugin, registry);
    if (!ahead.ok) return ahead;
    const { backend, functions, unit } = prepared.value;
    const { name, version, limits } = plugin.manifest;
    const options = {
      plugin: name,
      version,
      modules: functions.modules,
      memoryBytes: limits.memory_bytes ?? defaultLimits.memory_bytes,
    };
    let artifact = await compile(prepared.value);
    if (!artifact.ok) return artifact;
    let instance = await backend.instantiate(artifact.value, options);
    if (!instance.ok && instance.error.code === "compile/artifact-rejected") {
      // A stored artifact that the backend refuses is no reason to fail: the source is there.
      await artifacts?.remove(keyOf(prepared.value));
      artifact = await backend.compile(unit);
      if (!artifact.ok) return artifact;
      instance = await backend.instantiate(artifact.value, options);
    }
    if (!instance.ok) return instance;
    const loaded: LoadedPlugin = { plugin, artifact: artifact.value, instance: instance.value, functions };
    const ready = await powers.onLoad(loaded, registry);
    if (ready.ok) return succeed(loaded);
    await instance.value.dispose();
    return ready;
  };

  const load: Loader["load"] = (plugin, registry) =>
    modules.acquire(loadKey(plugin, registry), async () => {
      const loaded = await start(plugin, registry).catch((thrown: unknown): Outcome<LoadedPlugin> => ({
        ok: false,
        error: toErrorValue(thrown),
      }));
      if (!loaded.ok) return loaded;
      const { artifact, instance } = loaded.value;
      const free = async (): Promise<void> => {
        await powers.onUnload(loaded.value, registry);
        await instance.dispose();
      };
      return succeed({ value: loaded.value, bytes: artifact.bytes.length, free });
    });

  // Dependencies come first. One that may not run is left to the call that needs it, which says why.
  const loadDependencies = async (plugin: FoundPlugin, registry: Registry): Promise<Outcome<void>> => {
    const resolved = resolveDependencies(plugin, registry);
    if (!resolved.ok) return resolved;
    for (const callee of resolved.value.plugins.values()) {
      if (!powers.mayLoad(callee)) continue;
      const loaded = await load(callee, registry);
      if (!loaded.ok) return loaded;
      loaded.value.release();
    }
    return succeed(undefined);
  };

  return {
    load,
    prepare,
    identityOf,
    compile: ({ backend, unit }) => backend.compile(unit),
    forget: async (plugin, registry) => {
      const prepared = prepare(plugin, registry);
      if (prepared.ok) await artifacts?.remove(keyOf(prepared.value));
    },
    unload: (hash) => modules.keys().filter((key) => key.startsWith(`${hash} `) && modules.unload(key)).length,
    statistics: () => modules.statistics(),
    dispose: () => modules.dispose(),
  };
}

const noLibraries: readonly LibrarySource[] = [];
const loadKeys = new WeakMap<Registry, WeakMap<FoundPlugin, string>>();

// The same content with other versions of its dependencies is another instance.
function loadKey(plugin: FoundPlugin, registry: Registry): string {
  let known = loadKeys.get(registry);
  if (known === undefined) loadKeys.set(registry, (known = new WeakMap()));
  let key = known.get(plugin);
  if (key !== undefined) return key;
  const resolved = resolveDependencies(plugin, registry);
  const chosen = resolved.ok ? [...resolved.value.plugins.values(), ...resolved.value.libraries] : [];
  key = `${plugin.hash} ${plugin.path} ${chosen.map(({ hash, path }) => `${hash} ${path}`).join(" ")}`;
  known.set(plugin, key);
  return key;
}

function extendTable(base: FunctionTable, own: FunctionTable): FunctionTable {
  return {
    modules: [...base.modules, ...own.modules],
    find: (module, name) => own.find(module, name) ?? base.find(module, name),
  };
}
