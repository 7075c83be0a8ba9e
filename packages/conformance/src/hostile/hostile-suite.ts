// The hostile corpus as cases for a test runner: each program of the target's language, and what a thousand runs leave behind.
import { assertThat } from "../assertion.ts";
import type { ConformanceSubject, ConformanceTarget } from "../target.ts";
import type { HostileProgram } from "./hostile-program.ts";
import { hostilePrograms } from "./hostile-programs.ts";
import type { LoopWatch } from "./loop-watch.ts";
import type { ProcessProbe } from "./process-probe.ts";
import { openHostileRange, type HostileRange } from "./run-hostile.ts";

/** One statement about a target. */
export interface HostileCase {
  readonly title: string;
  /** Milliseconds that a runner has to give it. */
  readonly timeoutMs: number;
  /** Rejects with what went wrong. */
  readonly run: () => Promise<void>;
}

/** All cases of one target. They share a subject, which the first of them opens. */
export interface HostileSuite {
  readonly cases: readonly HostileCase[];
  dispose(): Promise<void>;
}

/** Runs of all programs of the sample together. */
const repetitions = 1_000;
const sampleSize = 20;
/** Less than what one run in twenty would leave if it kept its memory. */
const maxLeftBytes = 200 * 1024 * 1024;

/** Lists the cases of a target. Nothing is opened before the first one runs. */
export function hostileSuite(target: ConformanceTarget, watch: LoopWatch, probe: ProcessProbe): HostileSuite {
  const corpus = hostilePrograms.filter(({ language }) => language === target.language);
  let opened: Promise<{ readonly subject: ConformanceSubject; readonly range: HostileRange }> | undefined;
  const open = async (): Promise<{ readonly subject: ConformanceSubject; readonly range: HostileRange }> => {
    const subject = await target.open();
    return { subject, range: await openHostileRange(subject, watch) };
  };
  const shared = (): ReturnType<typeof open> => (opened ??= open());

  const each = (program: HostileProgram): HostileCase => ({
    title: `a program about ${program.topic} that ${program.name} ends with ${program.ends}`,
    timeoutMs: 30_000,
    run: async () => {
      const { range } = await shared();
      const { problems } = await range.run(program);
      assertThat(problems.length === 0, problems.join("; "));
    },
  });
  const repeated: HostileCase = {
    title: `${repetitions} runs of a sample leave as many threads, handles and as much memory as before`,
    timeoutMs: 300_000,
    run: async () => {
      const { subject, range } = await shared();
      const step = Math.ceil(corpus.length / sampleSize);
      const sample = corpus.filter(
        ({ at, topic }, index) => at === undefined && topic !== "reach" && index % step === 0,
      );
      const rounds = Math.ceil(repetitions / sample.length / 2);
      const wrong: string[] = [];
      const attack = async (): Promise<void> => {
        for (const program of sample) {
          const limits = program.ends === "limit/deadline" ? { timeout_ms: 5 } : {};
          wrong.push(...(await range.repeat(program, rounds, limits)).map((code) => `${program.name}: ${code}`));
        }
      };
      // The first half brings caches, stacks and threads to the size that they keep.
      await attack();
      const threads = subject.threads?.() ?? 0;
      const [handles, bytes] = [probe.handles(), probe.residentBytes()];
      await attack();
      assertThat(wrong.length === 0, wrong.join("; "));
      const leftThreads = (subject.threads?.() ?? 0) - threads;
      assertThat(leftThreads <= 0, `${leftThreads} threads are left`);
      assertThat(probe.handles() <= handles + 2, `${probe.handles() - handles} handles are left`);
      const left = probe.residentBytes() - bytes;
      assertThat(left < maxLeftBytes, `${left} bytes are left`);
    },
  };
  return {
    cases: [...corpus.map(each), repeated],
    dispose: async () => {
      if (opened === undefined) return;
      const { subject, range } = await opened;
      await range.dispose();
      await subject.dispose();
    },
  };
}
