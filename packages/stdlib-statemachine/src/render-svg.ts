// Pictures as SVG, by Graphviz in WebAssembly. It is loaded with the first picture: most plugins never ask for one.

/**
 * Lays out a graph in Graphviz's language, as `drawDot` writes it, and draws it as SVG.
 *
 * Graphviz now and then fails to route curves around nested clusters and leaves edges out, without an error. Machines with
 * states in states are therefore drawn with straight edges, which need no route.
 */
export async function renderSvg(dot: string): Promise<string> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Graphviz.load();
  const hasClusters = /^ *subgraph "/mu.test(dot);
  return graphviz.dot(hasClusters ? dot.replace("{\n", "{\n  splines=line;\n") : dot, "svg");
}
