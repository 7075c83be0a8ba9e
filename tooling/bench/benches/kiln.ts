// The kiln at 10,000 notes (50,000 chunks), and how well it finds notes that are asked for in other words.
import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { promisify } from "node:util";
import { createKilnIndex, createMiniLmEmbedder, openKiln, type SearchMode } from "@crucible/kiln-store";
import { startIndexService } from "@crucible/kiln-store/testing";
import { unwrap } from "@crucible/sandbox";
import { parseCorpus, qualityOf, type QueryKind } from "../../../packages/kiln-store/bench/retrieval-corpus.ts";
import { corpus } from "../../../packages/kiln-store/bench/retrieval-notes.ts";
import { createSpreadEmbedder, createSyntheticKiln } from "../../../packages/kiln-store/bench/synthetic-kiln.ts";
import type { Bench, Row } from "../bench-definition.ts";

const packageFolder = new URL("../../../packages/kiln-store/", import.meta.url).pathname;
const modes: readonly SearchMode[] = ["lexical", "semantic", "hybrid"];

/** Opens the kiln and asks it something. */
const openScript = `
import { createMiniLmEmbedder, openKiln } from "@crucible/kiln-store";
const started = performance.now();
const kiln = openKiln({ root: process.argv[1], embedder: createMiniLmEmbedder() });
if (!(await kiln.index.backlinks("area-0/topic-0/note-0.md")).ok) throw new Error("The index does not open");
const openMs = performance.now() - started;
`;

/** A process that prints how many milliseconds opening took. */
const openProcess = `${openScript}
console.log(openMs);
await kiln.dispose();
`;

/** A process that searches twenty times and prints how many megabytes it has then. */
const searchProcess = `${openScript}
for (let index = 0; index < 20; index += 1) {
  const found = await kiln.index.search("how to repair a bicycle " + index);
  if (found.value?.mode !== "hybrid") throw new Error("The search has no vectors");
}
console.log(process.memoryUsage().rss / 1e6);
await kiln.dispose();
`;

/** The number that a process prints. */
async function runProcess(script: string, root: string): Promise<number> {
  const args = ["--input-type=module", "-e", script, root];
  return Number((await promisify(execFile)(process.execPath, args, { cwd: packageFolder })).stdout);
}

function measured(
  name: string,
  unit: Row["unit"],
  value: number,
  bound?: { readonly atMost?: number; readonly atLeast?: number },
): Row {
  return {
    name,
    unit,
    contenders: { crucible: { measure: () => value } },
    ...(bound === undefined ? {} : { target: { contender: "crucible", ...bound } }),
  };
}

async function retrievalRows(): Promise<{
  readonly rows: Row[];
  readonly texts: readonly string[];
  readonly questions: readonly string[];
}> {
  const { notes, queries } = parseCorpus(corpus);
  const root = mkdtempSync(join(tmpdir(), "kiln-retrieval-"));
  for (const [path, text] of notes) writeFileSync(join(root, path), text);
  const kiln = openKiln({ root, embedder: createMiniLmEmbedder() });
  const rows: Row[] = [];
  try {
    unwrap(await kiln.index.refresh());
    unwrap(await kiln.index.embedPending());
    for (const kind of ["paraphrase", "keyword", "mixed"] satisfies readonly QueryKind[]) {
      const found: Record<string, ReturnType<typeof qualityOf>> = {};
      for (const mode of modes) {
        const positions: number[] = [];
        for (const query of queries.filter((each) => each.kind === kind)) {
          positions.push(
            unwrap(await kiln.index.search(query.text, { mode, limit: 10 })).results.findIndex(
              (hit) => hit.path === query.answer,
            ),
          );
        }
        found[mode] = qualityOf(positions);
      }
      for (const [label, key] of [
        ["recall@1", "recallAt1"],
        ["recall@5", "recallAt5"],
        ["nDCG@10", "ndcgAt10"],
      ] as const) {
        const best = Math.max(found["lexical"]?.[key] ?? 0, found["semantic"]?.[key] ?? 0);
        rows.push({
          name: `${label} %, ${kind}`,
          unit: "count",
          contenders: {
            crucible: { measure: () => found["hybrid"]?.[key] ?? 0 },
            lexical: { measure: () => found["lexical"]?.[key] ?? 0 },
            semantic: { measure: () => found["semantic"]?.[key] ?? 0 },
          },
          target: { contender: "crucible", atLeast: best - 1 },
        });
      }
    }
  } finally {
    await kiln.dispose();
    rmSync(root, { recursive: true, force: true });
  }
  return {
    rows,
    texts: [...notes.values()],
    questions: queries.filter((each) => each.kind === "paraphrase").map((each) => each.text),
  };
}

export const bench: Bench = {
  name: "kiln",
  about: "indexes and searches 10,000 notes, and measures how well notes are found by their meaning",
  open: async () => {
    const retrieval = await retrievalRows();
    const kiln = createSyntheticKiln(10_000);
    const embedder = await createSpreadEmbedder(createMiniLmEmbedder(), retrieval.texts);
    const service = startIndexService({
      root: kiln.root,
      maxNoteBytes: 10_000_000,
      indexPath: undefined,
      postgres: undefined,
    });
    const index = createKilnIndex({ service, embedder, clock: { now: () => Date.now() }, owner: "bench" });
    await index.status();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const started = performance.now();
    unwrap(await index.refresh());
    const firstS = (performance.now() - started) / 1000;
    delay.disable();
    const blockedMs = delay.max / 1e6;
    unwrap(await index.embedPending());

    const searchMb = await runProcess(searchProcess, kiln.root);

    let question = 0;
    let edit = 0;
    return {
      rows: [
        ...retrieval.rows,
        measured("first index, 50,000 chunks", "s", firstS, { atMost: 5 }),
        measured("longest block of the main thread while indexing", "ms", blockedMs, { atMost: 20 }),
        {
          name: "open, and first answer",
          unit: "ms",
          contenders: { crucible: { measure: () => runProcess(openProcess, kiln.root) } },
          target: { contender: "crucible", atMost: 50 },
        },
        measured("resident memory of a search process", "MB", searchMb, { atMost: 350 }),
        {
          name: "update of one note",
          unit: "ms",
          contenders: {
            crucible: {
              run: () => {
                const path = `area-3/topic-3/note-${3 + 280 * (edit % 30)}.md`;
                appendFileSync(join(kiln.root, path), `more ${(edit += 1)}\n`);
                return index.refresh([path]);
              },
              reset: () => undefined,
            },
          },
          target: { contender: "crucible", atMost: 30 },
        },
        {
          name: "search, embedding of the query included",
          unit: "ms",
          percentiles: true,
          contenders: {
            crucible: {
              run: () => index.search(retrieval.questions[(question += 1) % retrieval.questions.length] ?? ""),
            },
          },
          target: { contender: "crucible", atMost: 50 },
        },
        {
          name: "search with a filter",
          unit: "ms",
          percentiles: true,
          contenders: {
            crucible: {
              run: () => index.search(kiln.question((question += 1)), { filter: { frontmatter: { status: "draft" } } }),
            },
          },
        },
        {
          name: "search by words only",
          unit: "ms",
          percentiles: true,
          contenders: { crucible: { run: () => index.search(kiln.question((question += 1)), { mode: "lexical" }) } },
        },
      ],
      notes: [
        "Retrieval: 106 notes, one paraphrase, one keyword and one mixed query each; one note is right. Vectors of the 50,000 chunks are synthetic, those of queries real.",
      ],
      async dispose() {
        await index.dispose();
        kiln.remove();
      },
    };
  },
};
