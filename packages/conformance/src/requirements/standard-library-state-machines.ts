// Laws of the requirement "Standard Library - State Machines", and of the state machine library's own scenario.
import { isObject, object, type Outcome, type Value, type ValueObject } from "@crucible/sandbox";
import fc from "fast-check";
import { assertFailure, assertSuccess, assertThat } from "../assertion.ts";
import { law, type Law, type LawContext } from "../law.ts";
import { openHost, type TestHost } from "../open-host.ts";

/** A ring of states: `next` leads to the following one, `back` to the one before. */
interface Ring {
  readonly size: number;
  readonly initial: number;
}

const rings: fc.Arbitrary<Ring> = fc
  .record({ size: fc.integer({ min: 2, max: 6 }), initial: fc.nat(5) })
  .map(({ size, initial }) => ({ size, initial: initial % size }));
const events = fc.array(fc.constantFrom("next", "back"), { minLength: 1, maxLength: 5 });

function ringDefinition({ size, initial }: Ring, broken: Readonly<Record<string, Value>> = {}): ValueObject {
  const states = Array.from({ length: size }, (_, at): readonly [string, Value] => [
    `s${at}`,
    object([
      ["entry", "enter"],
      ["exit", "leave"],
      [
        "on",
        object([
          ["next", `s${(at + 1) % size}`],
          ["back", `s${(at + size - 1) % size}`],
        ]),
      ],
    ]),
  ]);
  return object([
    ["id", "ring"],
    ["initial", `s${initial}`],
    ["states", object([...states, ...Object.entries(broken)])],
  ]);
}

function walk({ size, initial }: Ring, sent: readonly string[]): readonly string[] {
  const path = [initial];
  for (const event of sent) path.push(((path.at(-1) ?? 0) + (event === "next" ? 1 : size - 1)) % size);
  return path.map((at) => `s${at}`);
}

async function open({ subject, source }: LawContext, names: readonly string[] = ["walker"]): Promise<TestHost> {
  return openHost(subject, {
    plugins: names.map((name) => ({
      manifest: { name, description: "Walks", capabilities: ["StateManage"], parameters: { type: "object" } },
      code: source("run a state machine"),
    })),
  });
}

function run(
  host: TestHost,
  definition: ValueObject,
  sent: readonly string[],
  { plugin = "walker", name = "one" } = {},
): Promise<Outcome<Value>> {
  return host.invoke(
    plugin,
    object([
      ["definition", definition],
      ["name", name],
      ["events", [...sent]],
    ]),
  );
}

function field(value: Value, name: string): Value {
  return isObject(value) ? (value[name] ?? null) : null;
}

function texts(value: Value): readonly string[] {
  return Array.isArray(value) ? (value as readonly Value[]).filter((each) => typeof each === "string") : [];
}

async function definesAndValidates(context: LawContext): Promise<void> {
  await context.holds(
    fc.asyncProperty(rings, async (ring) => {
      const host = await open(context);
      const sound = assertSuccess(await run(host, ringDefinition(ring), []));
      assertThat(texts(field(sound, "findings")).length === 0, "A sound machine has findings");
      const lonely = assertSuccess(
        await run(host, ringDefinition(ring, { lonely: object([["on", object([["go", "s0"]])]]) }), []),
      );
      assertThat(texts(field(lonely, "findings")).join() === "unreachable", "An unreachable state was not found");
      for (const [broken, word] of [
        [ringDefinition(ring, { odd: object([["on", object([["go", "nowhere"]])]]) }), "nowhere"],
        [ringDefinition(ring, { odd: "no state" }), "odd"],
        [ringDefinition({ ...ring, initial: 99 }), "s99"],
      ] as const) {
        const refused = assertFailure(await run(host, broken, []), "guest/exception");
        assertThat(refused.message.includes(word), `The refusal does not name ${word}: ${refused.message}`);
      }
      await host.dispose();
    }),
    5,
  );
}

