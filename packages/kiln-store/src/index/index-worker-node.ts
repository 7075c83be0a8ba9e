// The worker in which an index lives. Its first message opens the database; then it answers calls, several at a time.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { toErrorValue } from "@crucible/sandbox/outcome";
import { createKilnFiles } from "../kiln-files-node.ts";
import type { KilnFiles } from "../kiln-files.ts";
import { openSqlite } from "../sqlite/open-sqlite-node.ts";
import { openSqliteIndex } from "../sqlite/sqlite-index.ts";
import type { IndexDatabase } from "./index-database.ts";
import { createIndexService, serviceMethods, type IndexService } from "./index-service.ts";
import type { IndexWorkerData, PostgresPlace, ServiceCall, ServiceReply } from "./worker-protocol.ts";

const port = parentPort;
if (port === null) throw new TypeError("index-worker-node runs in a worker");
const { root, maxNoteBytes, indexPath, postgres, isView = false } = workerData as IndexWorkerData;
const ownFile = indexPath ?? join(root, ".crucible", "index.sqlite");
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const answer = (reply: ServiceReply): void => port.postMessage(reply);

const opening = open();
opening.then(
  () => answer({ kind: "ready" }),
  (thrown: unknown) => answer({ kind: "broken", error: toErrorValue(thrown) }),
);

port.on("message", (call: ServiceCall) => {
  opening
    .then((service) => invoke(service, call))
    .then(
      (value) => answer({ kind: "value", id: call.id, value }),
      (thrown: unknown) => answer({ kind: "thrown", id: call.id, error: toErrorValue(thrown) }),
    );
});

async function open(): Promise<IndexService> {
  const disk = createKilnFiles({ root, blocking: true });
  const files = isView ? await openView(disk) : disk;
  const database = await (isView ? openCopy() : postgres === undefined ? openFile(ownFile) : openServer(postgres));
  return createIndexService({
    files,
    database,
    maxNoteBytes,
    isView,
    yieldNow: () => new Promise((resolve) => setImmediate(resolve)),
  });
}

/** Loaded for dry runs only. */
async function openView(disk: KilnFiles): Promise<KilnFiles> {
  const { createOverlayFiles } = await import("../overlay-files.ts");
  return createOverlayFiles(disk, { now: () => Date.now() });
}

/** What other processes write to the index meanwhile is not in the copy; a refresh finds what changed by itself. */
async function openCopy(): Promise<IndexDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "kiln-view-"));
  const file = join(folder, "index.sqlite");
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    if (postgres === undefined && existsSync(ownFile)) {
      const source = openSqlite(ownFile, { readOnly: true, busyTimeoutMs: 2000 });
      try {
        source.prepare("VACUUM INTO ?").run(file);
      } catch {
        // An index that cannot be read is made anew, as it is where it is opened itself.
        rmSync(file, { force: true });
      } finally {
        source.close();
      }
    }
    const database = await openFile(file);
    return { ...database, dispose: () => database.dispose().finally(remove) };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}

function openFile(file: string): Promise<IndexDatabase> {
  mkdirSync(dirname(file), { recursive: true });
  return openSqliteIndex({
    open: (options) => openSqlite(file, options),
    pause,
    removeFile: () => {
      for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
    },
  });
}

/** The client is loaded only for those who use it. */
async function openServer({ url, schema, approximateAbove, maxConnections }: PostgresPlace): Promise<IndexDatabase> {
  const [{ connectPostgres }, { openPostgresIndex }] = await Promise.all([
    import("../postgres/connect-postgres-node.ts"),
    import("../postgres/postgres-index.ts"),
  ]);
  const connection = connectPostgres(url, schema, maxConnections);
  try {
    return await openPostgresIndex({
      connection,
      schema,
      ...(approximateAbove === undefined ? {} : { approximateAbove }),
    });
  } catch (thrown) {
    await connection.dispose();
    throw thrown;
  }
}

async function invoke(service: IndexService, call: ServiceCall): Promise<unknown> {
  if (call.method === "refresh") {
    let last = 0;
    return service.refresh(call.paths, (done, total) => {
      // A report a batch is enough for people and cheap for the port.
      if (done !== last) answer({ kind: "progress", id: call.id, done, total });
      last = done;
    });
  }
  if (!serviceMethods.includes(call.method))
    throw new TypeError(`The index service has no method "${String(call.method)}"`);
  const method = service[call.method] as (...given: readonly unknown[]) => Promise<unknown>;
  return method(...call.args);
}
