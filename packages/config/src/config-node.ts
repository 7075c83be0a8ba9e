// The configuration of this process: its environment, its user's file, its kiln's file.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Outcome } from "@crucible/sandbox";
import { fail } from "@crucible/sandbox";
import { resolveFolders, resolveKilnFolders } from "./folders.ts";
import type { Folders, KilnFolders } from "./folders.ts";
import { resolveConfig } from "./resolve-config.ts";
import type { Config, ConfigText } from "./resolve-config.ts";

/** What the caller knows. */
export interface LoadConfigOptions {
  /** Settings of the command line, by name. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** `process.env` when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder of the kiln. */
  readonly kiln?: string;
}

const onWindows = process.platform === "win32";

/** The user's folders in this process. */
export function userFolders(environment: Readonly<Record<string, string | undefined>> = process.env): Folders {
  const home = onWindows ? environment["USERPROFILE"] : environment["HOME"];
  return resolveFolders({
    environment,
    home: home === undefined || home === "" ? homedir() : home,
    windows: onWindows,
  });
}

/** The folders of a kiln in this process. */
export function kilnFolders(root: string): KilnFolders {
  return resolveKilnFolders(resolve(root), onWindows);
}

/**
 * Loads the configuration. A file that does not exist is an empty one, except one that `CRUCIBLE_CONFIG` names.
 *
 * @returns the record, or `config/invalid` with all findings
 */
export async function loadConfig({ flags = {}, environment = process.env, kiln }: LoadConfigOptions = {}): Promise<
  Outcome<Config>
> {
  const folders = userFolders(environment);
  try {
    const user = await readText(folders.configFile);
    if (user === undefined && environment["CRUCIBLE_CONFIG"] === folders.configFile) {
      return fail("config/invalid", `Cannot read the configuration "${folders.configFile}": there is no such file`, {
        hint: "Correct CRUCIBLE_CONFIG",
      });
    }
    const ofKiln = kiln === undefined ? undefined : await readText(kilnFolders(kiln).configFile);
    return resolveConfig({
      flags,
      environment,
      windows: onWindows,
      ...(user === undefined ? {} : { user }),
      ...(ofKiln === undefined ? {} : { kiln: ofKiln }),
    });
  } catch (thrown) {
    return fail(
      "config/invalid",
      `Cannot read the configuration: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
}

async function readText(path: string): Promise<ConfigText | undefined> {
  try {
    return { path, text: await readFile(path, "utf8") };
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && (thrown.code === "ENOENT" || thrown.code === "ENOTDIR"))
      return undefined;
    throw thrown;
  }
}
