// The worker: keeps engines and prepared guests, runs one call at a time, blocks in host calls.
// It decides nothing: limits, deadlines and authority are the main thread's.
import type { MessagePort } from "node:worker_threads";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { ErrorValue, Outcome, SourceUnit } from "@crucible/sandbox";
import { CrucibleError, fail } from "@crucible/sandbox";
import type { CompiledSource, CreateEngine, Engine, Guest, HostBridge, HostReply } from "./engine.ts";
import { GuestInterrupted } from "./engine.ts";
import type {
  AnswerMessage,
  CallMessage,
  CallResult,
  FromWorker,
  InstanceSetup,
  ToWorker,
  WorkerStart,
} from "./protocol.ts";
import { controlWord } from "./protocol.ts";
import type { Snapshot } from "./snapshot.ts";
import { takeSnapshot } from "./snapshot.ts";

interface Prepared {
  readonly guest: Guest;
  readonly snapshot: Snapshot;
  readonly bytes: number;
}

interface InstanceEntry {
  readonly engine: string;
  readonly setup: InstanceSetup;
  prepared: Prepared | undefined;
}

if (parentPort === null) throw new Error("worker-node.js runs only as a worker thread");
const main: MessagePort = parentPort;
const start = workerData as WorkerStart;
const control = new Int32Array(start.control);
const engines = new Map<string, Promise<Engine>>();
// In order of use: the first is the least recently used.
const instances = new Map<number, InstanceEntry>();

let answersPort: MessagePort | undefined;
let current: { readonly sequence: number; tickets: number } | undefined;
const arrived = new Map<number, HostReply>();

const bridge: HostBridge = {
  interrupt: control.subarray(controlWord.interrupt, controlWord.interrupt + 1),
  call: (functionId, args, line) => {
    const ticket = submit(functionId, args, line, true);
    return takeReply(ticket);
  },
  submit: (functionId, args, line) => submit(functionId, args, line, false),
  wait: (tickets) => {
    const { sequence } = running();
    if (tickets.some((ticket) => !arrived.has(ticket))) send({ kind: "wait", sequence });
    return tickets.map(takeReply);
  },
  print: (text) => send({ kind: "print", sequence: running().sequence, text }),
};

// Messages are handled strictly one after the other: loading an engine is asynchronous, and a call may follow it.
let chain: Promise<void> = Promise.resolve();
let pending = 0;
main.on("message", (message: ToWorker) => {
  if (pending === 0 && message.kind === "call" && tryCallNow(message)) return;
  pending++;
  chain = chain
    .then(() => receive(message))
    .finally(() => {
      pending--;
    });
});
send({ kind: "ready" });

async function receive(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case "answers":
      answersPort = message.port as MessagePort;
      return;
    case "engine":
      engines.set(message.engine, loadEngine(message.url, message.shared));
      return;
    case "load":
      instances.set(message.instance, { engine: message.engine, setup: message.options, prepared: undefined });
      return;
    case "unload":
      instances.delete(message.instance);
      return;
    case "call": {
      const entry = instances.get(message.instance);
      const engine = await openEngine(entry?.engine ?? "");
      if (message.announce) send({ kind: "started", sequence: message.sequence });
      finish(message, entry, runCall(message, entry, engine));
      return;
    }
    case "compile": {
      const engine = await openEngine(message.engine);
      send({
        kind: "compiled",
        sequence: message.sequence,
        outcome: engine.ok ? await compile(engine.value, message.source) : engine,
      });
    }
  }
}

async function compile(engine: Engine, source: SourceUnit): Promise<Outcome<CompiledSource>> {
  try {
    return await engine.compile(source);
  } catch (thrown) {
    return { ok: false, error: translateThrown(thrown) };
  }
}

// The hot path: a prepared guest needs no promise.
function tryCallNow(message: CallMessage): boolean {
  const entry = instances.get(message.instance);
  if (entry?.prepared === undefined) return false;
  finish(message, entry, runGuest(message, entry, entry.prepared));
  return true;
}

async function loadEngine(url: string, shared: unknown): Promise<Engine> {
  const module = (await import(url)) as { readonly createEngine?: CreateEngine };
  if (typeof module.createEngine !== "function") throw new Error(`"${url}" does not export createEngine`);
  return module.createEngine(shared);
}

async function openEngine(name: string): Promise<Outcome<Engine>> {
  try {
    const engine = await engines.get(name);
    return engine === undefined
      ? fail("host/unavailable", `Cannot run: the engine "${name}" is not loaded`)
      : { ok: true, value: engine };
  } catch (thrown) {
    return fail("host/unavailable", `Cannot load the engine "${name}": ${messageOf(thrown)}`);
  }
}

function runCall(message: CallMessage, entry: InstanceEntry | undefined, engine: Outcome<Engine>): CallResult {
  if (!engine.ok) return failed(engine.error);
  if (entry === undefined) return failed({ code: "host/internal", message: "Cannot run: the instance is not loaded" });
  const prepared = prepare(entry, engine.value);
  return prepared.ok ? runGuest(message, entry, prepared.value) : failed(prepared.error);
}

