// The pool: which worker runs what, when to grow, when to refuse. One pool serves every backend of a process.
// What a job does on its worker is the job's own (running-call.ts, compile-job.ts).
//
// Root jobs use root workers only and queue in order of arrival. Nested jobs take any idle worker, then the reserve that is
// closed to root jobs; they may wait only while some nested job still runs by itself, so that no chain waits for its own end.
import type { ErrorValue } from "@crucible/sandbox";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { controlWord } from "./protocol.ts";
import type { ThreadPowers, WorkerPort } from "./powers.ts";

export interface PoolOptions {
  readonly powers: ThreadPowers;
  /** Workers that are kept for root jobs; by default one for each core and a spare. */
  readonly workers?: number;
  /** Root workers at most, counting those that wait in a host call; by default 64. */
  readonly maxWorkers?: number;
  /** Workers for nested jobs alone; by default 8. */
  readonly reserve?: number;
  /** Root jobs that may wait; further ones are refused with `limit/workers`. By default 10,000. */
  readonly maxQueue?: number;
  /** Milliseconds that a call may wait for a worker before it is refused with `limit/workers`; by default 10,000. */
  readonly maxWaitMs?: number;
  /** Sum of `memory_bytes` of all running jobs; by default three quarters of the machine's memory. */
  readonly memoryBudgetBytes?: number;
  /** What all prepared guests together may keep; by default 512 MB. */
  readonly preparedBudgetBytes?: number;
  readonly observer?: PoolObserver;
}

/** Told what happens; an observer that throws is ignored. */
export interface PoolObserver {
  workerStarted?(workers: number): void;
  workerEnded?(reason: string, workers: number): void;
  jobQueued?(queued: number): void;
  jobEnded?(report: JobReport): void;
}

export interface JobReport {
  readonly kind: "call" | "compile";
  readonly backend: string;
  readonly plugin: string;
  /** Milliseconds on the worker, waiting included. */
  readonly durationMs: number;
  readonly memoryBytes: number;
  readonly fuel: number | undefined;
  /** `ok`, or the error's code. */
  readonly outcome: string;
}

export interface PoolStats {
  readonly workers: number;
  readonly idle: number;
  readonly busy: number;
  /** Busy workers that wait for a host answer. */
  readonly waiting: number;
  readonly queued: number;
}

/** Work for one worker. */
export interface Job {
  readonly nested: boolean;
  readonly memoryBytes: number;
  /** Instance whose prepared guest it wants; a worker that has it is preferred. */
  readonly instance: number | undefined;
  /** Unfinished nested jobs that it started. */
  children: number;
  start(worker: PoolWorker): void;
  receive(message: FromWorker): void;
  /** The worker is gone. */
  crashed(reason: string): void;
  refused(error: ErrorValue): void;
}

/** A worker as a running job sees it. */
export interface PoolWorker {
  readonly loaded: Set<number>;
  readonly engines: Set<string>;
  post(message: ToWorker): void;
  postAnswer(message: unknown): void;
  /** Marks it as waiting for the host, or as running again. */
  setWaiting(waiting: boolean): void;
  readonly isWaiting: boolean;
  /** Asks the guest to end: wakes a waiting worker, sets the flag that engines poll. */
  interrupt(): void;
  /** Ends the job; the worker takes the next one. */
  release(): void;
  /** Ends the job and the thread. */
  destroy(): void;
  /** Ends the job and the thread, and starts another in its place. */
  replace(): void;
}

export interface ThreadPool {
  readonly powers: ThreadPowers;
  readonly observer: Required<PoolObserver>;
  readonly maxWaitMs: number;
  /** Running and queued calls by execution id, so that a nested call finds its caller. */
  readonly running: Map<string, Job>;
  /** Numbers for instances and jobs, unique in this pool. */
  nextNumber(): number;
  submit(job: Job): void;
  /** Takes a job out of the queue; false when it is not there. */
  withdraw(job: Job): boolean;
  /** Sends to every living worker, for example that an instance is no longer needed. */
  broadcast(message: ToWorker): void;
  stats(): PoolStats;
  /** Terminates all workers; queued jobs are refused with `invocation/cancelled`. Repeated calls have no effect. */
  dispose(): Promise<void>;
}

interface Slot extends PoolWorker {
  readonly port: WorkerPort;
  readonly reserved: boolean;
  ready: boolean;
  dead: boolean;
  job: Job | undefined;
  waitingSince: number | undefined;
}

const growAfterWaitingMs = 5;
const trimIdleAfterMs = 10_000;
const startFailuresBeforeRefusal = 3;
const growthBytes = 16 * 1024 * 1024;

