// The kiln at 100,000 notes (500,000 chunks): whether the quantised prefilter is fast, and whether it misses anything.
import { createKilnIndex, createMiniLmEmbedder } from "@crucible/kiln-store";
import { startIndexService } from "@crucible/kiln-store/testing";
import { unwrap } from "@crucible/sandbox";
import { parseCorpus } from "../../../packages/kiln-store/bench/retrieval-corpus.ts";
import { corpus } from "../../../packages/kiln-store/bench/retrieval-notes.ts";
import { createSpreadEmbedder, createSyntheticKiln } from "../../../packages/kiln-store/bench/synthetic-kiln.ts";
import type { Bench } from "../bench-definition.ts";

export const bench: Bench = {
  name: "kiln-large",
  about: "searches 100,000 notes with a quantised prefilter, and compares it with the exact scan (takes minutes)",
  open: async () => {
    const { notes, queries } = parseCorpus(corpus);
    const questions = queries.filter((each) => each.kind === "paraphrase").map((each) => each.text);
    const kiln = createSyntheticKiln(100_000);
    const model = createMiniLmEmbedder();
    const embedder = await createSpreadEmbedder(model, [...notes.values()]);
    const service = startIndexService({
      root: kiln.root,
      maxNoteBytes: 10_000_000,
      indexPath: undefined,
      postgres: undefined,
    });
    const index = createKilnIndex({ service, embedder, clock: { now: () => Date.now() }, owner: "bench" });
    const started = performance.now();
    unwrap(await index.refresh());
    const firstS = (performance.now() - started) / 1000;
    unwrap(await index.embedPending());
    const generation = (await service.generations())[0]?.id ?? 0;
    const everything = { folders: [], tags: [], conditions: [] };
    const vectors = unwrap(await model.embed(questions.slice(0, 50), "query"));
    let wanted = 0;
    let found = 0;
    for (const vector of vectors) {
      const exact = await service.nearest(generation, vector, everything, 20, true);
      const quick = new Set((await service.nearest(generation, vector, everything, 20)).map((each) => each.chunk));
      wanted += exact.length;
      found += exact.filter((each) => quick.has(each.chunk)).length;
    }
    let turn = 0;
    const next = (): Float32Array => vectors[(turn += 1) % vectors.length] ?? new Float32Array(384);
    return {
      rows: [
        { name: "first index, 500,000 chunks", unit: "s", contenders: { crucible: { measure: () => firstS } } },
        {
          name: "recall@20 % against the exact scan",
          unit: "count",
          contenders: { crucible: { measure: () => (100 * found) / wanted } },
          target: { contender: "crucible", atLeast: 99 },
        },
        {
          name: "nearest 20 chunks",
          unit: "ms",
          contenders: {
            crucible: { run: () => service.nearest(generation, next(), everything, 20) },
            exact: { run: () => service.nearest(generation, next(), everything, 20, true) },
          },
        },
        {
          name: "search, embedding of the query included",
          unit: "ms",
          percentiles: true,
          contenders: { crucible: { run: () => index.search(questions[(turn += 1) % questions.length] ?? "") } },
          target: { contender: "crucible", atMost: 150 },
        },
        {
          name: "search with a filter",
          unit: "ms",
          percentiles: true,
          contenders: {
            crucible: {
              run: () =>
                index.search(questions[(turn += 1) % questions.length] ?? "", {
                  filter: { frontmatter: { status: "draft" } },
                }),
            },
          },
        },
      ],
      notes: ["Vectors of chunks are synthetic (between those of real texts, with noise); those of queries are real."],
      async dispose() {
        await index.dispose();
        kiln.remove();
      },
    };
  },
};
