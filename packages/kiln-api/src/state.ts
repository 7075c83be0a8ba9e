// Persistent state of plugins: one JSON file for each, `.crucible/plugin-state/{plugin}.json`, replaced as a whole.
//
//   { "format": "crucible-state/1", "owner": "<home of the plugin>", "version": "<of the plugin>", "values": { … } }
//
// The owner keeps a plugin of the same name in another scope from reading it. Changes run under the kiln's lock.
import type {
  HostCallContext,
  HostFunction,
  HostFunctionDeclaration,
  HostParameter,
  Outcome,
  Value,
  ValueObject,
} from "@crucible/sandbox";
import { equalValues, fail, formatJson, isObject, object, parseJson, succeed, textArgument } from "@crucible/sandbox";
import type { KilnFiles } from "@crucible/kiln-store";

export interface StateOptions {
  /** The files as one host call sees them: what it changes can be recorded for it. */
  readonly filesFor: (call: HostCallContext) => KilnFiles;
  /** Bytes that one plugin's file may have; 1 MB by default. */
  readonly quotaBytes?: number;
}

const key: HostParameter = {
  name: "key",
  schema: { type: "string", minLength: 1, maxLength: 500 },
  summary: "name of the entry",
};
const always = {
  capability: "StateManage",
  subject: { kind: "key", parameter: "key" },
  cost: 1000,
  errors: ["host/state-invalid"],
} as const;

export const stateDeclarations: readonly HostFunctionDeclaration[] = [
  {
    name: "state.get",
    summary: "Reads an entry of the plugin's stored state; null when there is none.",
    parameters: [key],
    returns: true,
    effect: "read",
    confidential: ["result"],
    ...always,
  },
  {
    name: "state.set",
    summary: "Stores an entry; it is there for later invocations.",
    parameters: [key, { name: "value", schema: true, summary: "what to store" }],
    returns: { type: "null" },
    effect: "write",
    confidential: ["value"],
    ...always,
    errors: ["host/state-invalid", "host/state-quota"],
  },
  {
    name: "state.delete",
    summary: "Removes an entry; true when there was one.",
    parameters: [key],
    returns: { type: "boolean" },
    effect: "write",
    ...always,
  },
  {
    name: "state.update",
    summary:
      "Changes several entries at once, or none: true when it was done, false when an expected value had changed.",
    parameters: [
      { name: "changes", schema: { type: "object" }, summary: "name to value; null removes the entry" },
      {
        name: "expected",
        schema: { type: "object" },
        summary: "entries that must still have these values; null: there must be none",
        optional: true,
      },
    ],
    returns: { type: "boolean" },
    effect: "write",
    confidential: ["changes", "expected"],
    capability: "StateManage",
    cost: 2000,
    errors: ["host/state-invalid", "host/state-quota"],
  },
  {
    name: "state.version",
    summary:
      "Tells which version of the plugin wrote the stored state last, so that a newer one can migrate it; null when there is none.",
    parameters: [],
    returns: { type: ["string", "null"] },
    effect: "read",
    capability: "StateManage",
    cost: 1000,
    errors: ["host/state-invalid"],
  },
  {
    name: "state.keys",
    summary: "Lists the names of all entries, sorted.",
    parameters: [],
    returns: { type: "array", items: { type: "string" } },
    effect: "read",
    capability: "StateManage",
    cost: 1000,
    errors: ["host/state-invalid"],
  },
];

interface StoredState {
  readonly owner: string;
  readonly version: string;
  readonly values: ValueObject;
  /** Hash of the file, `null` where there is none. */
  readonly hash: string | null;
}

