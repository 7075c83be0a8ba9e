// Where things lie: configuration, plugins, trust, caches, state and sockets, by the conventions of each system.

/** What the folders follow from. */
export interface FolderInputs {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, absolute. */
  readonly home: string;
  readonly windows: boolean;
}

/** Absolute paths; nothing is made by naming it. */
export interface Folders {
  /** `config.toml`, `plugins/`, `agents/`, trust and grants. */
  readonly config: string;
  /** `$CRUCIBLE_CONFIG`, else `config.toml` in `config`. */
  readonly configFile: string;
  readonly plugins: string;
  readonly agents: string;
  /** Compiled artifacts and other things that can be made again. */
  readonly cache: string;
  /** Journal, and keys that authenticate what lies in `cache`. */
  readonly state: string;
  /** Sockets; readable by the owner alone. Falls back to a folder in `state` where the system has none. */
  readonly runtime: string;
}

/** Folders of one kiln. */
export interface KilnFolders {
  readonly root: string;
  /** `.crucible` */
  readonly own: string;
  readonly configFile: string;
  /** Personal plugins: `.crucible/plugins`. */
  readonly personalPlugins: string;
  /** Shared plugins: `plugins`. */
  readonly sharedPlugins: string;
  readonly pluginState: string;
  readonly sessions: string;
  readonly agents: string;
  readonly proposals: string;
}

/**
 * Resolves the user's folders: `CRUCIBLE_HOME` holds all of them when it is set, else the XDG base directories, else their
 * defaults; on Windows `%APPDATA%` and `%LOCALAPPDATA%`. Relative paths in variables are ignored, as XDG demands.
 */
export function resolveFolders({ environment, home, windows }: FolderInputs): Folders {
  const join = joinerFor(windows);
  const absolute = (name: string): string | undefined => {
    const path = environment[name];
    return path !== undefined && isAbsolute(path, windows) ? path : undefined;
  };
  const own = absolute("CRUCIBLE_HOME");
  const under = (variable: string, ...fallback: readonly string[]): string =>
    join(absolute(variable) ?? join(home, ...fallback), "crucible");
  const config =
    own !== undefined
      ? join(own, "config")
      : windows
        ? under("APPDATA", "AppData", "Roaming")
        : under("XDG_CONFIG_HOME", ".config");
  const local = windows ? under("LOCALAPPDATA", "AppData", "Local") : undefined;
  const cache =
    own !== undefined
      ? join(own, "cache")
      : local !== undefined
        ? join(local, "cache")
        : under("XDG_CACHE_HOME", ".cache");
  const state =
    own !== undefined
      ? join(own, "state")
      : local !== undefined
        ? join(local, "state")
        : under("XDG_STATE_HOME", ".local", "state");
  const runtimeRoot = windows || own !== undefined ? undefined : absolute("XDG_RUNTIME_DIR");
  return {
    config,
    configFile: absolute("CRUCIBLE_CONFIG") ?? join(config, "config.toml"),
    plugins: join(config, "plugins"),
    agents: join(config, "agents"),
    cache,
    state,
    runtime: runtimeRoot === undefined ? join(state, "run") : join(runtimeRoot, "crucible"),
  };
}

/** Resolves the folders of the kiln at `root`. */
export function resolveKilnFolders(root: string, windows: boolean): KilnFolders {
  const join = joinerFor(windows);
  const own = join(root, ".crucible");
  return {
    root,
    own,
    configFile: join(own, "config.toml"),
    personalPlugins: join(own, "plugins"),
    sharedPlugins: join(root, "plugins"),
    pluginState: join(own, "plugin-state"),
    sessions: join(own, "sessions"),
    agents: join(own, "agents"),
    proposals: join(own, "proposals"),
  };
}

/** Whether a path starts at a root of the system. */
export function isAbsolute(path: string, windows: boolean): boolean {
  return windows ? /^(?:[A-Za-z]:[\\/]|[\\/]{2})/.test(path) : path.startsWith("/");
}

/** Resolves `path` against a folder; `..` is not followed. */
export function resolveAgainst(folder: string, path: string, windows: boolean): string {
  return isAbsolute(path, windows) ? path : joinerFor(windows)(folder, path);
}

function joinerFor(windows: boolean): (...parts: readonly string[]) => string {
  const separator = windows ? "\\" : "/";
  return (first = "", ...rest) =>
    [first.replace(/[\\/]+$/, first === "/" ? "/" : ""), ...rest]
      .join(separator)
      .replace(/^\/\//, windows ? "//" : "/");
}
