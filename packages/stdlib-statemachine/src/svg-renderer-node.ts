// Pictures laid out away from the main thread: each has a worker of its own, which an endless layout cannot outlive.
import { Worker } from "node:worker_threads";
import { abortError, CrucibleError } from "@crucible/sandbox";

/**
 * Makes what draws a graph in Graphviz's language as SVG, like `renderSvg`, in workers. One picture is drawn at a time. It
 * rejects with a `CrucibleError`: the signal's reason when that aborts, `thread/crashed` when the layout failed.
 */
export function createSvgRenderer(): (dot: string, signal: AbortSignal) => Promise<string> {
  let last: Promise<unknown> = Promise.resolve();
  return (dot, signal) => {
    const drawn = last.then(() => draw(dot, signal));
    last = drawn.catch(() => undefined);
    return drawn;
  };
}

function draw(dot: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      const { code, message } = abortError(signal);
      reject(new CrucibleError(code, message));
    };
    if (signal.aborted) {
      stopped();
      return;
    }
    const worker = new Worker(new URL("./svg-worker-node.js", import.meta.url), {
      workerData: dot,
      // Loaders and flags of the program are for the program; the worker is plain JavaScript.
      execArgv: [],
      name: "svg",
    });
    const abort = (): void => {
      stopped();
      void worker.terminate();
    };
    signal.addEventListener("abort", abort, { once: true });
    const crashed = (reason: string): void =>
      reject(new CrucibleError("thread/crashed", `Cannot draw the machine: its worker ended: ${reason}`));
    worker.on("message", (svg: unknown) => resolve(String(svg)));
    worker.on("error", (error) => crashed(error instanceof Error ? error.message : String(error)));
    worker.on("exit", () => {
      signal.removeEventListener("abort", abort);
      crashed("it gave no picture");
    });
  });
}
