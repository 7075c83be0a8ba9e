import { fromPlain } from "@crucible/sandbox";
import {
  checkMachine,
  createSvgRenderer,
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

function decodeXml(text: string): string {
  return text
    .replaceAll(/&#(\d+);/gu, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

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

  test("shows any text as it is: no label is markup, ends another, or makes a picture that is no XML", async () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        "<script>x</script>",
        "&lt;b&gt; &#0; &#x1;",
        "\\N \\G \\l",
        "a\0b",
        "]]>",
        "--><!--",
        "\u0001\ufffe",
        '"];}',
      ),
      fc.string({ unit: "binary", minLength: 1, maxLength: 30 }).filter((text) => text.isWellFormed()),
      fc.constant("very long ".repeat(3000)),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (event, description) => {
        const states = { a: { description, on: { [`e${event}`]: "b" } }, b: { type: "final" } };
        const { machine, findings } = checkMachine(fromPlain({ initial: "a", states }));
        expect(findings).toStrictEqual([]);
        const svg = await renderSvg(drawDot(machine, "a"));
        // What Graphviz replaces, and the lines that it makes of a text.
        const shown = (text: string): string =>
          text
            .slice(0, 1000)
            .replaceAll(/(?![\t\r\n])\p{Cc}|[\uFFFE\uFFFF]/gu, "\uFFFD")
            .replaceAll(/\s+/gu, " ")
            .trim();
        const [, , ...lines] = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/gu)].map(([, text = ""]) =>
          decodeXml(text),
        );
        expect(shown(lines.join(" ")).replace("…", "")).toBe(shown(`e${event}`));
        const tooltip = decodeXml(/xlink:title="([^"]*)"/u.exec(svg)?.[1] ?? "");
        expect(shown(tooltip).replace("…", "")).toBe(shown(description));
        expect(svg.replaceAll(/[\t\n\r]/gu, "")).not.toMatch(/\p{Cc}|[\uFFFE\uFFFF]/u);
        const tags = new Set([...svg.matchAll(/<\/?([^\s>/]+)/gu)].map(([, tag]) => tag));
        expect([...tags].filter((tag) => tag !== undefined).toSorted((a, b) => (a < b ? -1 : 1))).toStrictEqual(
          [
            "!--",
            "!DOCTYPE",
            "?xml",
            "a",
            "ellipse",
            "g",
            "path",
            "polygon",
            "polyline",
            "svg",
            "text",
            "title",
          ].filter((tag) => tags.has(tag)),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("is laid out in a worker to the same picture, which ends with its signal and takes no other with it", async () => {
    const render = createSvgRenderer();
    const dot = drawDot(door, "shut.free");
    const [stopped, never] = [new AbortController(), new AbortController()];
    const cut = render(dot, stopped.signal);
    stopped.abort({ code: "limit/deadline", message: "too long" });
    const [whole, broken] = [render(dot, never.signal), render("this is no graph", never.signal)];
    await expect(cut).rejects.toMatchObject({ code: "limit/deadline", message: "too long" });
    expect(await whole).toBe(await renderSvg(dot));
    await expect(broken).rejects.toMatchObject({ code: "thread/crashed" });
    await expect(render(dot, stopped.signal)).rejects.toMatchObject({ code: "limit/deadline" });
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
