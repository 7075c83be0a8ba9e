// The worker in which an index lives. Its first message opens the database; then it answers calls, several at a time.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { toErrorValue } from "@crucible/sandbox";
import { createKilnFiles } from "../kiln-files-node.ts";
import { openSqlite } from "../sqlite/open-sqlite-node.ts";
import { openSqliteIndex } from "../sqlite/sqlite-index.ts";
import { createIndexService, serviceMethods, type IndexService } from "./index-service.ts";
import type { IndexWorkerData, ServiceCall, ServiceReply } from "./worker-protocol.ts";

const port = parentPort;
if (port === null) throw new TypeError("index-worker-node runs in a worker");
const { root, maxNoteBytes, indexPath } = workerData as IndexWorkerData;
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
  const files = createKilnFiles({ root, blocking: true });
  const file = indexPath ?? join(root, ".crucible", "index.sqlite");
  mkdirSync(dirname(file), { recursive: true });
  const database = await openSqliteIndex({
    open: (options) => openSqlite(file, options),
    pause,
    removeFile: () => {
      for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
    },
  });
  return createIndexService({
    files,
    database,
    maxNoteBytes,
    yieldNow: () => new Promise((resolve) => setImmediate(resolve)),
  });
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
