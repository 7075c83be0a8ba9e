// A backend that tells what it is asked to do, for laws about compiling, loading and freeing.
import type { Backend } from "@crucible/sandbox";

export interface ObservedBackend {
  readonly backend: Backend;
  /** Files that were compiled, in order. */
  readonly compiled: readonly string[];
  /** Plugins that were made instances, in order. */
  readonly instantiated: readonly string[];
  /** Plugins whose instances were freed, in order. */
  readonly freed: readonly string[];
}

/** Observes a backend; disposing of it stays a matter of its owner. */
export function observeBackend(backend: Backend): ObservedBackend {
  const compiled: string[] = [];
  const instantiated: string[] = [];
  const freed: string[] = [];
  return {
    compiled,
    instantiated,
    freed,
    backend: {
      id: backend.id,
      language: backend.language,
      extensions: backend.extensions,
      abi: backend.abi,
      limits: backend.limits,
      features: backend.features,
      compile: async (source) => {
        compiled.push(source.file);
        return backend.compile(source);
      },
      instantiate: async (artifact, options) => {
        instantiated.push(options.plugin);
        const made = await backend.instantiate(artifact, options);
        if (!made.ok) return made;
        const instance = made.value;
        return {
          ok: true,
          value: {
            call: (request) => instance.call(request),
            dispose: async () => {
              freed.push(options.plugin);
              await instance.dispose();
            },
          },
        };
      },
      dispose: async () => backend.dispose(),
    },
  };
}
