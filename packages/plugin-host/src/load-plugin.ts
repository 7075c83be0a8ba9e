// From a found plugin to an instance that can be called: dependencies, compilation or the stored artifact, instantiation.
// Nothing is loaded before it is first needed; the module cache decides how long an instance stays.
import { artifactKey, createModuleCache, decodeArtifact, encodeArtifact } from "@crucible/cache";
import type { ArtifactStore, Digest, Lease, ModuleCacheOptions, ModuleCacheStatistics } from "@crucible/cache";
import type { Artifact, Backend, HostModule, Instance, Outcome, SourceUnit } from "@crucible/sandbox";
import { defaultLimits, encodeValue, fail, fromPlain, succeed, toErrorValue, unwrap } from "@crucible/sandbox";
import type { FoundPlugin } from "./discover.ts";
import { linkDependencies } from "./dependencies.ts";
import type { FunctionTable } from "./function-table.ts";
import { createFunctionTable } from "./function-table.ts";
import type { Registry } from "./registry.ts";

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
  /** Told once for each load. */
  readonly onLoad: (loaded: LoadedPlugin) => void;
}

export interface Loader {
  /** The plugin's instance, pinned until the lease is released. */
  load(plugin: FoundPlugin, registry: Registry): Promise<Outcome<Lease<LoadedPlugin>>>;
  /** Compiles without keeping anything, for validation. */
  check(plugin: FoundPlugin, registry: Registry): Promise<Outcome<Artifact>>;
  /** Takes the instances of a plugin's content out; running calls finish first. How many there were. */
  unload(hash: string): number;
  statistics(): ModuleCacheStatistics;
  dispose(): Promise<void>;
}

interface Prepared {
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
    const linked = linkDependencies(plugin, registry);
    if (!linked.ok) return linked;
    const functions =
      linked.value.modules.length === 0 ? base : extendTable(base, createFunctionTable(linked.value.modules));
    const { text, bytes } = plugin.source;
    const unit: SourceUnit = {
      file: plugin.entryPath,
      text,
      ...(bytes === undefined ? {} : { bytes }),
      firstLine: 1,
      modules: functions.modules,
      libraries: linked.value.libraries,
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
        flags: { modules: digestOf(unit.modules), libraries: digestOf(unit.libraries ?? []) },
      },
      sha256,
    );
  const digestOf = (data: unknown): string => [...sha256(unwrap(encodeValue(fromPlain(data))))].join(" ");

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
    powers.onLoad(loaded);
    return succeed(loaded);
  };

  return {
    load: (plugin, registry) =>
      modules.acquire(loadKey(plugin, registry), async () => {
        const loaded = await start(plugin, registry).catch((thrown: unknown): Outcome<LoadedPlugin> => ({
          ok: false,
          error: toErrorValue(thrown),
        }));
        if (!loaded.ok) return loaded;
        const { artifact, instance } = loaded.value;
        return succeed({ value: loaded.value, bytes: artifact.bytes.length, free: () => instance.dispose() });
      }),
    check: async (plugin, registry) => {
      const prepared = prepare(plugin, registry);
      return prepared.ok ? prepared.value.backend.compile(prepared.value.unit) : prepared;
    },
    unload: (hash) => modules.keys().filter((key) => key.startsWith(`${hash} `) && modules.unload(key)).length,
    statistics: () => modules.statistics(),
    dispose: () => modules.dispose(),
  };
}

// The same content with other versions of its dependencies is another instance.
function loadKey(plugin: FoundPlugin, registry: Registry): string {
  const dependencies = Object.entries(plugin.manifest.dependencies).map(([name, range]) => {
    const found = registry.find(`${name}@${range}`);
    return found.ok ? found.value.hash : name;
  });
  return `${plugin.hash} ${plugin.path} ${dependencies.join(" ")}`;
}

function extendTable(base: FunctionTable, own: FunctionTable): FunctionTable {
  return {
    modules: [...base.modules, ...own.modules],
    find: (module, name) => own.find(module, name) ?? base.find(module, name),
  };
}
