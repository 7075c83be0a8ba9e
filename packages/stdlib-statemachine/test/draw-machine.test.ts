import { fromPlain } from "@crucible/sandbox";
import {
  checkMachine,
  drawDot,
  drawMermaid,
  fromXState,
  reachableLeaves,
  renderSvg,
  toXState,
  planStart,
  planEvent,
} from "@crucible/stdlib-statemachine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryMachine, events, toValue } from "./arbitrary-machine.ts";

const door = checkMachine(
  fromPlain({
    id: "door",
    initial: "shut",
    states: {
      shut: {
        initial: "locked",
        on: { open: { target: "wide", guard: "may open" } },
        states: { locked: { on: { unlock: "free" } }, free: {} },
      },
      wide: { on: { close: "shut", burn: "ash" } },
      ash: { type: "final" },
    },
  }),
).machine;

describe("DOT", () => {
  test("shows states as nodes, transitions as edges, and the current state highlighted", () => {
    expect(drawDot(door, "shut.locked")).toMatchInlineSnapshot(`
      "digraph "door" {
        compound=true;
        rankdir=LR;
        node [shape=box, style=rounded, fontname="Helvetica"];
        edge [fontname="Helvetica", fontsize=10];
        "." [shape=point, label=""];
        "ash" [label="ash", peripheries=2];
        subgraph "cluster_shut" {
          label="shut";
          style="rounded,bold";
          color="#b8860b";
          "shut." [shape=point, label=""];
          "shut.free" [label="free"];
          "shut.locked" [label="locked", style="rounded,filled,bold", fillcolor="#ffd700", color="#b8860b", class="current"];
          "shut." -> "shut.locked";
        }
        "wide" [label="wide"];
        "." -> "shut." [lhead="cluster_shut"];
        "shut." -> "wide" [label="open [may open]", ltail="cluster_shut"];
        "shut.locked" -> "shut.free" [label="unlock"];
        "wide" -> "ash" [label="burn"];
        "wide" -> "shut." [label="close", lhead="cluster_shut"];
      }
      "
    `);
  });

  test("is read by Graphviz, with every leaf as a node, every transition as an edge and one highlight, for any machine", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryMachine, fc.nat(), async (plain, pick) => {
        const { machine } = checkMachine(toValue(plain));
        const leaves = [...reachableLeaves(machine).keys()];
        const current = leaves[pick % leaves.length] ?? "";
        const svg = await renderSvg(drawDot(machine, current));
        const titles = [...svg.matchAll(/class="node[^"]*">\n<title>([^<]*)<\/title>/gu)].map(([, title]) => title);
        for (const { path, children } of machine.states.values())
          if (children.length === 0) expect(titles).toContain(path);
        const transitions = [...machine.states.values()].reduce((sum, state) => sum + state.transitions.length, 0);
        const starts = [...machine.states.values()].filter(({ initial }) => initial !== null).length;
        expect([...svg.matchAll(/class="edge"/gu)].length).toBe(transitions + starts);
        expect([...svg.matchAll(/class="node current"/gu)].length).toBe(1);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  test("keeps names that would end a quotation inside of it", () => {
    const { machine } = checkMachine(fromPlain({ initial: "a", states: { a: { on: { 'say "hi" \\': "a" } } } }));
    expect(drawDot(machine, null)).toContain('[label="say \\"hi\\" \\\\"]');
  });
});

test("Mermaid shows the same machine for notes", () => {
  expect(drawMermaid(door, "wide")).toMatchInlineSnapshot(`
    "stateDiagram-v2
      [*] --> s2
      state "ash" as s1
      s1 --> [*]
      state "shut" as s2
      state s2 {
        [*] --> s4
        state "free" as s3
        state "locked" as s4
      }
      state "wide" as s5
      s2 --> s5 : open [may open]
      s4 --> s3 : unlock
      s5 --> s1 : burn
      s5 --> s2 : close
      classDef current fill:#ffd700,stroke:#b8860b,font-weight:bold
      class s5 current
    "
  `);
});

describe("XState", () => {
  test("definitions survive the way there and back: the same plans in every state", () => {
    fc.assert(
      fc.property(arbitraryMachine, (plain) => {
        const { machine } = checkMachine(toValue(plain));
        const { definition, findings } = fromXState(toXState(machine));
        expect(findings).toStrictEqual([]);
        const back = checkMachine(definition).machine;
        expect(planStart(back)).toStrictEqual(planStart(machine));
        for (const leaf of reachableLeaves(machine).keys())
          for (const event of events)
            expect(planEvent(back, leaf, event)).toStrictEqual(planEvent(machine, leaf, event));
      }),
      { numRuns: 300 },
    );
  });

  test("what does not carry over is named", () => {
    const { findings } = fromXState(
      fromPlain({
        id: "m",
        initial: "a",
        invoke: {},
        states: {
          a: { after: { 100: "b" }, type: "parallel" },
          b: { always: "a", on: { "*": "a", go: { target: ["a", "b"], guard: { type: "g", params: {} } } } },
        },
      }),
    );
    expect(findings.map(({ place }) => place)).toStrictEqual([
      "invoke",
      "states.a.after",
      "states.a.type",
      "states.b.always",
      "states.b.on.*",
      "states.b.on.go.target",
      "states.b.on.go.guard",
    ]);
  });
});
