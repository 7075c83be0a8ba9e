// Definitions of machines: small, sound ones, with states in states, guards and callbacks that say where they stand.
import { fromPlain, type Value } from "@crucible/sandbox";
import * as fc from "fast-check";

export interface PlainTransition {
  readonly target?: string;
  readonly guard?: string;
  readonly actions?: readonly string[];
  readonly reenter?: boolean;
}

export interface PlainState {
  readonly type?: "final";
  readonly initial?: string;
  readonly entry?: readonly string[];
  readonly exit?: readonly string[];
  readonly on?: Readonly<Record<string, readonly PlainTransition[]>>;
  readonly states?: Readonly<Record<string, PlainState>>;
}

export interface PlainMachine extends PlainState {
  readonly id: string;
  readonly initial: string;
}

export const events = ["go", "back", "stop", "next"] as const;
const guards = ["yes", "no"] as const;
const names = ["a", "b", "c", "d"] as const;

interface Skeleton {
  readonly names: readonly string[];
  readonly inner: readonly (Skeleton | null)[];
  readonly initial: number;
}

const skeleton = (depth: number): fc.Arbitrary<Skeleton> =>
  fc.integer({ min: 1, max: names.length }).chain((count) =>
    fc.record({
      names: fc.constant(names.slice(0, count)),
      inner: fc.tuple(
        ...names
          .slice(0, count)
          .map(() => (depth === 0 ? fc.constant(null) : fc.option(skeleton(depth - 1), { freq: 2 }))),
      ),
      initial: fc.nat(count - 1),
    }),
  );

/** A definition without a finding that is an error. Guards are called `yes` and `no`, and say so. */
export const arbitraryMachine: fc.Arbitrary<PlainMachine> = skeleton(2).chain((shape) => {
  const paths = listPaths(shape, "");
  const transition = fc.record(
    {
      target: fc.constantFrom(...paths.map((path) => `#m.${path}`)),
      actions: fc.constantFrom<readonly string[]>(["act1"], ["act1", "act2"], []),
      reenter: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  const candidates = fc
    .tuple(fc.subarray([...guards]), fc.array(transition, { minLength: 3, maxLength: 3 }), fc.boolean())
    .map(([chosen, [first, second, last], hasElse]) => {
      const guarded = chosen.map((guard, index) => ({ ...(index === 0 ? first : second), guard }));
      return hasElse || guarded.length === 0 ? [...guarded, { ...last }] : guarded;
    });
  const on = fc.dictionary(fc.constantFrom(...events), candidates, { maxKeys: 3 });
  const state = (path: string, inner: Skeleton | null): fc.Arbitrary<PlainState> =>
    fc
      .record({
        on,
        isFinal: fc.integer({ min: 0, max: 5 }).map((number) => number === 0 && inner === null),
        entry: fc.boolean(),
        exit: fc.boolean(),
        states: inner === null ? fc.constant(undefined) : children(path, inner),
      })
      .map(({ on: taken, isFinal, entry, exit, states }) => ({
        ...(isFinal ? { type: "final" as const } : { on: taken }),
        ...(entry ? { entry: [`enter ${path}`] } : {}),
        ...(exit ? { exit: [`leave ${path}`] } : {}),
        ...(states === undefined || inner === null ? {} : { states, initial: inner.names[inner.initial] ?? "a" }),
      }));
  const children = (path: string, inner: Skeleton): fc.Arbitrary<Record<string, PlainState>> =>
    fc
      .tuple(
        ...inner.names.map((name, index) => state(path === "" ? name : `${path}.${name}`, inner.inner[index] ?? null)),
      )
      .map((states) => Object.fromEntries(states.map((each, index) => [inner.names[index] ?? "a", each])));
  return children("", shape).map((states) => ({
    id: "m",
    initial: shape.names[shape.initial] ?? "a",
    states,
  }));
});

function listPaths(shape: Skeleton, around: string): readonly string[] {
  return shape.names.flatMap((name, index) => {
    const path = around === "" ? name : `${around}.${name}`;
    const inner = shape.inner[index] ?? null;
    return inner === null ? [path] : [path, ...listPaths(inner, path)];
  });
}

export function toValue(machine: PlainMachine): Value {
  return fromPlain(machine);
}
