// The host module: what each raw function does, over the pure core and the power to store.
import {
  fail,
  formatJson,
  fromPlain,
  isObject,
  object,
  succeed,
  textArgument,
  type HostArguments,
  type HostCallContext,
  type HostFunction,
  type HostModule,
  type Outcome,
  type Value,
} from "@crucible/sandbox";
import { checkMachine, isDone } from "./check-machine.ts";
import { declaration } from "./declaration.ts";
import { drawDot, drawMermaid } from "./draw-machine.ts";
import type { Finding, Machine } from "./machine.ts";
import { readMachine } from "./read-machine.ts";
import { renderSvg } from "./render-svg.ts";
import {
  isLeaf,
  migrateEvent,
  readSnapshot,
  snapshotToValue,
  startEvent,
  stepToValue,
  type Snapshot,
} from "./snapshot.ts";
import { formatStateChange } from "./state-change.ts";
import { eventsOf, planEvent, planStart, type Call } from "./step-machine.ts";
import { listInstances, loadSnapshot, removeInstance, saveSnapshot, type MachineStorage } from "./storage.ts";
import { fromXState, toXState } from "./xstate.ts";

export interface StateMachinesOptions {
  /** Keeps instances between invocations; without it only machines in memory work. */
  readonly storage?: MachineStorage;
  /** Draws Graphviz's language as SVG; `renderSvg` by default, which does it on the caller's thread. */
  readonly renderSvg?: (dot: string, signal: AbortSignal) => Promise<string>;
}

/** Findings that stand in the message of a failure; all are in its details. */
const maxTold = 20;
/** Layouts take longer than machines grow, and nobody reads larger ones: these are drawn from their DOT text, outside. */
const maxDrawnStates = 300;

/** Makes the module `statemachine`. It keeps nothing; the storage stays its owner's. */
export function createStateMachines(options: StateMachinesOptions = {}): HostModule {
  const draw = options.renderSvg ?? renderSvg;
  const { storage } = options;

  const kept = (
    run: (
      storage: MachineStorage,
      call: HostCallContext,
      machine: Machine,
      args: HostArguments,
    ) => Promise<Outcome<Value>>,
  ): HostFunction => ({
    run: async (args, call) => {
      if (storage === undefined) return fail("host/unavailable", "Cannot keep a machine: this host stores no state");
      const machine = sound(args);
      return machine.ok ? run(storage, call, machine.value, args) : machine;
    },
  });

  return {
    declaration,
    functions: {
      check: { run: (args) => succeed(fromPlain(checkMachine(args["definition"] ?? null).findings)) },
      begin: { run: (args, call) => begin(args, call.now()) },
      step: { run: (args, call) => step(args, call.now()) },
      refuse: { run: (args) => refuse(args) },
      migrate: { run: (args, call) => migrate(args, call.now()) },
      events: {
        run: (args) => {
          const machine = sound(args);
          if (!machine.ok) return machine;
          const state = leafArgument(machine.value, args);
          return state.ok ? succeed(eventsOf(machine.value, state.value)) : state;
        },
      },
      load: kept(async (power, call, machine, args) => {
        const loaded = await loadSnapshot(power, call, machine, textArgument(args, "name"));
        if (!loaded.ok) return loaded;
        return succeed(loaded.value === undefined ? null : snapshotToValue(loaded.value));
      }),
      save: kept(async (power, call, machine, args) => {
        const name = textArgument(args, "name");
        const snapshot = snapshotArgument(machine, args);
        if (!snapshot.ok) return snapshot;
        const saved = await saveSnapshot(power, call, machine, name, snapshot.value);
        if (saved.ok) announce(call, args, name, snapshot.value);
        return saved;
      }),
      announce: {
        run: (args, call) => {
          const machine = sound(args);
          if (!machine.ok) return machine;
          const snapshot = snapshotArgument(machine.value, args);
          if (!snapshot.ok) return snapshot;
          announce(call, args, null, snapshot.value);
          return succeed(null);
        },
      },
      instances: kept((power, call, machine) => listInstances(power, call, machine)),
      remove: kept((power, call, machine, args) => removeInstance(power, call, machine, textArgument(args, "name"))),
      dot: { run: (args) => drawing(args, drawDot) },
      mermaid: { run: (args) => drawing(args, drawMermaid) },
      svg: {
        run: async (args, { signal }) => {
          const dot = drawing(args, (machine, state) =>
            machine.states.size > maxDrawnStates ? undefined : drawDot(machine, state),
          );
          return dot.ok ? succeed(await draw(dot.value, signal)) : dot;
        },
      },
      read_xstate: {
        run: (args) => {
          const { definition, findings } = fromXState(args["config"] ?? null);
          return findings.length === 0 ? succeed(definition) : refuseFindings("Cannot take over the machine", findings);
        },
      },
      to_xstate: {
        run: (args) => {
          const machine = sound(args);
          return machine.ok ? succeed(toXState(machine.value)) : machine;
        },
      },
    },
  };
}

