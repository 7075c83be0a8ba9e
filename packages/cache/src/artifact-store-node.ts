// The store on a real disk: files with atomic replacement, and the key that authenticates them, in another folder.
import { createHash, createHmac, randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Digest } from "./artifact-key.ts";
import { createArtifactStore } from "./artifact-store.ts";
import type { ArtifactStore, StoreFiles, StoredFile } from "./artifact-store.ts";

/** Where a store lies, and how large it may become. */
export interface OpenStoreOptions {
  /** Usually `$XDG_CACHE_HOME/crucible/artifacts`. */
  readonly folder: string;
  /** File of the key; outside of `folder`, readable by its owner only. Made when it does not exist. */
  readonly keyFile: string;
  /** 256 MB when absent. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 256 * 1024 * 1024;
const keyBytes = 32;
const abandonedMs = 3_600_000;

/** SHA-256 of Node. */
export const sha256: Digest = (bytes) => createHash("sha256").update(bytes).digest();

/**
 * Opens a store on disk. Several processes may share a folder and a key.
 *
 * @throws what the file system throws when the key can neither be read nor made; without a key nothing could be trusted
 */
export async function openArtifactStore({
  folder,
  keyFile,
  maxBytes = defaultMaxBytes,
}: OpenStoreOptions): Promise<ArtifactStore> {
  const key = await loadKey(keyFile);
  return createArtifactStore({
    files: diskFiles(folder),
    authenticate: (bytes) => createHmac("sha256", key).update(bytes).digest(),
    maxBytes,
    now: () => Date.now(),
  });
}

async function loadKey(path: string): Promise<Uint8Array> {
  const found = await readKey(path);
  if (found !== undefined) return found;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = randomBytes(keyBytes);
  const draft = temporaryName(path);
  await writeFile(draft, fresh, { mode: 0o600, flag: "wx" });
  try {
    // Whoever links first wins; a damaged key is replaced, and with it everything that it authenticated.
    await link(draft, path);
    return fresh;
  } catch {
    const other = await readKey(path);
    if (other !== undefined) return other;
    await rename(draft, path);
    return fresh;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readKey(path: string): Promise<Uint8Array | undefined> {
  try {
    const key = await readFile(path);
    return key.length === keyBytes ? key : undefined;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

function diskFiles(folder: string): StoreFiles {
  return {
    list: () => listFiles(folder),
    async read(name) {
      try {
        return await readFile(join(folder, name));
      } catch (thrown) {
        if (isMissing(thrown)) return undefined;
        throw thrown;
      }
    },
    async write(name, bytes) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = temporaryName(path);
      try {
        const file = await open(draft, "wx", 0o600);
        try {
          await file.writeFile(bytes);
        } finally {
          await file.close();
        }
        await rename(draft, path);
      } catch (thrown) {
        await rm(draft, { force: true });
        throw thrown;
      }
    },
    async touch(name, usedMs) {
      const time = new Date(usedMs);
      await utimes(join(folder, name), time, time);
    },
    remove: (name) => rm(join(folder, name), { force: true }),
  };
}

async function listFiles(folder: string): Promise<readonly StoredFile[]> {
  const files: StoredFile[] = [];
  for (const group of await namesIn(folder)) {
    if (!/^[0-9a-f]{2}$/.test(group)) continue;
    for (const name of await namesIn(join(folder, group))) {
      const path = join(folder, group, name);
      const status = await stat(path).catch(() => undefined);
      if (status === undefined || !status.isFile()) continue;
      if (/^[0-9a-f]{64}\.art$/.test(name))
        files.push({ name: `${group}/${name}`, bytes: status.size, usedMs: status.mtimeMs });
      // Drafts of processes that were stopped while they wrote.
      else if (name.endsWith(".draft") && Date.now() - status.mtimeMs > abandonedMs) await rm(path, { force: true });
    }
  }
  return files;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

function temporaryName(path: string): string {
  return `${path}.${process.pid}-${randomBytes(6).toString("hex")}.draft`;
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && (thrown.code === "ENOENT" || thrown.code === "ENOTDIR");
}
