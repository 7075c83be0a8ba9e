// Which kiln a command is about: `--kiln`, CRUCIBLE_KILN, or the nearest folder above with `.crucible` or `.obsidian`.
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fail, succeed, type Outcome } from "@crucible/sandbox";

export function findKiln(given: string | undefined, env: NodeJS.ProcessEnv, cwd: string): Outcome<string | undefined> {
  const named = given ?? (env["CRUCIBLE_KILN"] === "" ? undefined : env["CRUCIBLE_KILN"]);
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (!existsSync(path) || !statSync(path).isDirectory())
      return fail("host/not-found", `Cannot open the kiln "${named}": there is no such folder`);
    return succeed(path);
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".crucible")) || existsSync(join(folder, ".obsidian"))) return succeed(folder);
    if (dirname(folder) === folder) return succeed(undefined);
  }
}

/** As `findKiln`, for commands that cannot do without one. */
export function requireKiln(given: string | undefined, env: NodeJS.ProcessEnv, cwd: string): Outcome<string> {
  const found = findKiln(given, env, cwd);
  if (!found.ok) return found;
  if (found.value !== undefined) return succeed(found.value);
  return fail("host/not-found", "Cannot tell which kiln is meant: this folder and those above it are none", {
    hint: "Name one with --kiln FOLDER, or make one with cru kiln init",
  });
}
