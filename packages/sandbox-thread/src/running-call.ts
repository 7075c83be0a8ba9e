// One invocation on its worker: deadline, meters, host calls, cancellation, and the outcome.
import type {
  Artifact,
  CallRequest,
  CodecBounds,
  ErrorValue,
  HostAnswer,
  InvocationControl,
  Outcome,
  Value,
} from "@crucible/sandbox";
import {
  createInvocation,
  crossingBounds,
  decodeValue,
  encodeValue,
  fail,
  fromPlain,
  LazyAbort,
  object,
  resultBounds,
  succeed,
  toErrorValue,
} from "@crucible/sandbox";
import type { Job, PoolWorker, ThreadPool } from "./pool.ts";
import type { AnswerMessage, CallResult, FromWorker, InstanceSetup } from "./protocol.ts";
import type { Timer } from "./powers.ts";

/** What a call needs to know of its instance. */
export interface CallTarget {
  readonly id: number;
  readonly backend: string;
  readonly engineUrl: string;
  readonly shared: unknown;
  readonly setup: InstanceSetup;
  readonly artifact: Artifact;
  /** `module` and `function` of each function id. */
  readonly functions: readonly { readonly module: string; readonly name: string }[];
  /** The engine polls the interrupt flag, so that a clean end is worth a short wait. */
  readonly polls: boolean;
  /** Source file, for places that only the host can tell. */
  readonly file: string;
}

const graceMs = 20;