// The definition was checked when the guest defined the machine; here only what running needs is looked at again.
function sound(args: HostArguments): Outcome<Machine> {
  const { machine, findings } = readMachine(args["definition"] ?? null);
  return findings.length === 0 ? succeed(machine) : refuseFindings(`Cannot use the machine "${machine.id}"`, findings);
}

function refuseFindings(what: string, findings: readonly Finding[]): Outcome<never> {
  const told = findings.slice(0, maxTold).map(({ message }) => message);
  const listed = [...told, ...(findings.length > maxTold ? [`and ${findings.length - maxTold} more`] : [])].join("; ");
  return fail("host/invalid-argument", `${what}: ${listed}`, { findings: [...findings] });
}

function begin(args: HostArguments, time: number): Outcome<Value> {
  const machine = sound(args);
  if (!machine.ok) return machine;
  const { id, version, historyLength, context: own } = machine.value;
  const given = args["context"] ?? null;
  const isEmpty = Array.isArray(given) && given.length === 0;
  if (given !== null && !isObject(given) && !isEmpty)
    return fail("host/invalid-argument", `Cannot start "${id}": its context is an object`);
  const plan = planStart(machine.value);
  const first = { sequence: 1, event: startEvent, from: "", to: plan.to, time };
  return succeed(
    object([
      [
        "snapshot",
        snapshotToValue({
          machine: id,
          version,
          state: plan.to,
          sequence: 1,
          done: plan.done,
          context: given === null ? own : isObject(given) ? given : object([]),
          history: historyLength === 0 ? [] : [first],
        }),
      ],
      ["calls", callsToValue(plan.calls)],
    ]),
  );
}

function step(args: HostArguments, time: number): Outcome<Value> {
  const machine = sound(args);
  if (!machine.ok) return machine;
  const snapshot = snapshotArgument(machine.value, args);
  if (!snapshot.ok) return snapshot;
  const event = textArgument(args, "event");
  const { state, sequence, context } = snapshot.value;
  const plans = planEvent(machine.value, state, event);
  if (plans.length === 0) return refuse(args);
  return succeed(
    object([
      ["context", context],
      ["history_length", machine.value.historyLength],
      [
        "plans",
        plans.map(({ guard, to, calls, done }) =>
          object([
            // "" for none: what null is differs from language to language.
            ["guard", guard ?? ""],
            ["state", to],
            ["done", done],
            ["calls", callsToValue(calls)],
            ["record", stepToValue({ sequence: sequence + 1, event, from: state, to, time })],
          ]),
        ),
      ],
    ]),
  );
}

