// Node's worker threads, clocks and timers as powers of the pool.
import { availableParallelism, totalmem } from "node:os";
import { MessageChannel, Worker } from "node:worker_threads";
import type { SpawnOptions, ThreadPowers, WorkerPort } from "./powers.ts";
import type { WorkerStart } from "./protocol.ts";
import { controlWord } from "./protocol.ts";

export interface NodeThreadOptions {
  /** Where worker-node.js is, for bundlers that move files; by default beside this module. */
  readonly workerUrl?: URL;
}

/** Real threads. Workers and timers do not keep the process alive by themselves; running calls do. */
export function createNodeThreadPowers(options: NodeThreadOptions = {}): ThreadPowers {
  const workerUrl = options.workerUrl ?? new URL("./worker-node.js", import.meta.url);
  return {
    spawn: (spawn) => spawnWorker(workerUrl, spawn),
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimer: (delayMs, run, timerOptions) => {
      const timer = setTimeout(run, delayMs);
      if (timerOptions?.background === true) timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

function spawnWorker(url: URL, options: SpawnOptions): WorkerPort {
  const shared = new SharedArrayBuffer(controlWord.count * Int32Array.BYTES_PER_ELEMENT);
  const workerData: WorkerStart = { control: shared, ...options };
  const worker = new Worker(url, {
    workerData,
    // Deep parser and interpreter recursion needs stack; the JavaScript heap holds only our own glue.
    resourceLimits: { stackSizeMb: 16, maxOldGenerationSizeMb: 256 },
    // Nothing of the host's environment or command line reaches the thread.
    env: {},
    argv: [],
    execArgv: [],
  });
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  worker.unref();
  worker.postMessage({ kind: "answers", port: port2 }, [port2]);
  let failure: string | undefined;
  worker.on("error", (error) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  return {
    control: new Int32Array(shared),
    post: (message) => worker.postMessage(message),
    postAnswer: (message) => port1.postMessage(message),
    onMessage: (listener) => {
      worker.on("message", listener);
    },
    onExit: (listener) => {
      worker.once("exit", (code) => {
        port1.close();
        listener(failure ?? `the thread ended with code ${code}`);
      });
    },
    terminate: async () => {
      await worker.terminate();
    },
  };
}
