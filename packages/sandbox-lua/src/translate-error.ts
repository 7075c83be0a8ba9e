// From what Lua raised to the platform's errors: message, place, stack, hint. Capturing happens in the message handler, while
// the frames still exist; no code of the guest runs but a `__tostring` of the error value.
import type { ErrorDetails, ErrorValue, SourcePlace, StackFrame } from "@crucible/sandbox";
import type { Address, State } from "./lua-api.ts";
import { activation, luaType } from "./lua-api.ts";
import type { Machine } from "./machine.ts";
import { absentNames } from "./permits.ts";
import type { Sources } from "./sources.ts";

/** An error as it was when it was raised. */
export interface RaisedError {
  readonly message: string;
  /** `code` of an error table that the plugin itself raised. */
  readonly guestCode: string | undefined;
  /** True for a failure of the host, raised by the host or again by the plugin. */
  readonly isFailure: boolean;
  /** Innermost first, the author's files only. */
  readonly frames: readonly StackFrame[];
}

/** What the plugin is called and what it was doing. */
export interface ErrorSubject {
  readonly plugin: string;
  readonly version: string;
  readonly action?: string;
}

/** Where the code began, for errors that no frame of the author's is left of. */
export interface EntryPlace {
  readonly file: string;
  readonly line: number;
}

const maxFrames = 64;
const maxLevels = 400;
const maxMessageBytes = 16_384;

/** Reads the error value at `index` and the frames of `L`. Called by the message handler. */
export function captureError(
  machine: Machine,
  L: State,
  index: number,
  sources: Sources,
  failureMark: Address,
): RaisedError {
  const frames = readFrames(machine, L, sources);
  const { api } = machine;
  let guestCode: string | undefined;
  let isFailure = false;
  let message: string | undefined;
  const type = api.lua_type(L, index);
  if (type === luaType.string) {
    message = machine.readString(L, index, maxMessageBytes);
  } else if (type === luaType.table) {
    if (api.lua_getmetatable(L, index) !== 0) {
      isFailure = api.lua_topointer(L, -1) === failureMark;
      api.lua_settop(L, -2);
    }
    guestCode = readField(machine, L, index, "code");
    message = readField(machine, L, index, "message");
  }
  message ??= describeValue(machine, L, index);
  return { message, guestCode, isFailure, frames };
}

/**
 * Makes the error of an exception that the plugin did not catch.
 *
 * @param failures failures of host functions in this invocation; only these can end it under their own code
 */
export function translateError(
  raised: RaisedError,
  sources: Sources,
  subject: ErrorSubject,
  entry: EntryPlace,
  failures: readonly ErrorValue[],
): ErrorValue {
  const { text, place } = locate(raised, sources, entry);
  const details: ErrorDetails = {
    ...subject,
    place,
    ...(raised.frames.length === 0 ? {} : { stack: nameEntry(raised.frames, subject) }),
  };
  if (raised.isFailure) {
    const failure = failures.find(({ code, message }) => code === raised.guestCode && message === raised.message);
    if (failure !== undefined)
      return { code: failure.code, message: failure.message, details: { ...failure.details, ...details } };
  }
  const hint = hintFor(text);
  return {
    code: "guest/exception",
    message: text,
    details: {
      ...details,
      ...(hint === undefined ? {} : { hint }),
      ...(raised.guestCode === undefined ? {} : { guestCode: raised.guestCode }),
    },
  };
}

/** Splits `name:line: ` off the front of a message, as often as Lua put it there; the last one is where the error arose. */
export function splitPosition(
  message: string,
  sources: Sources,
): { readonly text: string; readonly file?: string; readonly line?: number } {
  // The prelude's own lines say nothing to an author.
  let text = message.replace(/^prelude:\d+: /, "");
  let found: { file: string; line: number } | undefined;
  for (;;) {
    const name = sources.names.find((candidate) => text.startsWith(`${candidate}:`));
    const position = name === undefined ? null : /^:(\d+): /.exec(text.slice(name.length));
    const file = name === undefined ? undefined : sources.fileOf(name);
    if (name === undefined || position === null || file === undefined) break;
    found = { file, line: Number(position[1]) };
    text = text.slice(name.length + position[0].length);
  }
  return { text, ...found };
}