export function createThreadPool(options: PoolOptions): ThreadPool {
  const { powers } = options;
  const target = options.workers ?? powers.cores + 1;
  const maxRoot = Math.max(target, options.maxWorkers ?? 64);
  const reserve = options.reserve ?? 8;
  const maxQueue = options.maxQueue ?? 10_000;
  const memoryBudget = options.memoryBudgetBytes ?? powers.memoryBytes * 0.75;
  const guestBytes = (options.preparedBudgetBytes ?? 512 * 1024 * 1024) / (target + reserve);
  const observer = guardObserver(options.observer ?? {});

  const slots = new Set<Slot>();
  const rootQueue: Job[] = [];
  const nestedQueue: Job[] = [];
  let memoryInUse = 0;
  let startFailures = 0;
  let disposed = false;
  let growCheckPending = false;
  let lastNumber = 0;

  function spawn(reserved: boolean): void {
    const port = powers.spawn({ guestBytes, growthBytes });
    const slot: Slot = {
      port,
      reserved,
      ready: false,
      dead: false,
      job: undefined,
      waitingSince: undefined,
      loaded: new Set(),
      engines: new Set(),
      post: (message) => port.post(message),
      postAnswer: (message) => {
        port.postAnswer(message);
        Atomics.add(port.control, controlWord.answers, 1);
        Atomics.notify(port.control, controlWord.answers);
      },
      setWaiting: (waiting) => {
        slot.waitingSince = waiting ? powers.monotonicMs() : undefined;
        if (waiting && rootQueue.length > 0) scheduleGrowCheck();
      },
      get isWaiting() {
        return slot.waitingSince !== undefined;
      },
      interrupt: () => {
        Atomics.store(port.control, controlWord.interrupt, 1);
        Atomics.add(port.control, controlWord.answers, 1);
        Atomics.notify(port.control, controlWord.answers);
      },
      release: () => {
        detach(slot);
        Atomics.store(port.control, controlWord.interrupt, 0);
        trimLater(slot);
        pump();
      },
      destroy: () => {
        detach(slot);
        bury(slot, "stopped");
        void port.terminate();
        pump();
      },
      replace: () => {
        slot.destroy();
        // Healing starts at once: the next job should not pay for this one's end.
        if (!disposed && count((other) => !other.reserved) < target) spawn(false);
      },
    };
    slots.add(slot);
    port.onMessage((message) => {
      // Messages of our own worker code, on its own port.
      const received = message as FromWorker;
      if (slot.dead) return;
      if (received.kind === "ready") {
        slot.ready = true;
        startFailures = 0;
        pump();
      } else {
        slot.job?.receive(received);
      }
    });
    port.onExit((reason) => {
      if (slot.dead) return;
      if (!slot.ready) startFailures++;
      const { job } = slot;
      detach(slot);
      bury(slot, reason);
      job?.crashed(reason);
      if (startFailures >= startFailuresBeforeRefusal)
        refuseAll({ code: "thread/crashed", message: `Cannot start a worker thread: ${reason}` });
      else pump();
    });
    observer.workerStarted(slots.size);
  }

  function bury(slot: Slot, reason: string): void {
    slot.dead = true;
    slots.delete(slot);
    observer.workerEnded(reason, slots.size);
  }

  function detach(slot: Slot): void {
    if (slot.job !== undefined) memoryInUse -= slot.job.memoryBytes;
    slot.job = undefined;
    slot.waitingSince = undefined;
  }

  function pump(): void {
    if (disposed) return;
    fill(nestedQueue, () => true);
    fill(rootQueue, (slot) => !slot.reserved);
    growRoot();
    growNested();
  }

  function fill(queue: Job[], usable: (slot: Slot) => boolean): void {
    while (queue.length > 0) {
      const job = queue[0] as Job;
      if (memoryInUse > 0 && memoryInUse + job.memoryBytes > memoryBudget) return;
      const slot = chooseIdle(job, usable);
      if (slot === undefined) return;
      queue.shift();
      slot.job = job;
      memoryInUse += job.memoryBytes;
      job.start(slot);
    }
  }

  function chooseIdle(job: Job, usable: (slot: Slot) => boolean): Slot | undefined {
    let found: Slot | undefined;
    for (const slot of slots) {
      if (!slot.ready || slot.job !== undefined || !usable(slot)) continue;
      if (job.instance !== undefined && slot.loaded.has(job.instance)) return slot;
      found ??= slot;
    }
    return found;
  }

  // Idle capacity first up to the target; beyond it only while workers wait in host calls, which costs threads but no CPU.
  function growRoot(): void {
    const own = count((slot) => !slot.reserved);
    const starting = count((slot) => !slot.reserved && !slot.ready);
    if (rootQueue.length <= starting) return;
    if (own < target) {
      spawn(false);
      return;
    }
    if (own >= maxRoot) return;
    const now = powers.monotonicMs();
    const longWaiting = count(
      (slot) => !slot.reserved && slot.waitingSince !== undefined && now - slot.waitingSince >= growAfterWaitingMs,
    );
    if (longWaiting > own - target + starting) spawn(false);
    else if (count((slot) => slot.waitingSince !== undefined) > 0) scheduleGrowCheck();
  }

  function growNested(): void {
    if (nestedQueue.length === 0) return;
    const starting = count((slot) => !slot.ready);
    if (starting >= nestedQueue.length) return;
    if (count((slot) => !slot.reserved) < target) {
      spawn(false);
      return;
    }
    if (count((slot) => slot.reserved) < reserve) {
      spawn(true);
      return;
    }
    // A nested job that runs and waits for no other nested job will free its worker; otherwise nothing will.
    const progress = starting > 0 || count((slot) => slot.job?.nested === true && slot.job.children === 0) > 0;
    if (progress) return;
    for (const job of nestedQueue.splice(0)) {
      job.refused({
        code: "limit/workers",
        message: `Cannot start the nested call: all ${reserve} reserved workers wait for nested calls`,
        details: { limit: { limit: reserve, used: reserve, unit: "workers" } },
      });
    }
  }

  function scheduleGrowCheck(): void {
    if (growCheckPending) return;
    growCheckPending = true;
    powers.setTimer(growAfterWaitingMs, () => {
      growCheckPending = false;
      pump();
    });
  }

  function trimLater(slot: Slot): void {
    const surplus = slot.reserved ? 0 : count((other) => !other.reserved) - target;
    if (surplus <= 0 && !slot.reserved) return;
    powers.setTimer(
      trimIdleAfterMs,
      () => {
        const stillSurplus = slot.reserved ? nestedQueue.length === 0 : count((other) => !other.reserved) > target;
        if (slot.dead || slot.job !== undefined || !stillSurplus) return;
        slot.destroy();
      },
      { background: true },
    );
  }

  function count(test: (slot: Slot) => boolean): number {
    let total = 0;
    for (const slot of slots) if (test(slot)) total++;
    return total;
  }

  function refuseAll(error: ErrorValue): void {
    for (const job of [...rootQueue.splice(0), ...nestedQueue.splice(0)]) job.refused(error);
  }

  return {
    powers,
    observer,
    maxWaitMs: options.maxWaitMs ?? 10_000,
    running: new Map(),
    nextNumber: () => ++lastNumber,
    submit: (job) => {
      if (disposed) {
        job.refused({ code: "host/unavailable", message: "Cannot run: the worker pool was disposed of" });
        return;
      }
      if (!job.nested && rootQueue.length >= maxQueue) {
        job.refused({
          code: "limit/workers",
          message: `Cannot start: ${maxQueue} invocations wait already`,
          details: { limit: { limit: maxQueue, used: maxQueue, unit: "calls" } },
        });
        return;
      }
      (job.nested ? nestedQueue : rootQueue).push(job);
      startFailures = 0;
      pump();
      if (rootQueue.length > 0) observer.jobQueued(rootQueue.length);
    },
    withdraw: (job) => {
      for (const queue of [rootQueue, nestedQueue]) {
        const index = queue.indexOf(job);
        if (index >= 0) {
          queue.splice(index, 1);
          return true;
        }
      }
      return false;
    },
    broadcast: (message) => {
      for (const slot of slots) slot.post(message);
    },
    stats: () => ({
      workers: slots.size,
      idle: count((slot) => slot.ready && slot.job === undefined),
      busy: count((slot) => slot.job !== undefined),
      waiting: count((slot) => slot.waitingSince !== undefined),
      queued: rootQueue.length + nestedQueue.length,
    }),
    dispose: async () => {
      if (disposed) return;
      disposed = true;
      refuseAll({
        code: "invocation/cancelled",
        message: "The invocation was cancelled: the worker pool was disposed of",
      });
      const ending = [...slots].map((slot) => {
        const { job } = slot;
        detach(slot);
        bury(slot, "disposed");
        job?.refused({
          code: "invocation/cancelled",
          message: "The invocation was cancelled: the worker pool was disposed of",
        });
        return slot.port.terminate();
      });
      await Promise.all(ending);
    },
  };
}

// Observers watch; they must not be able to break what they watch.
function guardObserver(observer: PoolObserver): Required<PoolObserver> {
  const guard =
    <A extends readonly unknown[]>(run: ((...args: A) => void) | undefined) =>
    (...args: A): void => {
      try {
        run?.(...args);
      } catch {
        // Nothing to tell and nobody to tell it to: the observer is the one who reports.
      }
    };
  return {
    workerStarted: guard(observer.workerStarted?.bind(observer)),
    workerEnded: guard(observer.workerEnded?.bind(observer)),
    jobQueued: guard(observer.jobQueued?.bind(observer)),
    jobEnded: guard(observer.jobEnded?.bind(observer)),
  };
}
