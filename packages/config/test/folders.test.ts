import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, resolveFolders, resolveKilnFolders, userFolders } from "@crucible/config";
import { expect, test } from "vitest";

test("folders follow the XDG base directories and their defaults", () => {
  expect(resolveFolders({ environment: {}, home: "/home/me", windows: false })).toEqual({
    config: "/home/me/.config/crucible",
    configFile: "/home/me/.config/crucible/config.toml",
    plugins: "/home/me/.config/crucible/plugins",
    agents: "/home/me/.config/crucible/agents",
    cache: "/home/me/.cache/crucible",
    state: "/home/me/.local/state/crucible",
    runtime: "/home/me/.local/state/crucible/run",
  });
  const environment = {
    XDG_CONFIG_HOME: "/c",
    XDG_CACHE_HOME: "/k/",
    XDG_STATE_HOME: "relative",
    XDG_RUNTIME_DIR: "/run/user/1000",
  };
  expect(resolveFolders({ environment, home: "/home/me", windows: false })).toMatchObject({
    config: "/c/crucible",
    cache: "/k/crucible",
    state: "/home/me/.local/state/crucible",
    runtime: "/run/user/1000/crucible",
  });
});

test("CRUCIBLE_HOME holds everything, and CRUCIBLE_CONFIG names the file alone", () => {
  const environment = { CRUCIBLE_HOME: "/own", CRUCIBLE_CONFIG: "/etc/crucible.toml", XDG_RUNTIME_DIR: "/run/user/1" };
  expect(resolveFolders({ environment, home: "/home/me", windows: false })).toMatchObject({
    config: "/own/config",
    configFile: "/etc/crucible.toml",
    cache: "/own/cache",
    state: "/own/state",
    runtime: "/own/state/run",
  });
});

test("on Windows folders are those of the application data", () => {
  const environment = { APPDATA: "C:\\Users\\me\\AppData\\Roaming", LOCALAPPDATA: "C:\\Users\\me\\AppData\\Local" };
  expect(resolveFolders({ environment, home: "C:\\Users\\me", windows: true })).toMatchObject({
    config: "C:\\Users\\me\\AppData\\Roaming\\crucible",
    cache: "C:\\Users\\me\\AppData\\Local\\crucible\\cache",
    state: "C:\\Users\\me\\AppData\\Local\\crucible\\state",
  });
  expect(resolveFolders({ environment: {}, home: "C:\\Users\\me", windows: true }).config).toBe(
    "C:\\Users\\me\\AppData\\Roaming\\crucible",
  );
});

test("a kiln's folders lie in .crucible, shared plugins beside the notes", () => {
  expect(resolveKilnFolders("/kiln", false)).toMatchObject({
    configFile: "/kiln/.crucible/config.toml",
    personalPlugins: "/kiln/.crucible/plugins",
    sharedPlugins: "/kiln/plugins",
    pluginState: "/kiln/.crucible/plugin-state",
  });
  expect(resolveKilnFolders("/", false).own).toBe("/.crucible");
});

test("loadConfig reads the user's file and the kiln's, and misses neither silently", async () => {
  const folder = await mkdtemp(join(tmpdir(), "crucible-config-"));
  try {
    const environment = { CRUCIBLE_HOME: folder, HOME: folder };
    expect(await loadConfig({ environment })).toMatchObject({
      ok: true,
      value: { values: { "limits.timeout_ms": 30_000 } },
    });
    await mkdir(join(folder, "config"));
    await writeFile(userFolders(environment).configFile, "[limits]\ntimeout_ms = 20000\n");
    await mkdir(join(folder, "kiln", ".crucible"), { recursive: true });
    await writeFile(
      join(folder, "kiln", ".crucible", "config.toml"),
      "[limits]\ntimeout_ms = 1000\n[output]\ncolor = 'never'\n",
    );
    const loaded = await loadConfig({ environment, kiln: join(folder, "kiln") });
    expect(loaded).toMatchObject({
      ok: true,
      value: { values: { "limits.timeout_ms": 1_000, "output.color": "auto" } },
    });
    expect(loaded.ok && loaded.value.warnings).toHaveLength(1);
    const missing = await loadConfig({ environment: { ...environment, CRUCIBLE_CONFIG: join(folder, "none.toml") } });
    expect(missing).toMatchObject({ ok: false, error: { code: "config/invalid" } });
    await writeFile(userFolders(environment).configFile, "nonsense");
    expect(await loadConfig({ environment })).toMatchObject({ ok: false, error: { code: "config/invalid" } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
