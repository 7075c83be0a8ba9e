// The worker in which a model lives. Texts wait in two queues, queries before passages, and are embedded one by one.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { loadEngine } from "./load-engine-node.ts";
import type { EmbedCall, EmbedReply, EngineChoice } from "./embed-engine.ts";

const port = parentPort;
if (port === null) throw new TypeError("embed-worker-node runs in a worker");
const answer = (reply: EmbedReply, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(reply, [...transfer]);
const urgent: EmbedCall[] = [];
const patient: EmbedCall[] = [];
let wake: (() => void) | undefined;

port.on("message", (call: EmbedCall) => {
  (call.urgent ? urgent : patient).push(call);
  wake?.();
});

serve().catch((thrown: unknown) => answer({ kind: "broken", message: messageOf(thrown) }));

async function serve(): Promise<never> {
  const engine = await loadEngine(workerData as EngineChoice);
  collectGarbage();
  answer({ kind: "ready", dimensions: engine.dimensions });
  for (;;) {
    const call = urgent.shift() ?? patient.shift();
    if (call === undefined) {
      await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
      continue;
    }
    try {
      const vector = await engine.embed(call.text);
      answer({ kind: "vector", id: call.id, vector }, [vector.buffer as ArrayBuffer]);
    } catch (thrown) {
      answer({ kind: "failed", id: call.id, message: messageOf(thrown) });
    }
    // Lets messages in, so that a query need not wait for all passages.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Loading leaves the file of the weights in memory, which nothing would collect before the process ends. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
