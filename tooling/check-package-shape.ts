// Packs every published package as a registry would get it and checks what is inside: nothing stale, publint, and the
// types as every kind of consumer resolves them (attw). Needs a build; run as `pnpm package-shape [NAME…]`.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { exists, listFiles, listPackages, readJson, root, type WorkspacePackage } from "./workspace.ts";

const run = promisify(execFile);
const rootPath = fileURLToPath(root);

const names = process.argv.slice(2);
const packages = listPackages().filter(
  ({ json, shortName }) => json.private !== true && (names.length === 0 || names.includes(shortName)),
);
const target = mkdtempSync(join(tmpdir(), "crucible-packed-"));
const waiting = [...packages];
let broken = 0;
try {
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
        const findings = await check(each);
        if (findings.length > 0) broken += 1;
        for (const finding of findings) console.log(`${each.folder}: ${finding}`);
      }
    }),
  );
} finally {
  rmSync(target, { recursive: true, force: true });
}
console.log(`${packages.length - broken} of ${packages.length} packed packages are well formed`);
process.exitCode = broken === 0 ? 0 : 1;

async function check({ folder, shortName, json }: WorkspacePackage): Promise<readonly string[]> {
  const stale = listFiles(`${folder}/dist`, ".js").filter(
    (path) => !exists(path.replace("/dist/", "/src/").replace(/\.js$/, ".ts")),
  );
  const tarball = await pack(folder, shortName);
  const bytes = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true,
  });
  return [
    ...stale.map((path) => `${path} has no source: remove dist and build again`),
    ...messages.map((message) => formatMessage(message, { ...json }) ?? message.code),
    ...(await checkTypes(tarball)),
  ];
}

/** Path of the tarball that `pnpm pack` writes: like publishing, it turns workspace:^ into versions. */
async function pack(folder: string, shortName: string): Promise<string> {
  const destination = join(target, shortName);
  // Set by the pnpm that runs the script; without one, npx brings the version that the workspace names.
  const running = process.env["npm_execpath"];
  const { packageManager } = readJson("package.json") as { packageManager: string };
  const [command, prefix] =
    running?.includes("pnpm") === true ? [process.execPath, [running]] : ["npx", ["-y", packageManager]];
  await run(command, [...prefix, "pack", "--pack-destination", destination], { cwd: join(rootPath, folder) });
  const [tarball] = readdirSync(destination);
  if (tarball === undefined) throw new Error(`Cannot pack "${folder}": pnpm pack wrote no file`);
  return join(destination, tarball);
}

/** What attw printed when it refused, and nothing when it was content. */
async function checkTypes(tarball: string): Promise<readonly string[]> {
  const script = join(rootPath, "node_modules/@arethetypeswrong/cli/dist/index.js");
  try {
    await run(process.execPath, [script, tarball, "--profile", "esm-only", "--no-emoji"], { cwd: rootPath });
    return [];
  } catch (error) {
    if (error instanceof Error && "stdout" in error) return [String(error.stdout).trim()];
    throw error;
  }
}
