// The power to keep instances, and what is kept: one entry for each instance among the plugin's stored state.
import {
  fail,
  object,
  succeed,
  type HostCallContext,
  type HostModule,
  type Outcome,
  type Value,
} from "@crucible/sandbox";
import { isDone } from "./check-machine.ts";
import type { Machine } from "./machine.ts";
import { isLeaf, readSnapshot, snapshotToValue, type Snapshot } from "./snapshot.ts";

const maxRounds = 16;

/**
 * Keeps values by key for the plugin that a call comes from, and shows them to no other plugin. `change` is atomic: no
 * other change of the plugin's entries comes between reading and writing, and a crash leaves the old or the new value.
 */
export interface MachineStorage {
  read(call: HostCallContext, key: string): Promise<Outcome<Value | undefined>>;
  /** `apply` says what replaces the present value; undefined removes it. */
  change(
    call: HostCallContext,
    key: string,
    apply: (present: Value | undefined) => Outcome<Value | undefined>,
  ): Promise<Outcome<null>>;
  keys(call: HostCallContext): Promise<Outcome<readonly string[]>>;
}

/**
 * Keeps instances among the plugin's own stored state, through the functions `state.get`, `state.keys` and `state.update`
 * of a host module (the kiln's). Their answer to a lost race is tried again.
 *
 * @throws {TypeError} when the module lacks one of them
 */
export function createStateStorage({ declaration, functions }: HostModule): MachineStorage {
  const named = (name: string): HostModule["functions"][string] => {
    const found = functions[name];
    if (found === undefined) throw new TypeError(`The module "${declaration.name}" has no function ${name}`);
    return found;
  };
  const [get, keys, update] = [named("state.get"), named("state.keys"), named("state.update")];
  const read: MachineStorage["read"] = async (call, key) => {
    const present = await get.run(object([["key", key]]), call);
    return present.ok ? succeed(present.value ?? undefined) : present;
  };
  return {
    read,
    async change(call, key, apply) {
      for (let round = 0; round < maxRounds; round += 1) {
        const present = await read(call, key);
        if (!present.ok) return present;
        const next = apply(present.value);
        if (!next.ok) return next;
        const done = await update.run(
          object([
            ["changes", object([[key, next.value ?? null]])],
            ["expected", object([[key, present.value ?? null]])],
          ]),
          call,
        );
        if (!done.ok) return done;
        if (done.value === true) return succeed(null);
      }
      return fail("host/state-conflict", `Cannot store "${key}": others change it all the time`);
    },
    async keys(call) {
      const found = await keys.run(object([]), call);
      if (!found.ok) return found;
      const list = Array.isArray(found.value) ? (found.value as readonly Value[]) : [];
      return succeed(list.filter((key) => typeof key === "string"));
    },
  };
}

/** Reads a stored instance; undefined when there is none. Its version may be older than the machine's. */
export async function loadSnapshot(
  storage: MachineStorage,
  call: HostCallContext,
  machine: Machine,
  name: string,
): Promise<Outcome<Snapshot | undefined>> {
  const stored = await storage.read(call, storageKey(machine, name));
  if (!stored.ok) return stored;
  if (stored.value === undefined) return succeed(undefined);
  const snapshot = readSnapshot(machine, stored.value);
  if (typeof snapshot === "string") return unusable(machine, name, snapshot);
  if (snapshot.version > machine.version)
    return unusable(machine, name, `it has version ${snapshot.version}, the machine has version ${machine.version}`);
  if (snapshot.version === machine.version && !isLeaf(machine, snapshot.state))
    return unusable(
      machine,
      name,
      `its state "${snapshot.state}" is none of version ${machine.version}; raise the version and migrate it`,
    );
  return succeed(snapshot);
}

/**
 * Stores an instance, if what is stored is the version before it. `host/state-conflict` when another invocation was
 * quicker, `host/invalid-argument` for a state that the machine does not have.
 */
export function saveSnapshot(
  storage: MachineStorage,
  call: HostCallContext,
  machine: Machine,
  name: string,
  snapshot: Snapshot,
): Promise<Outcome<null>> {
  if (!isLeaf(machine, snapshot.state) || snapshot.version !== machine.version)
    return Promise.resolve(
      fail(
        "host/invalid-argument",
        `Cannot store "${name}": "${snapshot.state}" is no state without states inside of "${machine.id}", version ${machine.version}`,
      ),
    );
  return storage.change(call, storageKey(machine, name), (present) => {
    const before = present === undefined ? undefined : readSnapshot(machine, present);
    if (typeof before === "string") return unusable(machine, name, before);
    const sequence = before?.sequence ?? 0;
    if (snapshot.sequence !== sequence + 1)
      return fail(
        "host/state-conflict",
        `Cannot store "${name}" of "${machine.id}": another invocation has changed it meanwhile`,
        { stored: sequence, expected: snapshot.sequence - 1 },
      );
    return succeed(snapshotToValue({ ...snapshot, done: isDone(machine, snapshot.state) }));
  });
}

/** Names of the stored instances of a machine, sorted. */
export async function listInstances(
  storage: MachineStorage,
  call: HostCallContext,
  machine: Machine,
): Promise<Outcome<readonly string[]>> {
  const keys = await storage.keys(call);
  if (!keys.ok) return keys;
  const prefix = storageKey(machine, "");
  return succeed(keys.value.flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : [])).sort());
}

/** Forgets an instance; false when there was none. */
export async function removeInstance(
  storage: MachineStorage,
  call: HostCallContext,
  machine: Machine,
  name: string,
): Promise<Outcome<boolean>> {
  let found = false;
  const changed = await storage.change(call, storageKey(machine, name), (present) => {
    found = present !== undefined;
    return succeed(undefined);
  });
  return changed.ok ? succeed(found) : changed;
}

function storageKey(machine: Machine, name: string): string {
  return `statemachine/${machine.id}/${name}`;
}

function unusable(machine: Machine, name: string, reason: string): Outcome<never> {
  return fail("host/state-invalid", `Cannot restore "${name}" of "${machine.id}": ${reason}`);
}
