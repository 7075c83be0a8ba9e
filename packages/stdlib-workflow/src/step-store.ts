// Where the steps of runs that have a name are kept, so that an interrupted execution goes on: one file for each step, never
// changed once it is there, and now and then one file with everything in place of those before it.
//
//   .crucible/workflow-runs/{plugin}/{run}-{number}-step.json    what a step added
//   .crucible/workflow-runs/{plugin}/{run}-{number}-whole.json   everything up to this number: older files mean nothing
//
//   { "format": "crucible-steps/1", "owner": "<home of the plugin>", "workflow": …, "run": …, "record": … }
//
// {run} is the beginning of a hash of both names, {number} has eight digits. A crash at any moment leaves whole files; those
// that mean nothing any more are removed with the next whole one. The owner keeps a plugin of the same name from reading them.
import {
  fail,
  formatJson,
  isObject,
  object,
  parseJson,
  succeed,
  type HostCallContext,
  type Outcome,
  type Value,
} from "@crucible/sandbox";

/** Keeps the steps of runs for the plugin that a call comes from. */
export interface StepStore {
  /** Opens the log of a run, which begins anew where `restart` says so. */
  open(call: HostCallContext, run: RunName, restart: boolean): Promise<Outcome<StepLog>>;
}

export interface RunName {
  readonly workflow: string;
  readonly run: string;
}

/** The steps of one run. Each change is there whole or not at all, whenever the process ends. */
export interface StepLog {
  /** What is kept from before, in order: later records win. */
  readonly kept: readonly Value[];
  /** Adds a record. `whole` says all of them in one; it is asked where that is worth replacing them. */
  append(call: HostCallContext, record: Value, whole: () => Value): Promise<Outcome<null>>;
  /** One record in place of all. */
  replace(call: HostCallContext, whole: Value): Promise<Outcome<null>>;
  /** Removes everything. */
  forget(call: HostCallContext): Promise<Outcome<null>>;
}

/** The part of a kiln's files that steps are kept in. */
export interface StepFiles {
  list(folder: string): Promise<Outcome<readonly { readonly name: string }[]>>;
  read(path: string, maxBytes: number): Promise<Outcome<{ readonly bytes: Uint8Array }>>;
  write(path: string, bytes: Uint8Array, expected: { readonly kind: "absent" }): Promise<Outcome<unknown>>;
  remove(path: string): Promise<Outcome<null>>;
  hash(bytes: Uint8Array): string;
}

export interface FileStepStoreOptions {
  /** The files as one host call sees them: what it changes can be recorded for it. */
  readonly filesFor: (call: HostCallContext) => StepFiles;
  /** Bytes that the steps of one run may have; 8 MB by default. */
  readonly maxRunBytes?: number;
  /** Runs that one plugin may have begun and not finished; 100 by default. */
  readonly maxRuns?: number;
}

/** Steps are replaced by one file when they are larger than it, and than this; or so many. */
const looseBytes = 64 * 1024;
const looseFiles = 1000;

interface StepFile {
  readonly name: string;
  readonly number: number;
  readonly isWhole: boolean;
}

/** Keeps steps in files of the kiln. */
export function createFileStepStore({
  filesFor,
  maxRunBytes = 8 * 1024 * 1024,
  maxRuns = 100,
}: FileStepStoreOptions): StepStore {
  return {
    async open(call, name, restart) {
      const { plugin } = call.invocation;
      const folder = `.crucible/workflow-runs/${plugin}`;
      const files = filesFor(call);
      const prefix = files.hash(new TextEncoder().encode(`${name.workflow}\0${name.run}`)).slice(0, 32);
      const listed = await files.list(folder);
      if (!listed.ok && listed.error.code !== "host/note-not-found") return listed;
      const names = listed.ok ? listed.value.map((entry) => entry.name) : [];
      const present = names.flatMap((entry) => readName(entry, prefix)).sort((a, b) => a.number - b.number);
      const begun = new Set(names.map((entry) => entry.slice(0, 32)));
      if (present.length === 0 && begun.size >= maxRuns)
        return fail(
          "host/state-quota",
          `Cannot store the steps of run "${name.run}": "${plugin}" has ${begun.size} runs that have not succeeded, at most ${maxRuns} are kept; execute some of them to their end`,
        );
      const from = Math.max(
        0,
        present.findLastIndex(({ isWhole }) => isWhole),
      );
      const log = { folder, prefix, name, maxRunBytes, filesFor, present, from };
      if (restart) {
        const opened = createLog(log, [], [0, 0]);
        const forgotten = present.length === 0 ? succeed(null) : await opened.forget(call);
        return forgotten.ok ? succeed(opened) : forgotten;
      }
      const kept: Value[] = [];
      const sizes: [number, number] = [0, 0];
      for (const { name: file, isWhole } of present.slice(from)) {
        const path = `${folder}/${file}`;
        const content = await files.read(path, maxRunBytes * 2);
        if (!content.ok)
          return content.error.code === "limit/file-size" ? unreadable(path, "it is too large") : content;
        const record = readFile(content.value.bytes, call, name);
        if (!record.ok) return unreadable(path, record.error.message);
        sizes[isWhole ? 0 : 1] += content.value.bytes.length;
        if (record.value !== null) kept.push(record.value);
      }
      return succeed(createLog(log, kept, sizes));
    },
  };
}