/** The author's frames of `L`, innermost first. Allocates nothing, so that it also serves after an allocation failed. */
export function readFrames(machine: Machine, L: State, sources: Sources): readonly StackFrame[] {
  const { api, activation: at } = machine;
  const frames: StackFrame[] = [];
  const what = machine.cString("Slnt");
  for (let level = 0; level < maxLevels && frames.length < maxFrames && api.lua_getstack(L, level, at) !== 0; level++) {
    api.lua_getinfo(L, what, at);
    const line = machine.word(at + activation.currentLine);
    const source = line > 0 ? machine.readCString(machine.word(at + activation.source)) : "";
    const file = source.startsWith("@") ? sources.fileOf(source.slice(1)) : undefined;
    if (file === undefined) continue;
    const name = machine.readCString(machine.word(at + activation.name));
    const isChunk = machine.readCString(machine.word(at + activation.what)) === "main";
    frames.push({ ...(isChunk ? { function: "main chunk" } : name === "" ? {} : { function: name }), file, line });
  }
  return frames;
}

function readField(machine: Machine, L: State, index: number, name: string): string | undefined {
  machine.pushString(L, name);
  const found =
    machine.api.lua_rawget(L, index) === luaType.string ? machine.readString(L, -1, maxMessageBytes) : undefined;
  machine.api.lua_settop(L, -2);
  return found;
}

function describeValue(machine: Machine, L: State, index: number): string {
  const { api } = machine;
  switch (api.lua_type(L, index)) {
    case luaType.nil:
      return "error object is a nil value";
    case luaType.boolean:
      return api.lua_toboolean(L, index) === 0 ? "false" : "true";
    case luaType.number:
      return api.lua_isinteger(L, index) === 0
        ? String(api.lua_tonumberx(L, index, 0))
        : String(api.lua_tointegerx(L, index, 0));
    default: {
      if (api.luaL_callmeta(L, index, machine.cString("__tostring")) !== 0) {
        const text = api.lua_type(L, -1) === luaType.string ? machine.readString(L, -1, maxMessageBytes) : undefined;
        api.lua_settop(L, -2);
        if (text !== undefined) return text;
      }
      return `error object is a ${typeName(api.lua_type(L, index))} value`;
    }
  }
}

function typeName(type: number): string {
  const found = Object.entries(luaType).find(([, number]) => number === type)?.[0] ?? "foreign";
  return found === "lightUserdata" ? "userdata" : found;
}

function locate(
  { message, isFailure, guestCode, frames }: RaisedError,
  sources: Sources,
  entry: EntryPlace,
): { text: string; place: SourcePlace } {
  const split = isFailure || guestCode !== undefined ? { text: message } : splitPosition(message, sources);
  const found =
    split.file !== undefined && split.line !== undefined ? { file: split.file, line: split.line } : frames[0];
  return {
    text: split.text,
    place: found === undefined ? entryPlace(entry, sources) : sources.place(found.file, found.line, split.text),
  };
}

/** The place of an error that is only known to be inside of an action or chunk. */
export function entryPlace({ file, line }: EntryPlace, sources: Sources): SourcePlace {
  return { ...sources.place(file, line, ""), approximate: true };
}

// The host called the outermost function, so that Lua has no name for it.
function nameEntry(frames: readonly StackFrame[], { action }: ErrorSubject): readonly StackFrame[] {
  const last = frames.at(-1);
  if (last === undefined || last.function !== undefined || action === undefined) return frames;
  return [...frames.slice(0, -1), { function: action, file: last.file, line: last.line }];
}

function hintFor(text: string): string | undefined {
  const name = /\((?:global|field|method) '([^']+)'\)/.exec(text)?.[1];
  if (name !== undefined && Object.hasOwn(absentNames, name) && /nil value/.test(text)) return absentNames[name];
  if (text.startsWith("stack overflow")) return "A function calls itself without end, or too deeply: use a loop";
  if (/attempt to .*\buserdata\b/.test(text)) {
    return "A null inside of a value is crucible.null, which is not nil: compare with crucible.null first";
  }
  return undefined;
}
