// Holds a target against the hostile corpus: each program ends with its code and in its time, the host's event loop goes on
// meanwhile, and whoever is called next notices nothing.
import {
  defaultLimits,
  fail,
  type Artifact,
  type CallRequest,
  type Instance,
  type InvocationContext,
  type Language,
  type Limits,
  type Outcome,
  type SourceUnit,
  type Value,
  rootContext,
} from "@crucible/sandbox";
import { assertSuccess } from "../assertion.ts";
import type { ConformanceSubject } from "../target.ts";
import { createHostileHost, hostileModule } from "./hostile-host.ts";
import { hostileLimits, type HostileProgram } from "./hostile-program.ts";
import type { LoopWatch } from "./loop-watch.ts";

/** The longest time in milliseconds that the host's event loop may stand still. */
export const maxBlockedMs = 50;

/**
 * How often a program is run again when it ended well but too late: only what is late each time is so because of the
 * program, and not because of whatever else the machine does.
 */
const attempts = 5;

export interface HostileReport {
  /** Code of the failure, or `value`. */
  readonly ended: string;
  /** Message of the failure. */
  readonly message: string | undefined;
  /** Milliseconds from the call to its outcome. */
  readonly elapsedMs: number;
  /** Longest standstill of the event loop meanwhile, in milliseconds. */
  readonly blockedMs: number;
  /** What is wrong, empty when nothing is. */
  readonly problems: readonly string[];
}

/** A target under attack: one neighbour that behaves stands beside every program. */
export interface HostileRange {
  /** Runs one program, then its plugin again, then its neighbour. Never rejects because of what a program does. */
  run(program: HostileProgram): Promise<HostileReport>;
  /** Loads a program once and runs it many times with these limits; returns what else than its own end happened. */
  repeat(program: HostileProgram, times: number, limits: Partial<Limits>): Promise<readonly string[]>;
  /** Disposes of the neighbour; the subject stays its owner's. */
  dispose(): Promise<void>;
}

/** Milliseconds in which an invocation with this limit has to be over. */
export function latestEndMs(timeoutMs: number): number {
  return Math.max(timeoutMs * 1.5, timeoutMs + 50);
}

/** Sets up a range. @param watch says how long the event loop stood still */
export async function openHostileRange(subject: ConformanceSubject, watch: LoopWatch): Promise<HostileRange> {
  const { backend } = subject;
  const neighbour = assertSuccess(await load(subject, textOfCalm[backend.language] ?? ""));
  const calmly = async (instance: Instance, limits: Partial<Limits> = {}): Promise<Outcome<Value>> =>
    instance.call(request("calm", { ...limits, timeout_ms: 5_000 })).outcome;

  const once = async (program: HostileProgram): Promise<HostileReport> => {
    const problems: string[] = [];
    const limits = { ...hostileLimits, ...program.limits };
    const text = `${program.source}\n${program.at === undefined ? (textOfCalm[program.language] ?? "") : ""}\n`;
    let instance: Instance | undefined;
    let outcome: Outcome<unknown>;
    let elapsedMs: number;
    const stand = watch.start();
    const begun = watch.now();
    if (program.at === "compile") {
      outcome = await backend.compile(unit(subject, text));
      elapsedMs = watch.now() - begun;
    } else {
      const loaded = await load(subject, text, limits.memory_bytes);
      outcome = loaded;
      let called = begun;
      if (loaded.ok) {
        instance = loaded.value;
        // The first call of a plugin makes its instance; what a limit bounds is what comes after.
        if (program.at === undefined)
          problems.push(...complaints("its own plugin", await calmly(instance, limits), "before"));
        called = watch.now();
        outcome = await instance.call(request("main", limits)).outcome;
      }
      elapsedMs = watch.now() - called;
    }
    const blockedMs = stand();
    const ended = outcome.ok ? "value" : outcome.error.code;
    if (ended !== program.ends) problems.push(`it ended with ${ended} instead of ${program.ends}`);
    const latest = latestEndMs(limits.timeout_ms);
    if (program.at !== "compile" && elapsedMs > latest) problems.push(`it took ${elapsedMs} ms of ${latest} ms`);
    if (blockedMs > maxBlockedMs) problems.push(`the event loop stood still for ${blockedMs} ms`);
    if (instance !== undefined && program.at === undefined)
      problems.push(...complaints("its own plugin", await calmly(instance, limits)));
    problems.push(...complaints("its neighbour", await calmly(neighbour)));
    await instance?.dispose();
    return { ended, message: outcome.ok ? undefined : outcome.error.message, elapsedMs, blockedMs, problems };
  };

  return {
    run: async (program) => {
      let report = await once(program);
      for (let more = 1; more < attempts && isOnlyLate(report, program); more += 1) report = await once(program);
      return report;
    },
    repeat: async (program, times, limits) => {
      const text = `${program.source}\n${textOfCalm[program.language] ?? ""}\n`;
      const memoryBytes = program.limits?.memory_bytes ?? hostileLimits.memory_bytes;
      const instance = assertSuccess(await load(subject, text, memoryBytes));
      const others = new Set<string>();
      for (let round = 0; round < times; round += 1) {
        const ended = await instance.call(request("main", { ...hostileLimits, ...program.limits, ...limits })).outcome;
        const code = ended.ok ? "value" : ended.error.code;
        if (code !== program.ends) others.add(code);
        // Waits for the next thread as well, so that the limit bounds the program and not the making of a thread.
        for (const complaint of complaints("its own plugin", await calmly(instance, { memory_bytes: memoryBytes })))
          others.add(complaint);
      }
      await instance.dispose();
      return [...others];
    },
    dispose: async () => neighbour.dispose(),
  };
}

/** An action that every plugin of the corpus has beside its own, and that succeeds. */
const textOfCalm: Readonly<Partial<Record<Language, string>>> = {
  lua: "function calm() return 1 end",
  rune: "pub fn calm(p) { 1 }",
};

function isOnlyLate({ ended, problems }: HostileReport, program: HostileProgram): boolean {
  return problems.length > 0 && ended === program.ends;
}

function complaints(who: string, outcome: Outcome<Value>, when = "afterwards"): readonly string[] {
  return outcome.ok ? [] : [`${who} failed ${when}: ${outcome.error.code} ${outcome.error.message}`];
}

function unit({ backend }: ConformanceSubject, text: string): SourceUnit {
  return { file: `hostile${backend.extensions[0] ?? ""}`, text, firstLine: 1, modules: [hostileModule] };
}

async function load(
  subject: ConformanceSubject,
  text: string,
  memoryBytes: number = hostileLimits.memory_bytes,
): Promise<Outcome<Instance>> {
  if (text === "") return fail("host/unavailable", `The corpus does not know ${subject.backend.language}`);
  const compiled: Outcome<Artifact> = await subject.backend.compile(unit(subject, text));
  if (!compiled.ok) return compiled;
  return subject.backend.instantiate(compiled.value, {
    plugin: "hostile",
    version: "1.0.0",
    modules: [hostileModule],
    memoryBytes,
  });
}

function request(action: string, limits: Partial<Limits>): CallRequest {
  return {
    action,
    params: null,
    context: { ...context, action },
    limits: { ...defaultLimits, ...hostileLimits, ...limits },
    seed: 1n,
    startTime: 0,
    host: createHostileHost(),
  };
}

const context: InvocationContext = rootContext({
  executionId: "hostile",
  plugin: "hostile",
  version: "1.0.0",
  action: "main",
  invoker: { kind: "user", name: "conformance" },
  deadline: 60_000,
});
