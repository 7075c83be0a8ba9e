// The hostile corpus: programs that want more than they may have, each ended by its own limit, and nobody else notices.
import {
  createLoopWatch,
  hostilePrograms,
  openHostileRange,
  type ConformanceSubject,
  type HostileProgram,
  type HostileRange,
} from "@crucible/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { target } from "./conformance-target.ts";

const corpus = hostilePrograms.filter(({ language }) => language === target.language);

let subject: ConformanceSubject;
let range: HostileRange;

beforeAll(async () => {
  subject = await target.open();
  range = await openHostileRange(subject, createLoopWatch());
});
afterAll(async () => {
  await range.dispose();
  await subject.dispose();
});

describe.each([...new Set(corpus.map(({ topic }) => topic))])("a program about %s", (topic) => {
  const programs = corpus.filter((program) => program.topic === topic);
  test.each(programs.map((program): [string, HostileProgram] => [`${program.name}: ${program.ends}`, program]))(
    "that %s",
    async (_title, program) => {
      const { problems } = await range.run(program);
      expect(problems).toEqual([]);
    },
  );
});

test(
  "a thousand runs of a sample leave as many threads, handles and as much memory as before",
  { timeout: 300_000 },
  async () => {
    const sample = corpus.filter(
      ({ at, topic }, index) => at === undefined && topic !== "reach" && index % Math.ceil(corpus.length / 20) === 0,
    );
    const rounds = Math.ceil(1_000 / sample.length / 2);
    const wrong: string[] = [];
    const attack = async (): Promise<void> => {
      for (const program of sample) {
        const limits = program.ends === "limit/deadline" ? { timeout_ms: 5 } : {};
        wrong.push(...(await range.repeat(program, rounds, limits)).map((code) => `${program.name}: ${code}`));
      }
    };
    // The first half brings caches, stacks and threads to the size that they keep.
    await attack();
    const before = subject.threads?.() ?? 0;
    const handles = process.getActiveResourcesInfo().length;
    const memory = process.memoryUsage().rss;
    await attack();
    expect(wrong).toEqual([]);
    expect(subject.threads?.()).toBeLessThanOrEqual(before);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(handles + 2);
    // Less than what one run in twenty would leave if it kept its memory.
    expect(process.memoryUsage().rss - memory).toBeLessThan(200 * 1024 * 1024);
  },
);
