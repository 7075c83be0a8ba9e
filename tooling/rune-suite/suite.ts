// Replays corpora of Rune programs: `pnpm rune:suite CORPUS.json… [--json] [--failures] [--stress]`. Reads only the files it is given.
import { readFileSync } from "node:fs";
import { judgeDoc, judgeEmbedded, judgeProbe, judgeTests } from "./corpora.ts";
import type { DocExample, EmbeddedProgram, Probe, TestFile, Verdict } from "./corpora.ts";

type Corpus = "tests" | "embedded" | "doc" | "probes";
const CORPORA: readonly Corpus[] = ["tests", "embedded", "doc", "probes"];

interface Extract {
  readonly tests?: readonly TestFile[];
  readonly embedded?: readonly EmbeddedProgram[];
  readonly doc?: readonly DocExample[];
}

const flags = process.argv.slice(2).filter((word) => word.startsWith("--"));
const files = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const unknown = flags.filter((flag) => !["--json", "--failures", "--stress"].includes(flag));
if (files.length === 0 || unknown.length > 0) {
  process.stderr.write("usage: rune:suite CORPUS.json… [--json] [--failures] [--stress]\n");
  process.exit(2);
}

const verdicts: Record<Corpus, Verdict[]> = { tests: [], embedded: [], doc: [], probes: [] };
const exempt: Record<Corpus, number> = { tests: 0, embedded: 0, doc: 0, probes: 0 };
for (const file of files) {
  const parsed = readCorpus(file);
  if (isProbes(parsed)) {
    parsed.forEach((probe, index) => take("probes", judgeProbe(probe, index)));
    continue;
  }
  for (const entry of parsed.tests ?? []) for (const verdict of judgeTests(entry)) take("tests", verdict);
  for (const entry of parsed.embedded ?? []) take("embedded", judgeEmbedded(entry));
  for (const entry of parsed.doc ?? []) take("doc", judgeDoc(entry));
}
report();

function isProbes(parsed: readonly Probe[] | Extract): parsed is readonly Probe[] {
  return Array.isArray(parsed);
}

/** The files are the user's own; their shape is the extractor's. */
function readCorpus(file: string): readonly Probe[] | Extract {
  return JSON.parse(readFileSync(file, "utf8")) as readonly Probe[] | Extract;
}

function take(corpus: Corpus, verdict: Verdict | null): void {
  if (verdict === null) exempt[corpus]++;
  else verdicts[corpus].push(verdict);
}

function report(): void {
  const summary = Object.fromEntries(
    CORPORA.map((corpus) => [
      corpus,
      {
        passed: verdicts[corpus].filter((verdict) => verdict.failure === null).length,
        total: verdicts[corpus].length,
      },
    ]),
  );
  if (flags.includes("--failures")) {
    const stream = flags.includes("--json") ? process.stderr : process.stdout;
    for (const corpus of CORPORA) {
      for (const { name, source, failure } of verdicts[corpus]) {
        if (failure !== null)
          stream.write(`${corpus} ${name}\n  ${source.trim().replaceAll("\n", "\n  ")}\n  → ${failure}\n\n`);
      }
    }
  }
  if (flags.includes("--json")) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  for (const corpus of CORPORA) {
    const { passed = 0, total = 0 } = summary[corpus] ?? {};
    if (total === 0) continue;
    const left = exempt[corpus] === 0 ? "" : ` (${exempt[corpus]} not judged)`;
    process.stdout.write(`${corpus.padEnd(9)} ${passed}/${total}${left}\n`);
  }
}
