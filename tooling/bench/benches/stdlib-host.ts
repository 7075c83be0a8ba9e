// Graphs as plugins ask about them: through a whole host, with the graph of a large kiln, and what it costs the main thread.
import { createLoopWatch } from "@crucible/conformance";
import { succeed } from "@crucible/sandbox";
import { createLuaBackend } from "@crucible/sandbox-lua";
import { createNodeThreadPowers, createThreadPool } from "@crucible/sandbox-thread";
import { createGraphs, createGraphService, packGraph } from "@crucible/stdlib-graph";
import type { Bench, OpenBench, Row } from "../bench-definition.ts";
import { syntheticColumns } from "../synthetic-links.ts";
import { openTemporaryHost } from "../whole-host.ts";

const plugin = `---
name: ranker
description: Ranks notes.
capabilities: [KilnRead]
actions:
  top: { description: The ten most important notes., parameters: {} }
  all: { description: How many notes have a rank., parameters: {} }
  groups: { description: How many communities there are., parameters: {} }
---
function top() return crucible.pagerank({limit = 10, tolerance = 1e-6}) end
function all() return #crucible.pagerank({tolerance = 1e-6}) end
function groups() return #crucible.communities({min_size = 3}) end
`;

/** Opens a host whose kiln has 100,000 notes and 1,000,000 links. */
async function openGraphHost(): Promise<OpenBench> {
  const { nodes, from, to } = syntheticColumns(100_000, 1_000_000);
  const graph = packGraph(nodes, { from, to, weights: new Float64Array(from.length).fill(1) });
  const pool = createThreadPool({ powers: createNodeThreadPowers(), workers: 1 });
  const backend = createLuaBackend(pool);
  const service = createGraphService();
  const source = {
    read: async () => Promise.resolve(succeed(graph)),
    matching: async () => Promise.resolve(succeed([])),
  };
  const host = await openTemporaryHost(
    [backend],
    { "ranker.lua": plugin },
    { modules: [createGraphs({ source, service })] },
  );
  const watch = createLoopWatch();
  // The first question builds the graph and prepares the plugin.
  await host.invoke("ranker", "top", {});
  /** Invokes an action and tells for how many milliseconds the main thread stood still meanwhile. */
  const heldUp = async (action: string): Promise<number> => {
    const end = watch.start();
    await host.invoke("ranker", action, {});
    return end();
  };
  /** The same while nothing is asked: what the machine's other work does to this thread. */
  const heldUpByOthers = async (): Promise<number> => {
    const end = watch.start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return end();
  };
  const row = (name: string, action: string): readonly Row[] => [
    {
      name: `${name}, 100,000 notes`,
      unit: "ms",
      contenders: { crucible: { run: () => host.invoke("ranker", action, {}) } },
    },
    {
      name: `main thread held up by ${name}`,
      unit: "ms",
      contenders: { crucible: { measure: () => heldUp(action) }, idle: { measure: heldUpByOthers } },
      percentiles: true,
      target: { contender: "crucible", p99AtMost: 20 },
    },
  ];
  return {
    rows: [
      ...row("a plugin's ranking, ten notes of it", "top"),
      ...row("a plugin's ranking, all of it", "all"),
      ...row("a plugin's communities", "groups"),
    ],
    notes: [
      "Every row passes a whole host: guest, decision, journal, the worker that computes, the answer in the guest.",
      "Idle is the same thread without a question: on a machine that others use, it is held up as well.",
    ],
    dispose: async () => {
      await host.dispose();
      await service.dispose();
      await backend.dispose();
      await pool.dispose();
    },
  };
}

export const bench: Bench = {
  name: "stdlib-host",
  about: "a plugin's questions about a graph of 100,000 notes, and for how long they hold up the main thread",
  open: openGraphHost,
};
