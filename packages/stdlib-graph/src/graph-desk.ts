// The side of the graph service that works: keeps the graphs that it was asked about last, and answers in encoded form.
import { encodeValue, toErrorValue, type ErrorValue } from "@crucible/sandbox";
import { answerQuestion, type GraphQuestion } from "./answer-question.ts";
import type { Graph } from "./graph.ts";
import { unpackGraph, type PackedGraph } from "./packed-graph.ts";

/** One question about one graph, as plain data. */
export interface GraphJob {
  /** Names the graph for as long as it may be asked about again; without it nothing is kept. */
  readonly key: number | undefined;
  readonly graph: PackedGraph;
  /** Only the nodes below this folder and the edges among them are meant; "" for all. */
  readonly folder: string;
  readonly question: GraphQuestion;
}

export type GraphReply =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: ErrorValue };

/** Answers a job. Never throws: what cannot be done is the reply. */
export type GraphDesk = (job: GraphJob) => GraphReply;

/** The whole kiln and a folder or two. */
const maxKept = 3;

export function createGraphDesk(): GraphDesk {
  const kept = new Map<string, Graph>();
  const graphOf = ({ key, graph, folder }: GraphJob): Graph => {
    if (key === undefined) return unpackGraph(graph, folder);
    const name = `${key} ${folder}`;
    const built = kept.get(name) ?? unpackGraph(graph, folder);
    kept.delete(name);
    kept.set(name, built);
    for (const old of kept.keys()) {
      if (kept.size <= maxKept) break;
      kept.delete(old);
    }
    return built;
  };
  return (job) => {
    try {
      const answer = answerQuestion(graphOf(job), job.question);
      if (!answer.ok) return { ok: false, error: answer.error };
      const encoded = encodeValue(answer.value);
      return encoded.ok ? { ok: true, bytes: encoded.value } : { ok: false, error: encoded.error };
    } catch (thrown) {
      return { ok: false, error: toErrorValue(thrown) };
    }
  };
}
