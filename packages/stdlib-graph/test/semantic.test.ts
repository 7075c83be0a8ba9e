// Walks by meaning, over a kiln on the disk with vectors, and over one without.
import { createHashedEmbedder } from "@crucible/kiln-store/testing";
import { openKiln, type Embedder, type Kiln } from "@crucible/kiln-store";
import {
  fail,
  object,
  succeed,
  toPlain,
  unwrap,
  type HostCallContext,
  type Outcome,
  type Value,
} from "@crucible/sandbox";
import { createGraphs, createIndexSource } from "@crucible/stdlib-graph";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuestHosts, guestLanguages, type GuestHosts } from "../../../tooling/guest-hosts.ts";

let hosts: GuestHosts;
beforeAll(() => {
  hosts = createGuestHosts();
});
afterAll(() => hosts.dispose());

interface Found {
  readonly node: string;
  readonly depth: number;
  readonly via: string | null;
  readonly score: number | null;
  readonly by: string;
}

const subjects = "anvil basin cedar drift ember flint grove heron inlet jetty knoll larch".split(" ");
const others = "maple novel ochre piano quart ridge sable torch umbra viola wharf yodel".split(" ");

/** A note that shares so many words with the start, and has the others for itself. */
const sharing = (count: number, own: readonly string[]): string =>
  [...subjects.slice(0, count), ...own.slice(count)].join(" ");

// Named so that the order by name is not the order by nearness. "far" shares words with "m" alone.
const notes = {
  "start.md": subjects.join(" "),
  "z.md": sharing(11, others),
  "k.md": sharing(
    9,
    others.map((word) => `${word}s`),
  ),
  "m.md": sharing(7, others),
  "far.md": others.map((word, at) => (at === 0 ? "zebra" : word)).join(" "),
  "stranger.md": "nothing that anybody else here has ever written about",
};

const programs = {
  lua: `local graph = require("graph")
function main(params) return graph.semantic("start", params.options) end`,
  rune: `pub fn main(params) { graph::semantic("start", params.options) }`,
};

async function walk(options: Readonly<Record<string, Value>>): Promise<readonly Found[]> {
  const found: (readonly Found[])[] = [];
  for (const language of guestLanguages) {
    const host = await hosts.open(language, programs[language], { notes, embedder: createHashedEmbedder() });
    const outcome = await host.invoke("tester", object([["options", object(Object.entries(options))]]));
    // Lua has no field for what is null.
    const plain = (toPlain(unwrap(outcome)) as Partial<Found>[]).map((each) => ({ via: null, score: null, ...each }));
    found.push(plain as Found[]);
    await host.dispose();
  }
  const [lua = [], rune] = found;
  expect(rune).toStrictEqual(lua);
  return lua;
}

describe("a walk by meaning over vectors", () => {
  test("takes the nearest first, each with its score, step by step", async () => {
    const found = await walk({});
    expect(found.map(({ node, depth, via, by }) => [node, depth, via, by])).toStrictEqual([
      ["start.md", 0, null, "meaning"],
      ["z.md", 1, "start.md", "meaning"],
      ["k.md", 1, "start.md", "meaning"],
      ["m.md", 1, "start.md", "meaning"],
      ["far.md", 2, "m.md", "meaning"],
    ]);
    const [origin, ...scores] = found.map(({ score }) => score);
    expect(origin).toBeNull();
    const first = scores.slice(0, 3) as number[];
    expect(first).toStrictEqual(first.toSorted((a, b) => b - a));
    expect(new Set(first).size).toBe(3);
    expect(scores.every((score) => score !== null && score > 0.5 && score < 1)).toBe(true);
  });

  test("ends at its depth, at its limit and at its threshold", async () => {
    const names = async (options: Readonly<Record<string, Value>>): Promise<readonly string[]> =>
      (await walk(options)).map(({ node }) => node);
    expect(await names({ depth: 1 })).toStrictEqual(["start.md", "z.md", "k.md", "m.md"]);
    expect(await names({ limit: 2 })).toStrictEqual(["start.md", "z.md"]);
    const [, nearest, second] = await walk({ depth: 1 });
    const between = ((nearest?.score ?? 0) + (second?.score ?? 0)) / 2;
    expect(await names({ depth: 1, min_score: between })).toStrictEqual(["start.md", "z.md"]);
    expect(await names({ depth: 1, min_score: 0.01 })).toContain("stranger.md");
  });
});

describe("a walk by meaning without vectors", () => {
  const root = mkdtempSync(join(tmpdir(), "crucible-graph-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const walkIn = async (kiln: Kiln, options: Readonly<Record<string, Value>> = {}) => {
    const said: string[] = [];
    const source = createIndexSource(async () => {
      const fresh = await kiln.index.refresh();
      return fresh.ok ? succeed(kiln.index) : fresh;
    });
    const context = { log: (_: string, message: string) => void said.push(message) } as unknown as HostCallContext;
    const args = object([
      ["start", "sourdough"],
      ["options", object(Object.entries(options))],
    ]);
    const outcome = (await createGraphs({ source }).functions["semantic"]?.run(args, context)) as Outcome<Value>;
    return { said, found: toPlain(unwrap(outcome)) as readonly Found[] };
  };

  test("goes by the words of titles, and says so in the answer and in the plugin's log", async () => {
    const kiln = openKiln({ root });
    for (const [path, text] of Object.entries({
      "sourdough.md": "# Sourdough bread\n\nFlour and patience.",
      "rye.md": "# Rye\n\nA sourdough bread of the north, with caraway.",
      "starter.md": "# Starter\n\nCaraway and rye keep it alive.",
      "sailing.md": "# Sailing\n\nWind.",
    }))
      unwrap(await kiln.store.writeNote(path, text));
    const { found, said } = await walkIn(kiln);
    expect(found.map(({ node, depth, via, by }) => [node, depth, via, by])).toStrictEqual([
      ["sourdough.md", 0, null, "words"],
      ["rye.md", 1, "sourdough.md", "words"],
      ["starter.md", 2, "rye.md", "words"],
    ]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("by the words of titles, not by meaning: no vectors have been made yet");
    expect((await walkIn(kiln, { depth: 1 })).found).toHaveLength(2);
    expect((await walkIn(kiln, { limit: 1 })).found).toHaveLength(1);
    await kiln.dispose();
  });

  test("says which part of the notes has no vectors yet", async () => {
    const able = createHashedEmbedder();
    let left = 2;
    const tired: Embedder = {
      ...able,
      batchSize: 1,
      embed: async (texts, purpose) =>
        left-- > 0 ? able.embed(texts, purpose) : Promise.resolve(fail("host/unavailable", "The model is asleep")),
    };
    const kiln = openKiln({ root, embedder: tired });
    unwrap(await kiln.index.refresh());
    expect(await kiln.index.embedPending()).toMatchObject({ ok: false });
    const { found, said } = await walkIn(kiln);
    expect(found[0]).toMatchObject({ node: "sourdough.md", by: "meaning" });
    expect(said).toStrictEqual(['The walk from "sourdough" may lack notes: 2 of 4 passages have no vectors yet']);
    await kiln.dispose();
  });
});