export function createStateFunctions(options: StateOptions): Readonly<Record<string, HostFunction>> {
  const { filesFor } = options;
  const quotaBytes = options.quotaBytes ?? 1024 * 1024;

  const read = async (call: HostCallContext): Promise<Outcome<StoredState>> => {
    const { plugin, version } = call.invocation;
    const path = statePath(plugin);
    const owner = call.pluginHome;
    const files = filesFor(call);
    const content = await files.read(path, quotaBytes * 2);
    if (!content.ok) {
      if (content.error.code === "host/note-not-found")
        return succeed({ owner, version, values: object([]), hash: null });
      return invalid(path, content.error.message);
    }
    const stored = parseStored(path, content.value.bytes);
    if (!stored.ok) return stored;
    if (stored.value.owner !== owner)
      return invalid(path, "it belongs to a plugin of the same name from another place");
    return succeed({ ...stored.value, hash: files.hash(content.value.bytes) });
  };

  const change = (
    call: HostCallContext,
    apply: (values: ValueObject) => { readonly values: ValueObject; readonly result: Value } | undefined,
  ): Promise<Outcome<Value>> => {
    const files = filesFor(call);
    return files.exclusive(async () => {
      const state = await read(call);
      if (!state.ok) return state;
      const changed = apply(state.value.values);
      if (changed === undefined) return succeed(false);
      const stored = object([
        ["format", "crucible-state/1"],
        ["owner", state.value.owner],
        ["version", call.invocation.version],
        ["values", changed.values],
      ]);
      const bytes = new TextEncoder().encode(`${formatJson(stored, 2)}\n`);
      if (bytes.length > quotaBytes) {
        return fail(
          "host/state-quota",
          `Cannot store the entry: the state of "${call.invocation.plugin}" would have ${bytes.length} bytes, at most ${quotaBytes} are allowed`,
          {
            limit: { limit: quotaBytes, used: bytes.length, unit: "bytes" },
          },
        );
      }
      const written = await files.write(
        statePath(call.invocation.plugin),
        bytes,
        state.value.hash === null ? { kind: "absent" } : { kind: "hash", hash: state.value.hash },
      );
      return written.ok ? succeed(changed.result) : written;
    });
  };

  return {
    "state.get": {
      run: async (args, call) => {
        const state = await read(call);
        if (!state.ok) return state;
        return succeed(state.value.values[textArgument(args, "key")] ?? null);
      },
    },
    "state.set": {
      run: (args, call) =>
        change(call, (values) => ({
          values: object([...Object.entries(values), [textArgument(args, "key"), args["value"] ?? null]]),
          result: null,
        })),
    },
    "state.delete": {
      run: (args, call) =>
        change(call, (values) => {
          const name = textArgument(args, "key");
          if (!Object.hasOwn(values, name)) return undefined;
          return { values: object(Object.entries(values).filter(([other]) => other !== name)), result: true };
        }),
    },
    "state.update": {
      run: (args, call) =>
        change(call, (values) => {
          const expected = objectArgument(args["expected"]);
          const isAsExpected = Object.entries(expected).every(([name, value]) =>
            equalValues(values[name] ?? null, value),
          );
          if (!isAsExpected) return undefined;
          const changes = objectArgument(args["changes"]);
          const kept = Object.entries(values).filter(([name]) => !Object.hasOwn(changes, name));
          return {
            values: object([...kept, ...Object.entries(changes).filter(([, value]) => value !== null)]),
            result: true,
          };
        }),
    },
    "state.version": {
      run: async (_, call) => {
        const state = await read(call);
        if (!state.ok) return state;
        return succeed(state.value.hash === null ? null : state.value.version);
      },
    },
    "state.keys": {
      run: async (_, call) => {
        const state = await read(call);
        return state.ok ? succeed(Object.keys(state.value.values).sort()) : state;
      },
    },
  };
}

function objectArgument(value: Value | undefined): ValueObject {
  return value !== undefined && isObject(value) ? value : object([]);
}

/** Where the state of a plugin is kept, from the kiln's root. */
export function statePath(plugin: string): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(plugin)) throw new TypeError(`"${plugin}" is no plugin name`);
  return `.crucible/plugin-state/${plugin}.json`;
}

function parseStored(path: string, bytes: Uint8Array): Outcome<StoredState> {
  let decoded: string;
  try {
    decoded = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return invalid(path, "it is not UTF-8 text");
  }
  const parsed = parseJson(decoded);
  if (!parsed.ok) return invalid(path, parsed.error.message);
  const stored = parsed.value;
  if (!isObject(stored) || stored["format"] !== "crucible-state/1")
    return invalid(path, "it is not in the format crucible-state/1");
  const { owner, version, values } = stored;
  if (typeof owner !== "string" || typeof version !== "string" || values === undefined || !isObject(values))
    return invalid(path, "it lacks owner, version or values");
  return succeed({ owner, version, values, hash: null });
}

function invalid(path: string, reason: string): Outcome<never> {
  return fail("host/state-invalid", `Cannot use the stored state "${path}": ${reason}`);
}
