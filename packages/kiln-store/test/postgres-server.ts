// Finds a PostgreSQL server with pgvector for the tests: the one that CRUCIBLE_TEST_POSTGRES names, or one of their own
// that is started where the programs and the extension are installed, and stopped with the tests.
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestServer {
  readonly url: string;
  stop(): void;
}

/** A server, or the reason why there is none. */
export function startTestServer(): TestServer | string {
  const given = process.env["CRUCIBLE_TEST_POSTGRES"];
  if (given !== undefined && given !== "") return { url: given, stop: () => undefined };
  const versions = existsSync("/usr/lib/postgresql")
    ? readdirSync("/usr/lib/postgresql").toSorted((a, b) => Number(b) - Number(a))
    : [];
  const version = versions.find(
    (each) =>
      existsSync(`/usr/lib/postgresql/${each}/bin/initdb`) &&
      existsSync(`/usr/share/postgresql/${each}/extension/vector.control`),
  );
  if (version === undefined)
    return "PostgreSQL with pgvector is not installed, and CRUCIBLE_TEST_POSTGRES names no server";
  const programs = `/usr/lib/postgresql/${version}/bin`;
  const folder = mkdtempSync(join(tmpdir(), "kiln-postgres-"));
  // The server refuses to run as root; the package makes a user for it.
  const user = process.getuid?.() === 0 ? userOf("postgres") : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const run = (program: string, ...args: string[]): string | undefined => {
    const done = spawnSync(join(programs, program), args, {
      ...user,
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 60_000,
    });
    return done.status === 0 ? undefined : `${program} failed: ${done.stderr}`;
  };
  const data = join(folder, "data");
  const stop = (): void => {
    run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop");
    rmSync(folder, { recursive: true, force: true });
  };
  const failure =
    run("initdb", "-D", data, "-A", "trust", "-U", "crucible", "--no-sync") ??
    run(
      "pg_ctl",
      "-D",
      data,
      "-w",
      "-l",
      join(folder, "log"),
      "-o",
      `-k ${folder} -c listen_addresses= -c fsync=off -c max_connections=200`,
      "start",
    );
  if (failure !== undefined) {
    stop();
    return failure;
  }
  return { url: `postgresql://crucible@/postgres?host=${encodeURIComponent(folder)}`, stop };
}

function userOf(name: string): { readonly uid: number; readonly gid: number } | undefined {
  const found = spawnSync("id", ["-u", name], { encoding: "utf8" });
  const group = spawnSync("id", ["-g", name], { encoding: "utf8" });
  return found.status === 0 && group.status === 0
    ? { uid: Number(found.stdout), gid: Number(group.stdout) }
    : undefined;
}
