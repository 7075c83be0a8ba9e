// The main thread's side of an index that lives in a worker.
import { Worker } from "node:worker_threads";
import { CrucibleError, type ErrorValue } from "@crucible/sandbox/outcome";
import { serviceMethods, type IndexService } from "./index-service.ts";
import type { IndexWorkerData, ServiceReply } from "./worker-protocol.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (thrown: unknown) => void;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/**
 * Starts the worker of an index. Calls may be made at once; they wait for the database to open. When the worker cannot
 * open it, or ends, every call rejects with a `CrucibleError`. The worker does not keep the process alive while it idles.
 */
export function startIndexService(data: IndexWorkerData): IndexService {
  const worker = new Worker(new URL("./index-worker-node.js", import.meta.url), {
    workerData: data,
    // Loaders and flags of the program are for the program; the worker is plain JavaScript.
    execArgv: [],
    name: "kiln-index",
  });
  const waiting = new Map<number, Waiting>();
  let serial = 0;
  let dead: CrucibleError | undefined;

  const end = (error: CrucibleError): void => {
    dead ??= error;
    for (const each of waiting.values()) each.reject(dead);
    waiting.clear();
  };
  worker.on("message", (reply: ServiceReply) => {
    if (reply.kind === "ready") return;
    if (reply.kind === "broken")
      return end(
        new CrucibleError("host/unavailable", `Cannot open the index: ${reply.error.message}`, reply.error.details),
      );
    const call = waiting.get(reply.id);
    if (call === undefined) return;
    if (reply.kind === "progress") return call.onProgress?.(reply.done, reply.total);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if (reply.kind === "value") call.resolve(reply.value);
    else call.reject(toThrown(reply.error));
  });
  worker.on("error", (error) =>
    end(
      new CrucibleError(
        "thread/crashed",
        `The worker of the index ended: ${error instanceof Error ? error.message : String(error)}`,
        {},
        { cause: error },
      ),
    ),
  );
  worker.on("exit", () => end(new CrucibleError("host/unavailable", "The index is closed")));
  worker.unref();

  const send = (
    call: Readonly<Record<string, unknown>>,
    onProgress?: (done: number, total: number) => void,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (dead !== undefined) {
        reject(dead);
        return;
      }
      serial += 1;
      waiting.set(serial, { resolve, reject, onProgress });
      worker.ref();
      worker.postMessage({ ...call, id: serial });
    });

  const methods = Object.fromEntries(
    serviceMethods.map((method) => [method, (...args: unknown[]) => send({ method, args })]),
  );
  let disposing: Promise<void> | undefined;
  // Every method of the list is there, and the worker answers it with what the interface says.
  const service = {
    ...methods,
    refresh: (paths?: readonly string[], onProgress?: (done: number, total: number) => void) =>
      send({ method: "refresh", paths }, onProgress),
    dispose: () =>
      (disposing ??= (async () => {
        if (dead === undefined) await send({ method: "dispose", args: [] }).catch(() => undefined);
        await worker.terminate();
      })()),
  };
  return service as unknown as IndexService;
}

function toThrown(error: ErrorValue): CrucibleError {
  return new CrucibleError(error.code, error.message, error.details);
}