async function transitions(context: LawContext): Promise<void> {
  await context.holds(
    fc.asyncProperty(rings, events, async (ring, sent) => {
      const host = await open(context);
      const path = walk(ring, sent);
      const result = assertSuccess(await run(host, ringDefinition(ring), sent));
      assertThat(field(result, "state") === path.at(-1), "The machine is in another state");
      const expected = ["enter", ...sent.flatMap(() => ["leave", "enter"])];
      assertThat(texts(field(result, "log")).join() === expected.join(), "Callbacks ran in another order");
      const illegal = await run(host, ringDefinition(ring), ["fly"]);
      assertThat(!illegal.ok && illegal.error.message.includes("fly"), "An event that is not allowed was taken");
      const after = assertSuccess(await run(host, ringDefinition(ring), []));
      assertThat(field(after, "state") === path.at(-1), "The new state was not stored, or a refused event changed it");
      await host.dispose();
    }),
    8,
  );
}

async function persists(context: LawContext): Promise<void> {
  await context.holds(
    fc.asyncProperty(rings, events, events, async (ring, first, second) => {
      const host = await open(context, ["walker", "other"]);
      const definition = ringDefinition(ring);
      assertSuccess(await run(host, definition, first, { name: "one" }));
      assertSuccess(await run(host, definition, second, { name: "two" }));
      const found = async (plugin: string, name: string): Promise<Value> =>
        field(assertSuccess(await run(host, definition, [], { plugin, name })), "state");
      assertThat((await found("walker", "one")) === walk(ring, first).at(-1), "The first instance was not restored");
      assertThat((await found("walker", "two")) === walk(ring, second).at(-1), "The second instance was not restored");
      assertThat((await found("other", "one")) === walk(ring, []).at(-1), "Another plugin sees the instance");
      await host.dispose();
    }),
    6,
  );
}

async function draws(context: LawContext): Promise<void> {
  await context.holds(
    fc.asyncProperty(rings, events, async (ring, sent) => {
      const host = await open(context);
      const dot = field(assertSuccess(await run(host, ringDefinition(ring), sent)), "dot");
      assertThat(typeof dot === "string", "The picture is no text");
      assertThat(dot.startsWith('digraph "ring" {'), "The picture is not in Graphviz's language");
      for (let at = 0; at < ring.size; at += 1) {
        assertThat(dot.includes(`"s${at}" [label="s${at}"`), `State s${at} is no node`);
        assertThat(dot.includes(`"s${at}" -> "s${(at + 1) % ring.size}" [label="next"]`), "A transition is no edge");
      }
      const marked = dot.split("\n").filter((line) => line.includes('class="current"'));
      assertThat(
        marked.length === 1 && marked[0]?.includes(`"${walk(ring, sent).at(-1) ?? ""}" `) === true,
        "Another state is highlighted",
      );
      await host.dispose();
    }),
    6,
  );
}

const programs = ["run a state machine"] as const;

export const standardLibraryStateMachinesLaws: readonly Law[] = [
  law("MS-11.1", {
    checks:
      "sound machines have no findings; unreachable states are found; wrong states, targets and initial states are refused by name",
    proves: "all",
    programs,
    run: definesAndValidates,
  }),
  law("MS-11.2", {
    checks:
      "an event leaves, changes, enters and stores, in this order; an event that the state does not take changes nothing",
    proves: "all",
    programs,
    run: transitions,
  }),
  law("MS-11.3", {
    checks: "each named instance of each plugin is found again by the next invocation in the state where it was left",
    proves: "all",
    programs,
    run: persists,
  }),
  law("MS-11.4", {
    checks:
      "the picture has a node for each state, an edge for each transition, and highlights the present state alone",
    proves: "all",
    programs,
    run: draws,
  }),
  law("MS-06.1", {
    checks: "a plugin that imports the library defines, checks, runs, stores and draws machines",
    proves: "all",
    programs,
    run: async (context) => {
      await definesAndValidates(context);
      await transitions(context);
      await persists(context);
      await draws(context);
    },
  }),
];
