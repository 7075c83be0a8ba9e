// Pictures of a machine as text: Graphviz DOT and Mermaid, with the current state highlighted. SVG is in render-svg.ts.
import { rootOf, stateAt, withAncestors, type Machine, type State, type Transition } from "./machine.ts";

/** Characters of a label that are shown. */
const maxLabel = 1000;
/** Control characters but tab and newline, and what is no character at all. */
const noText = /(?![\t\n])\p{Cc}|[\uFFFE\uFFFF]/gu;

/**
 * Draws the machine in Graphviz's language: states as nodes, states with states inside as clusters, transitions as edges.
 *
 * @param current path of the state to highlight, with those around it; `null` highlights nothing
 */
export function drawDot(machine: Machine, current: string | null): string {
  const active = activeStates(machine, current);
  const lines = [
    `digraph ${quote(machine.id)} {`,
    "  compound=true;",
    "  rankdir=LR;",
    '  node [shape=box, style=rounded, fontname="Helvetica"];',
    '  edge [fontname="Helvetica", fontsize=10];',
  ];
  const drawState = (path: string, indent: string): void => {
    const state = stateAt(machine, path);
    if (state.children.length === 0) {
      lines.push(`${indent}${quote(path)} [${dotAttributes(state, active.has(path))}];`);
      return;
    }
    lines.push(
      `${indent}subgraph ${quote(`cluster_${path}`)} {`,
      `${indent}  label=${quote(state.name)};`,
      `${indent}  style="rounded${active.has(path) ? ",bold" : ""}";`,
      ...(active.has(path) ? [`${indent}  color="#b8860b";`] : []),
      `${indent}  ${quote(`${path}.`)} [shape=point, label=""];`,
    );
    for (const child of state.children) drawState(child, `${indent}  `);
    if (state.initial !== null)
      lines.push(
        `${indent}  ${quote(`${path}.`)} -> ${quote(anchorOf(machine, state.initial))}${clusterEnds(machine, null, state.initial, [])};`,
      );
    lines.push(`${indent}}`);
  };
  lines.push(`  ${quote(".")} [shape=point, label=""];`);
  for (const child of rootOf(machine).children) drawState(child, "  ");
  const { initial } = rootOf(machine);
  if (initial !== null)
    lines.push(`  ${quote(".")} -> ${quote(anchorOf(machine, initial))}${clusterEnds(machine, null, initial, [])};`);
  for (const [source, transition] of listTransitions(machine)) {
    const from = source.path === "" ? "." : source.path;
    const target = transition.target ?? source.path;
    const to = target === "" ? "." : anchorOf(machine, target);
    const tail = source.children.length > 0 && source.path !== "" ? source.path : null;
    lines.push(
      `  ${quote(source.path === "" ? from : anchorOf(machine, source.path))} -> ${quote(to)}${clusterEnds(machine, tail, target, [`label=${quote(label(transition))}`])};`,
    );
  }
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

/** Draws the machine in Mermaid's language, for notes: `stateDiagram-v2`. */
export function drawMermaid(machine: Machine, current: string | null): string {
  const active = activeStates(machine, current);
  const numbers = new Map([...machine.states.keys()].map((path, index) => [path, `s${index}`]));
  const idOf = (path: string): string => numbers.get(path) ?? "s0";
  const lines = ["stateDiagram-v2"];
  const drawState = (path: string, indent: string): void => {
    const state = stateAt(machine, path);
    lines.push(`${indent}state ${JSON.stringify(state.name)} as ${idOf(path)}`);
    if (state.children.length > 0) {
      lines.push(`${indent}state ${idOf(path)} {`);
      if (state.initial !== null) lines.push(`${indent}  [*] --> ${idOf(state.initial)}`);
      for (const child of state.children) drawState(child, `${indent}  `);
      lines.push(`${indent}}`);
    }
    if (state.final) lines.push(`${indent}${idOf(path)} --> [*]`);
  };
  const root = rootOf(machine);
  if (root.initial !== null) lines.push(`  [*] --> ${idOf(root.initial)}`);
  for (const child of root.children) drawState(child, "  ");
  for (const [source, transition] of listTransitions(machine)) {
    // The machine's own transitions start anywhere: Mermaid has no edge for that, a note says it.
    const text = label(transition).replaceAll(/[:;#\p{Cc}]/gu, " ");
    if (source.path === "") {
      const anchor = root.initial ?? root.children[0];
      if (anchor !== undefined)
        lines.push(`  note right of ${idOf(anchor)} : any state, ${text} to ${transition.target ?? "itself"}`);
    } else lines.push(`  ${idOf(source.path)} --> ${idOf(transition.target ?? source.path)} : ${text}`);
  }
  const marked = [...active].filter((path) => stateAt(machine, path).children.length === 0);
  if (marked.length > 0) {
    lines.push("  classDef current fill:#ffd700,stroke:#b8860b,font-weight:bold");
    for (const path of marked) lines.push(`  class ${idOf(path)} current`);
  }
  return `${lines.join("\n")}\n`;
}

function activeStates(machine: Machine, current: string | null): ReadonlySet<string> {
  if (current === null || !machine.states.has(current)) return new Set();
  return new Set(withAncestors(machine, current).flatMap(({ path }) => (path === "" ? [] : [path])));
}

function listTransitions(machine: Machine): readonly (readonly [State, Transition])[] {
  return [...machine.states.values()].flatMap((state) =>
    state.transitions.map((transition) => [state, transition] as const),
  );
}

// Edges end at nodes: a state with states inside is meant by the point in its cluster.
function anchorOf(machine: Machine, path: string): string {
  return stateAt(machine, path).children.length > 0 ? `${path}.` : path;
}

function clusterEnds(machine: Machine, tail: string | null, head: string, attributes: readonly string[]): string {
  const ends = [...attributes];
  const isLoop = tail === head;
  if (tail !== null && !isLoop) ends.push(`ltail=${quote(`cluster_${tail}`)}`);
  if (head !== "" && !isLoop && stateAt(machine, head).children.length > 0)
    ends.push(`lhead=${quote(`cluster_${head}`)}`);
  return ends.length === 0 ? "" : ` [${ends.join(", ")}]`;
}

function dotAttributes(state: State, isActive: boolean): string {
  const attributes = [`label=${quote(state.name)}`];
  if (state.final) attributes.push("peripheries=2");
  if (isActive)
    attributes.push('style="rounded,filled,bold"', 'fillcolor="#ffd700"', 'color="#b8860b"', 'class="current"');
  if (state.description !== null) attributes.push(`tooltip=${quote(state.description.replaceAll("\\", "\\\\"))}`);
  return attributes.join(", ");
}

// Callbacks that were written as functions have names that say where they stand; nobody wants to see those.
function label({ event, guard, target }: Transition): string {
  const guarded = guard === null ? "" : guard.startsWith("@") ? " [guarded]" : ` [${guard}]`;
  return `${event}${guarded}${target === null ? " (stays)" : ""}`;
}

// Graphviz takes backslashes and entities as markup, cannot read a NUL or very long strings, and passes on to its pictures
// what no XML may hold.
function quote(text: string): string {
  const shown = text.length > maxLabel ? `${text.slice(0, maxLabel).toWellFormed()}…` : text;
  const safe = shown
    .replaceAll(/\r\n?/gu, "\n")
    .replaceAll(noText, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("\\", "\\\\");
  return `"${safe.replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
