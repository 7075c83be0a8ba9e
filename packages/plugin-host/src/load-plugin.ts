// From a found plugin to an instance that can be called: dependencies, compilation or the cached artifact, instantiation.
// Nothing is loaded before it is first needed; concurrent first calls share one load.
import type { Artifact, Backend, HostModule, Instance, Outcome, SourceUnit } from "@crucible/sandbox";
import { fail, succeed, toErrorValue } from "@crucible/sandbox";
import type { FoundPlugin } from "./discover.ts";
import { linkDependencies } from "./dependencies.ts";
import type { FunctionTable } from "./function-table.ts";
import { createFunctionTable } from "./function-table.ts";
import type { Registry } from "./registry.ts";

/** Keeps compiled artifacts between processes. Entries are authenticated by the store; what it returns is trusted. */
export interface ArtifactStore {
  get(key: string): Promise<Artifact | undefined>;
  put(key: string, artifact: Artifact): Promise<void>;
}

export interface LoadedPlugin {
  readonly plugin: FoundPlugin;
  readonly artifact: Artifact;
  readonly instance: Instance;
  readonly functions: FunctionTable;
}

export interface LoaderPowers {
  readonly backends: readonly Backend[];
  readonly hostModules: readonly HostModule[];
  readonly sha256: (bytes: Uint8Array) => string;
  readonly artifacts?: ArtifactStore;
  /** Told once for each load. */
  readonly onLoad: (loaded: LoadedPlugin) => void;
}

export interface Loader {
  load(plugin: FoundPlugin, registry: Registry): Promise<Outcome<LoadedPlugin>>;
  /** Compiles without keeping anything, for validation. */
  check(plugin: FoundPlugin, registry: Registry): Promise<Outcome<Artifact>>;
  /** Frees the instances of a plugin's content; running calls finish first. */
  unload(hash: string): Promise<number>;
  readonly loaded: number;
  dispose(): Promise<void>;
}

export function createLoader(powers: LoaderPowers): Loader {
  const base = createFunctionTable(powers.hostModules);
  const loads = new Map<string, Promise<Outcome<LoadedPlugin>>>();

  const prepare = async (
    plugin: FoundPlugin,
    registry: Registry,
  ): Promise<
    Outcome<{
      readonly backend: Backend;
      readonly functions: FunctionTable;
      readonly unit: SourceUnit;
      readonly key: string;
    }>
  > => {
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
    const unit: SourceUnit = {
      file: plugin.entryPath,
      text: plugin.source.text,
      ...(plugin.source.bytes === undefined ? {} : { bytes: plugin.source.bytes }),
      firstLine: 1,
      modules: functions.modules,
      libraries: linked.value.libraries,
    };
    const { file: _, bytes, ...content } = unit;
    const described = new TextEncoder().encode(JSON.stringify([backend.id, backend.abi, content, plugin.entryPath]));
    const key = powers.sha256(bytes === undefined ? described : new Uint8Array([...described, ...bytes]));
    return succeed({ backend, functions, unit, key });
  };

  const compile = async (backend: Backend, unit: SourceUnit, key: string): Promise<Outcome<Artifact>> => {
    const kept = await powers.artifacts?.get(key);
    if (kept !== undefined) return succeed(kept);
    const compiled = await backend.compile(unit);
    if (compiled.ok) await powers.artifacts?.put(key, compiled.value);
    return compiled;
  };

  const start = async (plugin: FoundPlugin, registry: Registry): Promise<Outcome<LoadedPlugin>> => {
    const prepared = await prepare(plugin, registry);
    if (!prepared.ok) return prepared;
    const { backend, functions, unit, key } = prepared.value;
    const options = {
      plugin: plugin.manifest.name,
      version: plugin.manifest.version,
      modules: functions.modules,
      memoryBytes: plugin.manifest.limits.memory_bytes ?? defaultMemoryBytes,
    };
    let artifact = await compile(backend, unit, key);
    if (!artifact.ok) return artifact;
    let instance = await backend.instantiate(artifact.value, options);
    if (!instance.ok && instance.error.code === "compile/artifact-rejected") {
      // A stored artifact that the backend refuses is no reason to fail: the source is there.
      artifact = await backend.compile(unit);
      if (!artifact.ok) return artifact;
      await powers.artifacts?.put(key, artifact.value);
      instance = await backend.instantiate(artifact.value, options);
    }
    if (!instance.ok) return instance;
    const loaded: LoadedPlugin = { plugin, artifact: artifact.value, instance: instance.value, functions };
    powers.onLoad(loaded);
    return succeed(loaded);
  };

  const drop = async (key: string): Promise<void> => {
    const load = loads.get(key);
    loads.delete(key);
    const loaded = await load;
    if (loaded?.ok === true) await loaded.value.instance.dispose();
  };

  return {
    load: async (plugin, registry) => {
      const key = loadKey(plugin, registry);
      let load = loads.get(key);
      if (load === undefined) {
        load = start(plugin, registry).catch((thrown: unknown) => ({ ok: false, error: toErrorValue(thrown) }));
        loads.set(key, load);
        // A failed load is tried again by the next call: what was missing may be there then.
        void load.then((outcome) => {
          if (!outcome.ok && loads.get(key) === load) loads.delete(key);
        });
      }
      return load;
    },
    check: async (plugin, registry) => {
      const prepared = await prepare(plugin, registry);
      return prepared.ok ? prepared.value.backend.compile(prepared.value.unit) : prepared;
    },
    unload: async (hash) => {
      const keys = [...loads.keys()].filter((key) => key.startsWith(`${hash} `));
      await Promise.all(keys.map(drop));
      return keys.length;
    },
    get loaded() {
      return loads.size;
    },
    dispose: async () => {
      await Promise.all([...loads.keys()].map(drop));
    },
  };
}

const defaultMemoryBytes = 100 * 1024 * 1024;

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