function prepare(entry: InstanceEntry, engine: Engine): Outcome<Prepared> {
  if (entry.prepared !== undefined) return { ok: true, value: entry.prepared };
  const loaded = attempt(() => engine.load({ ...entry.setup, bridge }));
  if (!loaded.ok) return loaded;
  const snapshot = takeSnapshot(loaded.value.memory, loaded.value.snapshotRegions());
  entry.prepared = { guest: loaded.value, snapshot, bytes: snapshot.byteLength + loaded.value.highWater() };
  return { ok: true, value: entry.prepared };
}

function runGuest(message: CallMessage, entry: InstanceEntry, { guest }: Prepared): CallResult {
  current = { sequence: message.sequence, tickets: 0 };
  try {
    const outcome = guest.call(message);
    if (outcome.kind === "broken") entry.prepared = undefined;
    const measured = { memoryBytes: guest.highWater(), fuel: outcome.fuel };
    return outcome.kind === "value"
      ? { kind: "value", bytes: outcome.bytes, ...measured }
      : { kind: "error", error: outcome.error, ...measured };
  } catch (thrown) {
    entry.prepared = undefined;
    if (thrown instanceof GuestInterrupted) return { kind: "interrupted", memoryBytes: 0, fuel: undefined };
    return failed(translateThrown(thrown));
  } finally {
    current = undefined;
    arrived.clear();
  }
}

// The answer goes first; the restore then happens while the main thread works on it.
function finish(message: CallMessage, entry: InstanceEntry | undefined, result: CallResult): void {
  send({ kind: "result", sequence: message.sequence, result });
  if (entry === undefined) return;
  const { prepared } = entry;
  if (prepared !== undefined) {
    const highWater = prepared.guest.highWater();
    if (highWater > prepared.bytes - prepared.snapshot.byteLength + start.growthBytes) {
      entry.prepared = undefined;
    } else {
      prepared.snapshot.restore(highWater);
      prepared.guest.afterRestore?.();
    }
  }
  if (instances.delete(message.instance)) instances.set(message.instance, entry);
  evict();
}

function evict(): void {
  let total = 0;
  for (const { prepared } of instances.values()) total += prepared?.bytes ?? 0;
  for (const entry of instances.values()) {
    if (total <= start.guestBytes) return;
    total -= entry.prepared?.bytes ?? 0;
    entry.prepared = undefined;
  }
}

function running(): { readonly sequence: number; tickets: number } {
  if (current === undefined)
    throw new CrucibleError(
      "host/unavailable",
      "Cannot call the host while the plugin is being loaded: call it inside an action",
    );
  return current;
}

function submit(functionId: number, args: Uint8Array, line: number | undefined, waits: boolean): number {
  const call = running();
  if (Atomics.load(control, controlWord.interrupt) !== 0) throw new GuestInterrupted();
  const ticket = ++call.tickets;
  send({ kind: "submit", sequence: call.sequence, ticket, function: functionId, args, line, waits });
  return ticket;
}

function takeReply(ticket: number): HostReply {
  const { sequence, tickets } = running();
  if (ticket > tickets || ticket < 1 || answersPort === undefined)
    throw new CrucibleError(
      "guest/deadlock",
      `Cannot wait for ticket ${ticket}: it was not submitted in this invocation`,
    );
  for (;;) {
    const reply = arrived.get(ticket);
    if (reply !== undefined) {
      // Kept as an empty mark, so that a second wait is refused instead of blocking for ever.
      arrived.set(ticket, spent);
      if (reply === spent)
        throw new CrucibleError("guest/deadlock", `Cannot wait for ticket ${ticket}: it was waited for before`);
      return reply;
    }
    const seen = Atomics.load(control, controlWord.answers);
    if (Atomics.load(control, controlWord.interrupt) !== 0) throw new GuestInterrupted();
    const message = receiveMessageOnPort(answersPort)?.message as AnswerMessage | undefined;
    if (message === undefined) Atomics.wait(control, controlWord.answers, seen);
    // Answers to an invocation that was ended are still in the queue when the next one starts.
    else if (message.sequence === sequence) arrived.set(message.ticket, message);
  }
}

const spent: HostReply = { ok: false, bytes: new Uint8Array(0), time: 0 };

function attempt<T>(run: () => Outcome<T>): Outcome<T> {
  try {
    return run();
  } catch (thrown) {
    return { ok: false, error: translateThrown(thrown) };
  }
}

function translateThrown(thrown: unknown): ErrorValue {
  if (thrown instanceof CrucibleError) return thrown.toErrorValue();
  if (thrown instanceof WebAssembly.RuntimeError)
    return { code: "guest/trap", message: `The plugin crashed: ${thrown.message}` };
  if (thrown instanceof RangeError && /call stack/i.test(thrown.message))
    return { code: "limit/depth", message: "The plugin's calls nest too deeply for the thread's stack" };
  return { code: "host/internal", message: `The engine failed: ${messageOf(thrown)}` };
}

function failed(error: ErrorValue): CallResult {
  return { kind: "error", error, memoryBytes: 0, fuel: undefined };
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function send(message: FromWorker): void {
  main.postMessage(message);
}
