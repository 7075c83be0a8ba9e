// The host module: reads what a call asks and which graph it is about, and has it answered here or by the service.
import {
  fail,
  isObject,
  object,
  float,
  succeed,
  textArgument,
  type AuthorityRequest,
  type HostArguments,
  type HostCallContext,
  type HostFunction,
  type HostModule,
  type Outcome,
  type Value,
  type ValueObject,
} from "@crucible/sandbox";
import { answerQuestion, workOf, type GraphOperation, type GraphQuestion } from "./answer-question.ts";
import { declaration } from "./declaration.ts";
import { buildFromColumns, type Graph, type GraphInput } from "./graph.ts";
import { isPacked, packGraph, unpackGraph, type PackedGraph } from "./packed-graph.ts";
import type { CentralityMeasure } from "./rank.ts";
import { fittingNodes, optionsOf, readDirection, readGraph, readNumber, type GivenGraph } from "./read-graph.ts";
import type { GraphSource } from "./source.ts";

export interface GraphsOptions {
  /** The kiln's graph; without it only graphs of the plugin's own work. */
  readonly source?: GraphSource;
  /** Where graphs are worked on that are not small; without it everything happens at the caller's. */
  readonly service?: GraphService;
}

/** Works on graphs on a thread of its own. */
export interface GraphService {
  /** Answers questions one after the other; one whose signal aborts is ended. */
  answer(asked: GraphCall, signal: AbortSignal): Promise<Outcome<Value>>;
  dispose(): Promise<void>;
}

export interface GraphCall {
  readonly graph: PackedGraph;
  /** The same object may be asked about again: what is built of it is kept for a while. */
  readonly isKept: boolean;
  /** Only the nodes below this folder and the edges among them are meant; "" for all. */
  readonly folder: string;
  readonly question: GraphQuestion;
}

/** What is at most done on the main thread: some milliseconds, of which the answer's encoding is the larger part. */
const quick = { elements: 4_000, nameBytes: 200_000, work: 2_000_000 };

/** Makes the module `graph`. It keeps the last graph of the source for as long as the source gives the same object. */
export function createGraphs({ source, service }: GraphsOptions = {}): HostModule {
  let seen: SeenGraph | undefined;

  const answerOwn = (
    { nodes, edges }: GivenGraph,
    question: GraphQuestion,
    signal: AbortSignal,
  ): Outcome<Value> | Promise<Outcome<Value>> => {
    if (service === undefined || isSmall(nodes.length, edges.from.length, question))
      return answerQuestion(buildFromColumns(nodes, edges), question);
    return service.answer({ graph: packGraph(nodes, edges), isKept: false, folder: "", question }, signal);
  };

  const answerKiln = async (folder: string, question: GraphQuestion, signal: AbortSignal): Promise<Outcome<Value>> => {
    if (source === undefined) return fail("host/unavailable", "Cannot see the kiln's graph: there is no kiln");
    const input = await source.read();
    if (!input.ok) return input;
    if (seen?.input !== input.value) {
      const packed = pack(input.value);
      seen = { input: input.value, packed, nodes: countNames(packed) };
    }
    const { packed, nodes } = seen;
    if (service !== undefined && !isSmall(nodes, packed.links.length >> 1, question))
      return service.answer({ graph: packed, isKept: true, folder, question }, signal);
    if (folder !== "") return answerQuestion(unpackGraph(packed, folder), question);
    seen.graph ??= unpackGraph(packed, "");
    return answerQuestion(seen.graph, question);
  };

  const allowedOf = async (given: Value, filter: Value): Promise<Outcome<string | undefined>> => {
    if (!isObject(filter) || Object.keys(filter).length === 0) return succeed(undefined);
    let fitting: readonly string[] = [];
    if (given !== null) fitting = fittingNodes(given, filter);
    else if (source !== undefined) {
      const found = await source.matching(filter);
      if (!found.ok) return found;
      fitting = found.value;
    }
    return succeed(fitting.join("\0"));
  };

  const ask = (operation: GraphOperation, ...parameters: readonly string[]): HostFunction => ({
    authority: (args) => authorityOf(operation, args),
    run: async (args, { signal }) => {
      const options = optionsOf(args);
      const given = options["graph"] ?? null;
      const own = given === null ? undefined : readGraph(given);
      if (own?.ok === false) return own;
      const allowed = await allowedOf(given, options["filter"] ?? null);
      if (!allowed.ok) return allowed;
      const nodes = parameters.map((parameter) => textArgument(args, parameter));
      const measure = args["measure"] as CentralityMeasure | undefined; // one of them by the declaration's schema
      const question: GraphQuestion = {
        operation,
        nodes,
        ...readQuestionOptions(options),
        ...(measure === undefined ? {} : { measure }),
        ...(allowed.value === undefined ? {} : { allowed: allowed.value }),
      };
      return own === undefined
        ? answerKiln(folderOf(options), question, signal)
        : answerOwn(own.value, question, signal);
    },
  });

  return {
    declaration,
    functions: {
      bfs: ask("bfs", "start"),
      dfs: ask("dfs", "start"),
      pagerank: ask("pagerank"),
      communities: ask("communities"),
      shortest_path: ask("shortest_path", "start", "target"),
      connected: ask("connected"),
      strongly_connected: ask("strongly_connected"),
      centrality: ask("centrality"),
      backlinks: ask("backlinks", "node"),
      neighbors: ask("neighbors", "node"),
      size: ask("size"),
      semantic: {
        authority: (args) => authorityOf("semantic", args),
        run: (args, call) => walkByMeaning(source, args, call),
      },
    },
  };
}

