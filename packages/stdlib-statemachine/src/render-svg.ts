// Pictures as SVG, by Graphviz in WebAssembly. It is loaded with the first picture: most plugins never ask for one.

/** Lays out a graph in Graphviz's language and draws it as SVG. */
export async function renderSvg(dot: string): Promise<string> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Graphviz.load();
  return graphviz.dot(dot, "svg");
}