/** Starts a call; its outcome is that of the returned control's handle. */
export function startCall(
  pool: ThreadPool,
  target: CallTarget,
  request: CallRequest,
  parent: Job | undefined,
): { readonly control: InvocationControl; readonly job: Job } {
  const control = createInvocation(request.context.executionId);
  const { powers } = pool;
  const sequence = pool.nextNumber();
  const hostCallEnd = new LazyAbort();
  const crossing = crossingBounds(request.limits);
  let worker: PoolWorker | undefined;
  let ended = false;
  let startedMs = 0;
  let timer: Timer | undefined;
  let remainingMs = request.limits.timeout_ms;
  let runningSince: number | undefined;
  let suspensions = 0;
  let hostCalls = 0;
  let outputBytes = 0;
  let lastLine: number | undefined;

  const job: Job = {
    nested: request.context.depth > 0,
    memoryBytes: request.limits.memory_bytes,
    instance: target.id,
    children: 0,
    start: (slot) => {
      worker = slot;
      const params = request.encodedParams === undefined ? encodeValue(request.params) : succeed(request.encodedParams);
      if (!params.ok) {
        end(params, undefined);
        slot.release();
        return;
      }
      const opensEngine = !slot.engines.has(target.backend);
      if (opensEngine) {
        slot.engines.add(target.backend);
        slot.post({ kind: "engine", engine: target.backend, url: target.engineUrl, shared: target.shared });
      }
      if (!slot.loaded.has(target.id)) {
        slot.loaded.add(target.id);
        slot.post({ kind: "load", instance: target.id, engine: target.backend, options: target.setup });
      }
      if (!opensEngine) startClock();
      slot.post({
        kind: "call",
        sequence,
        instance: target.id,
        action: request.action,
        params: params.value,
        announce: opensEngine,
        seed: request.seed,
        startTime: request.startTime,
        limits: request.limits,
      });
    },
    receive: (message) => {
      if (!("sequence" in message) || message.sequence !== sequence) return;
      receive(message);
    },
    crashed: (reason) =>
      end(fail("thread/crashed", `The worker thread of "${target.setup.plugin}" ended: ${reason}`, place()), undefined),
    refused: (error) => end({ ok: false, error }, undefined),
  };

  function receive(message: FromWorker): void {
    switch (message.kind) {
      case "started":
        if (!ended) startClock();
        return;
      case "submit":
        lastLine = message.line ?? lastLine;
        if (message.waits) worker?.setWaiting(true);
        if (!ended) void answer(message.ticket, message.function, message.args);
        return;
      case "wait":
        worker?.setWaiting(true);
        return;
      case "print":
        if (!ended && meterOutput(message.text.length))
          void control.publish({ kind: "log", level: "info", message: message.text });
        return;
      case "result": {
        const slot = worker;
        worker = undefined;
        if (!ended) end(readResult(message.result), message.result);
        slot?.release();
        return;
      }
      case "ready":
      case "compiled":
        return;
    }
  }

  async function answer(ticket: number, functionId: number, args: Uint8Array): Promise<void> {
    if (!countCall()) return;
    const reply = await decide(functionId, args);
    if (ended) return;
    const encoded = encodeReply(reply, crossing);
    const message: AnswerMessage = { sequence, ticket, ok: encoded.ok, bytes: encoded.bytes, time: reply.time };
    worker?.setWaiting(false);
    worker?.postAnswer(message);
  }

  function countCall(): boolean {
    if (++hostCalls <= request.limits.host_calls) return true;
    stop(
      fail("limit/host-calls", `The plugin made more than ${request.limits.host_calls} host calls`, {
        ...place(),
        limit: { limit: request.limits.host_calls, used: hostCalls, unit: "calls" },
      }),
    );
    return false;
  }

  async function decide(functionId: number, args: Uint8Array): Promise<HostAnswer> {
    const called = target.functions[functionId];
    if (called === undefined || request.host === undefined) {
      return {
        outcome: fail("host/unknown-function", "Cannot call the host: the function is not offered to this plugin"),
        time: powers.now(),
      };
    }
    const decoded = decodeValue(args, crossing);
    if (!decoded.ok) return { outcome: decoded, time: powers.now() };
    if (!Array.isArray(decoded.value))
      return {
        outcome: fail("guest/invalid-value", "Cannot call the host: the arguments are no array"),
        time: powers.now(),
      };
    try {
      return await request.host.call({
        module: called.module,
        function: called.name,
        args: decoded.value,
        encodedArgs: args,
        signal: hostCallEnd.signal,
        ...(lastLine === undefined ? {} : { line: lastLine }),
        suspendDeadline,
        countCall,
        remainingMs: () => timeLeft(),
        publish: async (event) => {
          if (event.kind === "emit") {
            const size = encodeValue(event.value, crossing);
            if (!size.ok) return size;
            if (!meterOutput(size.value.length)) return fail("limit/output", "The plugin's output is over its limit");
          }
          return control.publish(event);
        },
      });
    } catch (thrown) {
      return { outcome: { ok: false, error: toErrorValue(thrown) }, time: powers.now() };
    }
  }

  function meterOutput(bytes: number): boolean {
    outputBytes += bytes;
    if (outputBytes <= request.limits.output_bytes) return true;
    stop(outputExceeded());
    return false;
  }

  function outputExceeded(): Outcome<Value> {
    return fail("limit/output", `The plugin's output is larger than ${request.limits.output_bytes} bytes`, {
      ...place(),
      limit: { limit: request.limits.output_bytes, used: outputBytes, unit: "bytes" },
    });
  }

  function readResult(result: CallResult): Outcome<Value> {
    switch (result.kind) {
      case "value":
        outputBytes += result.bytes.length;
        return outputBytes > request.limits.output_bytes
          ? outputExceeded()
          : withPlace(decodeValue(result.bytes, resultBounds(request.limits)));
      case "error":
        return withPlace({ ok: false, error: result.error });
      case "interrupted":
        return fail("invocation/cancelled", "The invocation was ended from outside", place());
    }
  }

  function withPlace(outcome: Outcome<Value>): Outcome<Value> {
    return outcome.ok
      ? outcome
      : { ok: false, error: { ...outcome.error, details: { ...place(), ...outcome.error.details } } };
  }

  function startClock(): void {
    startedMs = powers.monotonicMs();
    timer?.cancel();
    resumeDeadline();
  }

  // The deadline: a timer for what is left, stopped while a person is asked.
  function resumeDeadline(): void {
    runningSince = powers.monotonicMs();
    timer = powers.setTimer(Math.max(0, remainingMs), () => {
      const used = request.limits.timeout_ms;
      stop(
        fail("limit/deadline", `The plugin ran longer than ${used} ms`, {
          ...place(),
          limit: { limit: used, used, unit: "ms" },
        }),
      );
    });
  }

  function suspendDeadline(): () => void {
    if (++suspensions === 1 && runningSince !== undefined) {
      timer?.cancel();
      remainingMs -= powers.monotonicMs() - runningSince;
      runningSince = undefined;
    }
    let resumed = false;
    return () => {
      if (resumed) return;
      resumed = true;
      if (--suspensions === 0 && !ended) resumeDeadline();
    };
  }

  function timeLeft(): number {
    return Math.max(0, runningSince === undefined ? remainingMs : remainingMs - (powers.monotonicMs() - runningSince));
  }

  // Ends the invocation now and the guest as soon as it can be.
  function stop(outcome: Outcome<Value>): void {
    if (ended) return;
    end(outcome, undefined);
    const slot = worker;
    if (slot === undefined) {
      pool.withdraw(job);
      return;
    }
    if (!target.polls && !slot.isWaiting) {
      worker = undefined;
      slot.replace();
      return;
    }
    slot.interrupt();
    powers.setTimer(graceMs, () => {
      if (worker !== slot) return;
      worker = undefined;
      slot.replace();
    });
  }

  function end(outcome: Outcome<Value>, result: CallResult | undefined): void {
    if (ended) return;
    ended = true;
    timer?.cancel();
    runningSince = undefined;
    if (parent !== undefined) parent.children--;
    hostCallEnd.abort(
      outcome.ok ? { code: "invocation/cancelled", message: "The invocation has ended" } : outcome.error,
    );
    pool.observer.jobEnded({
      kind: "call",
      backend: target.backend,
      plugin: target.setup.plugin,
      durationMs: startedMs === 0 ? 0 : powers.monotonicMs() - startedMs,
      memoryBytes: result?.memoryBytes ?? 0,
      fuel: result?.fuel,
      outcome: outcome.ok ? "ok" : outcome.error.code,
    });
    control.settle(
      outcome,
      result === undefined ? undefined : { memoryBytes: result.memoryBytes, fuel: result.fuel },
      outcome.ok && result?.kind === "value" ? result.bytes : undefined,
    );
  }

  function place(): {
    readonly plugin: string;
    readonly version: string;
    readonly action: string;
    readonly place?: { readonly file: string; readonly line: number; readonly approximate: true };
  } {
    const { plugin, version } = target.setup;
    const found = { plugin, version, action: request.action };
    const line = lastLine ?? target.artifact.actions?.find(({ name }) => name === request.action)?.line;
    return line === undefined ? found : { ...found, place: { file: target.file, line, approximate: true } };
  }

  control.onCancel((error) => stop({ ok: false, error }));
  if (parent !== undefined) parent.children++;
  // Waiting for a worker, and for the engine of a new one, is not running: it has a bound of its own.
  timer = powers.setTimer(pool.maxWaitMs, () => {
    stop(fail("limit/workers", `No worker became ready within ${pool.maxWaitMs} ms`, place()));
  });
  pool.submit(job);
  return { control, job };
}

function encodeReply(answer: HostAnswer, bounds: CodecBounds): { readonly ok: boolean; readonly bytes: Uint8Array } {
  const { outcome } = answer;
  if (outcome.ok && answer.encoded !== undefined) return { ok: true, bytes: answer.encoded };
  const encoded = outcome.ok ? encodeValue(outcome.value, bounds) : succeed(encodeError(outcome.error));
  return encoded.ok ? { ok: outcome.ok, bytes: encoded.value } : { ok: false, bytes: encodeError(encoded.error) };
}

// A guest learns code and message; details that name places or policies of the host stay outside.
function encodeError(error: ErrorValue): Uint8Array {
  const limit = error.details?.limit;
  const entries: [string, Value][] = [
    ["code", error.code],
    ["message", error.message],
  ];
  if (limit !== undefined) entries.push(["limit", fromPlain(limit)]);
  const encoded = encodeValue(object(entries));
  return encoded.ok ? encoded.value : encodeError({ code: error.code, message: "The message cannot be shown" });
}