/** The graph of the source that was asked about last. */
interface SeenGraph {
  readonly input: object;
  readonly packed: PackedGraph;
  readonly nodes: number;
  /** Built, where it is small enough to be worked on here. */
  graph?: Graph;
}

/** How many nodes there are; of more text than small graphs have, that there are many. */
function countNames({ paths }: PackedGraph): number {
  if (paths.length > quick.nameBytes) return Infinity;
  return paths.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
}

function isSmall(nodes: number, edges: number, question: GraphQuestion): boolean {
  return nodes + edges <= quick.elements && workOf(question, nodes, edges) <= quick.work;
}

function pack(input: GraphInput | PackedGraph): PackedGraph {
  if (isPacked(input)) return input;
  const { nodes, edges } = input;
  return packGraph(nodes, {
    from: Int32Array.from(edges, ([from]) => from),
    to: Int32Array.from(edges, ([, to]) => to),
    weights: Float64Array.from(edges, ([, , weight = 1]) => weight),
  });
}

function readQuestionOptions(options: ValueObject): Omit<GraphQuestion, "operation" | "nodes"> {
  const direction = readDirection(options);
  const numbers = [
    ["depth", "depth"],
    ["limit", "limit"],
    ["damping", "damping"],
    ["tolerance", "tolerance"],
    ["resolution", "resolution"],
    ["min_size", "minSize"],
    ["seed", "seed"],
  ] as const;
  const read = numbers.flatMap(([key, name]) => {
    const value = readNumber(options, key);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(read),
    ...(direction === undefined ? {} : { direction }),
    ...(options["weighted"] === true ? { weighted: true } : {}),
  };
}

async function walkByMeaning(
  source: GraphSource | undefined,
  args: HostArguments,
  call: HostCallContext,
): Promise<Outcome<Value>> {
  const options = optionsOf(args);
  if (source?.similar === undefined || (options["graph"] ?? null) !== null || folderOf(options) !== "")
    return fail("host/unavailable", "Cannot walk by meaning: only the whole kiln has it, where vectors were made");
  const [depth, limit, minScore] = [
    readNumber(options, "depth"),
    readNumber(options, "limit"),
    readNumber(options, "min_score"),
  ];
  const found = await source.similar(textArgument(args, "start"), {
    ...(depth === undefined ? {} : { depth }),
    ...(limit === undefined ? {} : { limit }),
    ...(minScore === undefined ? {} : { minScore }),
  });
  if (!found.ok) return found;
  const { by, note, notes } = found.value;
  if (note !== undefined) call.log("warn", note);
  return succeed(
    notes.map(({ path, depth: reached, via, score }) =>
      object([
        ["node", path],
        ["depth", reached],
        ["via", via],
        ["score", score === undefined ? null : float(score)],
        ["by", by],
      ]),
    ),
  );
}

// A graph of the plugin's own is no secret to it; the kiln's needs the right to read all of it, or of one folder.
function authorityOf(name: string, args: HostArguments): Outcome<readonly AuthorityRequest[]> {
  const options = optionsOf(args);
  if ((options["graph"] ?? null) !== null) return succeed([]);
  const folder = folderOf(options);
  return succeed([
    {
      capability: "KilnRead",
      operation: `graph.${name}`,
      subject: { kind: "folder", value: folder },
      argumentSummary: `read the links of ${folder === "" ? "the kiln" : `folder "${folder}"`}`,
    },
  ]);
}

function folderOf(options: ValueObject): string {
  const folder = options["folder"];
  return typeof folder === "string" ? folder.replace(/^\/+|\/+$/gu, "") : "";
}
