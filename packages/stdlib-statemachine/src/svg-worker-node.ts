// The worker of one picture: lays it out, answers and ends.
import { parentPort, workerData } from "node:worker_threads";
import { renderSvg } from "./render-svg.ts";

const port = parentPort;
if (port === null) throw new TypeError("svg-worker-node runs in a worker");
port.postMessage(await renderSvg(String(workerData)));
