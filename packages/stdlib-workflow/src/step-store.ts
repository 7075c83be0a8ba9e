// The power to keep the steps of runs, and its form upon a plugin's stored state.
import type { HostCallContext, HostModule, Outcome, Value } from "@crucible/sandbox";
import { object, succeed } from "@crucible/sandbox";

/** Keeps one value by key for the plugin that a call comes from; a crash leaves the old or the new one. */
export interface StepStore {
  /** Null where nothing is kept. */
  read(call: HostCallContext, key: string): Promise<Outcome<Value>>;
  /** Null forgets. */
  write(call: HostCallContext, key: string, value: Value): Promise<Outcome<null>>;
}

/**
 * Keeps steps among the plugin's own stored state, through `state.get` and `state.update` of a host module (the kiln's).
 *
 * @throws {TypeError} when the module lacks one of them
 */
export function createStateStepStore({ declaration, functions }: HostModule): StepStore {
  const [get, update] = ["state.get", "state.update"].map((name) => functions[name]);
  if (get === undefined || update === undefined)
    throw new TypeError(`The module "${declaration.name}" lacks state.get or state.update`);
  return {
    read: async (call, key) => get.run(object([["key", key]]), call),
    write: async (call, key, value) => {
      const written = await update.run(object([["changes", object([[key, value]])]]), call);
      return written.ok ? succeed(null) : written;
    },
  };
}
