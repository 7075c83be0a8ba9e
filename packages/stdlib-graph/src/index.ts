// Public names of @crucible/stdlib-graph.
export { adjacencyOf, buildGraph, type Adjacency, type Direction, type Graph, type GraphInput } from "./graph.ts";
export { createGraphs, type GraphCall, type GraphService, type GraphsOptions } from "./graphs.ts";
export { createGraphService } from "./graph-service-node.ts";
export { packGraph, unpackGraph, type PackedGraph } from "./packed-graph.ts";
export type { GraphOperation, GraphQuestion } from "./answer-question.ts";
export {
  communities,
  connectedComponents,
  modularity,
  stronglyConnectedComponents,
  type CommunityOptions,
  type Groups,
} from "./group.ts";
export { centrality, pageRank, type CentralityMeasure, type PageRank, type PageRankOptions } from "./rank.ts";
export {
  createIndexSource,
  type GraphIndex,
  type GraphSource,
  type SimilarNote,
  type SimilarNotes,
  type SimilarOptions,
} from "./source.ts";
export { breadthFirst, depthFirst, shortestPath, type Path, type Walk, type WalkOptions } from "./traverse.ts";