interface LogOptions {
  readonly folder: string;
  readonly prefix: string;
  readonly name: RunName;
  readonly maxRunBytes: number;
  readonly filesFor: (call: HostCallContext) => StepFiles;
  /** In the order of their numbers. */
  readonly present: readonly StepFile[];
  /** Place of the first file that means something. */
  readonly from: number;
}

function createLog(
  { folder, prefix, name, maxRunBytes, filesFor, present, from }: LogOptions,
  kept: readonly Value[],
  [keptWhole, keptLoose]: readonly [number, number],
): StepLog {
  let files = present.map((file) => file.name);
  let next = (present.at(-1)?.number ?? 0) + 1;
  let wholeBytes = keptWhole;
  let loose = { bytes: keptLoose, files: present.length - from };

  const write = async (call: HostCallContext, record: Value, isWhole: boolean): Promise<Outcome<number>> => {
    const bytes = new TextEncoder().encode(`${formatJson(formatFile(call, name, record))}\n`);
    const used = isWhole ? bytes.length : wholeBytes + loose.bytes + bytes.length;
    if (used > maxRunBytes)
      return fail(
        "host/state-quota",
        `Cannot store the steps of run "${name.run}": they would have ${used} bytes, at most ${maxRunBytes} are allowed; return less from its tasks`,
        { limit: { limit: maxRunBytes, used, unit: "bytes" } },
      );
    const file = `${prefix}-${String(next).padStart(8, "0")}-${isWhole ? "whole" : "step"}.json`;
    const written = await filesFor(call).write(`${folder}/${file}`, bytes, { kind: "absent" });
    if (!written.ok)
      return written.error.code === "host/note-conflict"
        ? fail("host/state-conflict", `Cannot store the steps of run "${name.run}": it is being executed elsewhere too`)
        : written;
    files.push(file);
    next += 1;
    return succeed(bytes.length);
  };

  // Older files mean nothing beside a whole one: whatever happens while they are removed, it counts.
  const replace = async (call: HostCallContext, record: Value): Promise<Outcome<null>> => {
    const old = files;
    files = [];
    const written = await write(call, record, true);
    if (!written.ok) {
      files = old;
      return written;
    }
    wholeBytes = written.value;
    loose = { bytes: 0, files: 0 };
    for (const file of old) {
      const removed = await filesFor(call).remove(`${folder}/${file}`);
      if (!removed.ok) return removed;
    }
    return succeed(null);
  };

  return {
    kept,
    replace,
    async append(call, record, whole) {
      const isLong = loose.bytes > Math.max(looseBytes, wholeBytes) || loose.files >= looseFiles;
      if (isLong) return replace(call, whole());
      const written = await write(call, record, false);
      if (!written.ok) return written;
      loose = { bytes: loose.bytes + written.value, files: loose.files + 1 };
      return succeed(null);
    },
    async forget(call) {
      if (files.length === 0) return succeed(null);
      const emptied = await replace(call, null);
      if (!emptied.ok) return emptied;
      const [last] = files;
      files = [];
      wholeBytes = 0;
      return last === undefined ? succeed(null) : filesFor(call).remove(`${folder}/${last}`);
    },
  };
}

function readName(name: string, prefix: string): readonly StepFile[] {
  const [, run, number, kind] = /^([0-9a-f]{32})-(\d{8})-(step|whole)\.json$/u.exec(name) ?? [];
  return run === prefix ? [{ name, number: Number(number), isWhole: kind === "whole" }] : [];
}

function formatFile(call: HostCallContext, { workflow, run }: RunName, record: Value): Value {
  return object([
    ["format", "crucible-steps/1"],
    ["owner", call.pluginHome],
    ["workflow", workflow],
    ["run", run],
    ["record", record],
  ]);
}

function readFile(bytes: Uint8Array, call: HostCallContext, { workflow, run }: RunName): Outcome<Value> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail("host/state-invalid", "it is not UTF-8 text");
  }
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const file = parsed.value;
  if (!isObject(file) || file["format"] !== "crucible-steps/1" || file["record"] === undefined)
    return fail("host/state-invalid", "it is not in the format crucible-steps/1");
  if (file["owner"] !== call.pluginHome)
    return fail("host/state-invalid", "it belongs to a plugin of the same name from another place");
  if (file["workflow"] !== workflow || file["run"] !== run)
    return fail("host/state-invalid", "it belongs to another run");
  return succeed(file["record"]);
}

function unreadable(path: string, reason: string): Outcome<never> {
  return fail("host/state-invalid", `Cannot use the stored step "${path}": ${reason}`, {
    hint: "Execute the run with restart, which forgets the steps that were done",
  });
}
