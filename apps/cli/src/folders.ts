// Where this user's configuration, grants, trust and journal are (XDG Base Directory Specification; `%APPDATA%` on Windows).
// CRUCIBLE_HOME puts everything into one folder, which tests and demonstrations use.
import { homedir } from "node:os";
import { join } from "node:path";

export interface Folders {
  readonly config: string;
  readonly cache: string;
  readonly state: string;
}

export function findFolders(env: NodeJS.ProcessEnv): Folders {
  const one = env["CRUCIBLE_HOME"];
  if (one !== undefined && one !== "")
    return { config: join(one, "config"), cache: join(one, "cache"), state: join(one, "state") };
  const home = homedir();
  const roaming = env["APPDATA"];
  if (process.platform === "win32" && roaming !== undefined) {
    const local = env["LOCALAPPDATA"] ?? roaming;
    return {
      config: join(roaming, "crucible"),
      cache: join(local, "crucible", "cache"),
      state: join(local, "crucible", "state"),
    };
  }
  const folder = (name: string, standard: string): string => {
    const set = env[name];
    return join(set !== undefined && set.startsWith("/") ? set : join(home, standard), "crucible");
  };
  return {
    config: folder("XDG_CONFIG_HOME", ".config"),
    cache: folder("XDG_CACHE_HOME", ".cache"),
    state: folder("XDG_STATE_HOME", ".local/state"),
  };
}
