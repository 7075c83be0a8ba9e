// The worker of the graph service: answers jobs one by one, in the order in which they come.
import { parentPort } from "node:worker_threads";
import { createGraphDesk, type GraphJob } from "./graph-desk.ts";

const port = parentPort;
if (port === null) throw new TypeError("graph-worker-node runs in a worker");
const answer = createGraphDesk();
port.on("message", (job: GraphJob) => {
  const reply = answer(job);
  port.postMessage(reply, reply.ok ? [reply.bytes.buffer as ArrayBuffer] : []);
});
