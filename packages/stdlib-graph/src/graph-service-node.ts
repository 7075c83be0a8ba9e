// The main thread's side of the graph service: one worker, started with the first job, ended and made anew when the
// invocation behind the job that it works on has ended.
import { Worker } from "node:worker_threads";
import { abortError, fail, succeed, viewEncoded, type Outcome, type Value } from "@crucible/sandbox";
import type { GraphJob, GraphReply } from "./graph-desk.ts";
import type { GraphService } from "./graphs.ts";
import type { PackedGraph } from "./packed-graph.ts";

interface Waiting {
  readonly job: GraphJob;
  readonly signal: AbortSignal;
  /** Answers once; later answers have no effect. */
  readonly settle: (outcome: Outcome<Value>) => void;
}

/** Makes a service. It keeps the process alive only while somebody waits for an answer. */
export function createGraphService(): GraphService {
  const queue: Waiting[] = [];
  const keys = new WeakMap<PackedGraph, number>();
  let lastKey = 0;
  let worker: Worker | undefined;
  let running: Waiting | undefined;
  let disposed = false;

  const start = (): Worker => {
    const made = new Worker(new URL("./graph-worker-node.js", import.meta.url), {
      // Loaders and flags of the program are for the program; the worker is plain JavaScript.
      execArgv: [],
      name: "graph",
    });
    made.on("message", (reply: GraphReply) => {
      if (made === worker) end(reply.ok ? succeed(viewEncoded(reply.bytes)) : reply);
    });
    made.on("error", (error) => lose(made, error instanceof Error ? error.message : String(error)));
    made.on("exit", () => lose(made, "it has ended"));
    return made;
  };

  const lose = (lost: Worker, reason: string): void => {
    if (lost !== worker) return;
    worker = undefined;
    end(fail("thread/crashed", `The worker that computes on graphs ended: ${reason}`));
  };

  const end = (outcome: Outcome<Value>): void => {
    const ended = running;
    running = undefined;
    ended?.settle(outcome);
    next();
  };

  const next = (): void => {
    if (running !== undefined) return;
    running = queue.shift();
    if (running === undefined) {
      worker?.unref();
      return;
    }
    worker ??= start();
    worker.ref();
    worker.postMessage(running.job);
  };

  return {
    answer: ({ graph, isKept, folder, question }, signal) =>
      new Promise((resolve) => {
        if (disposed) {
          resolve(fail("host/unavailable", "Cannot compute on the graph: the host shuts down"));
          return;
        }
        const abort = (): void => {
          if (running !== waiting) {
            queue.splice(queue.indexOf(waiting), 1);
            waiting.settle({ ok: false, error: abortError(signal) });
            return;
          }
          // An algorithm cannot be asked to stop.
          const stopped = worker;
          worker = undefined;
          void stopped?.terminate();
          end({ ok: false, error: abortError(signal) });
        };
        let key = isKept ? keys.get(graph) : undefined;
        if (isKept && key === undefined) keys.set(graph, (key = lastKey += 1));
        const waiting: Waiting = {
          job: { key, graph, folder, question },
          signal,
          settle: (outcome) => {
            signal.removeEventListener("abort", abort);
            resolve(outcome);
          },
        };
        if (signal.aborted) {
          resolve({ ok: false, error: abortError(signal) });
          return;
        }
        signal.addEventListener("abort", abort, { once: true });
        queue.push(waiting);
        next();
      }),
    dispose: async () => {
      disposed = true;
      const stopped = worker;
      worker = undefined;
      for (const each of [running, ...queue.splice(0)])
        each?.settle(fail("host/unavailable", "Cannot compute on the graph: the host shuts down"));
      running = undefined;
      await stopped?.terminate();
    },
  };
}