function migrate(args: HostArguments, time: number): Outcome<Value> {
  const machine = sound(args);
  if (!machine.ok) return machine;
  const { id, version, historyLength } = machine.value;
  const before = readSnapshot(machine.value, args["snapshot"] ?? null);
  const state = textArgument(args, "state");
  const context = args["context"] ?? null;
  const cannot = (reason: string): Outcome<never> =>
    fail("host/state-invalid", `Cannot migrate an instance of "${id}" to version ${version}: ${reason}`);
  if (typeof before === "string") return cannot(before);
  if (!isLeaf(machine.value, state)) return cannot(`"${state}" is no state of it without states inside`);
  const isEmpty = Array.isArray(context) && context.length === 0;
  if (!isObject(context) && !isEmpty) return cannot("the context is no object");
  const sequence = before.sequence + 1;
  const record = { sequence, event: migrateEvent, from: before.state, to: state, time };
  return succeed(
    snapshotToValue({
      machine: id,
      version,
      state,
      sequence,
      done: isDone(machine.value, state),
      context: isObject(context) ? context : object([]),
      history: historyLength === 0 ? [] : [...before.history, record].slice(-historyLength),
    }),
  );
}

function refuse(args: HostArguments): Outcome<never> {
  const machine = sound(args);
  if (!machine.ok) return machine;
  const snapshot = snapshotArgument(machine.value, args);
  if (!snapshot.ok) return snapshot;
  const event = textArgument(args, "event");
  const { state } = snapshot.value;
  const events = eventsOf(machine.value, state);
  const reason = snapshot.value.done
    ? `it has ended in "${state}"`
    : events.includes(event)
      ? `in "${state}" no guard lets it pass`
      : `in "${state}" it takes ${events.length === 0 ? "none" : events.map((each) => `"${each}"`).join(", ")}`;
  return fail("host/event-refused", `Cannot send "${event}" to "${machine.value.id}": ${reason}`, {
    machine: machine.value.id,
    state,
    event,
    events,
  });
}

function drawing(
  args: HostArguments,
  draw: (machine: Machine, state: string | null) => string | undefined,
): Outcome<string> {
  const machine = sound(args);
  if (!machine.ok) return machine;
  const state = args["state"] ?? null;
  if (state !== null && (typeof state !== "string" || !machine.value.states.has(state)))
    return fail("host/invalid-argument", `Cannot draw "${machine.value.id}": it has no state ${formatJson(state)}`);
  const drawn = draw(machine.value, state);
  if (drawn === undefined)
    return fail(
      "host/invalid-argument",
      `Cannot draw "${machine.value.id}": an SVG has at most ${maxDrawnStates} states, draw its DOT text with Graphviz instead`,
    );
  return succeed(drawn);
}

function snapshotArgument(machine: Machine, args: HostArguments): Outcome<Snapshot> {
  const snapshot = readSnapshot(machine, args["snapshot"] ?? null);
  if (typeof snapshot === "string")
    return fail("host/invalid-argument", `Cannot use the instance of "${machine.id}": ${snapshot}`);
  if (!isLeaf(machine, snapshot.state))
    return fail(
      "host/invalid-argument",
      `Cannot use the instance of "${machine.id}": "${snapshot.state}" is no state without states inside`,
    );
  return succeed(snapshot);
}

function leafArgument(machine: Machine, args: HostArguments): Outcome<string> {
  const state = textArgument(args, "state");
  if (isLeaf(machine, state)) return succeed(state);
  return fail("host/invalid-argument", `"${machine.id}" has no state "${state}" without states inside`);
}

// Every change of state is in the plugin's log, and so in its session.
function announce(
  call: HostCallContext,
  args: HostArguments,
  instance: string | null,
  { machine, state, sequence }: Snapshot,
): void {
  const cause = args["cause"];
  const { event, from } = cause !== undefined && isObject(cause) ? cause : object([]);
  const change = {
    machine,
    instance,
    event: typeof event === "string" ? event : "",
    from: typeof from === "string" ? from : "",
    to: state,
    sequence,
  };
  const named = instance === null ? machine : `${machine} "${instance}"`;
  call.log("info", `${named}: ${change.from === "" ? "" : `${change.from} → `}${state}`, formatStateChange(change));
}

function callsToValue(calls: readonly Call[]): Value {
  return calls.map(({ on, callback, state }) => object(Object.entries({ on, callback, state })));
}
