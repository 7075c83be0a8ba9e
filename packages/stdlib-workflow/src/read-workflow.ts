// Reads a definition as plain data into a workflow, or tells everything that is wrong with it, in a fixed order.
import type { HostModuleDeclaration, Value, ValueObject } from "@crucible/sandbox";
import { Float, formatJson, isObject, object } from "@crucible/sandbox";
import { suggest } from "@crucible/manifest";
import { orderTasks } from "./order-tasks.ts";
import { readHostTask } from "./read-host-task.ts";
import { findReferences, inputsName } from "./references.ts";
import { noRetry } from "./retry-delay.ts";
import { field, type Finding, type Importance, type RetryPolicy, type Task, type Workflow } from "./workflow.ts";

export type WorkflowResult =
  | { readonly ok: true; readonly workflow: Workflow }
  | { readonly ok: false; readonly findings: readonly Finding[] };

const maxTasks = 10_000;
/** Of all tasks together. */
const maxNeeds = 100_000;
const maxMs = 7 * 24 * 3600 * 1000;
const workflowFields = ["name", "description", "tasks", "max_concurrency", "timeout_ms"];
const taskFields = [
  "name",
  "description",
  "type",
  "run",
  "needs",
  "inputs",
  "when",
  "retry",
  "timeout_ms",
  "critical",
  "optional",
];
const retryFields = ["max", "backoff", "delay_ms", "factor", "max_delay_ms", "jitter"];

/**
 * Reads a definition. `tasks` is an object by name (then declared in the order of their names) or a list whose tasks have
 * a `name`. Never throws, whatever the value.
 *
 * @param modules whose functions can be tasks (`type: crucible.read_note`); other types are actions of plugins
 */
export function readWorkflow(definition: Value, modules: readonly HostModuleDeclaration[] = []): WorkflowResult {
  const findings: Finding[] = [];
  const report: Report = (code, message, tasks = []) => void findings.push({ code, message, tasks });
  if (!isObject(definition)) {
    report("invalid-field", "Cannot read the workflow: it is not an object");
    return { ok: false, findings };
  }
  const owner: Owner = { source: definition, subject: "the workflow", tasks: [], report };
  checkFields(owner, workflowFields);
  const name = field(definition, "name") ?? "workflow";
  if (typeof name !== "string" || !/^[^\s/][^/\n]{0,99}$/u.test(name))
    report(
      "invalid-field",
      `Cannot use the name ${formatJson(name)}: it is 1 to 100 characters on one line without "/"`,
    );
  const maxConcurrency = readInteger(owner, "max_concurrency", 1, 1024);
  const timeoutMs = readInteger(owner, "timeout_ms", 1, maxMs);
  const drafts = readTasks(field(definition, "tasks"), modules, report);
  const tasks = connect(drafts, report);
  if (findings.length > 0) return { ok: false, findings };
  const workflow = {
    name: typeof name === "string" ? name : "workflow",
    tasks,
    maxConcurrency,
    timeoutMs,
    fingerprint: fingerprint(formatJson(definition)),
  };
  return { ok: true, workflow };
}

/** Whose fields are read, and who is told what is wrong with them. */
interface Owner {
  readonly source: ValueObject;
  readonly subject: string;
  readonly tasks: readonly string[];
  readonly report: Report;
}

type Report = (code: Finding["code"], message: string, tasks?: readonly string[]) => void;

interface Draft extends Task {
  /** As written, without what references add. */
  readonly needs: readonly string[];
  readonly references: readonly string[];
}

function readTasks(
  tasks: Value | undefined,
  modules: readonly HostModuleDeclaration[],
  report: Report,
): readonly Draft[] {
  const named: (readonly [Value | undefined, Value])[] = [];
  if (Array.isArray(tasks)) {
    for (const task of tasks as readonly Value[]) named.push([isObject(task) ? field(task, "name") : undefined, task]);
  } else if (tasks !== undefined && isObject(tasks)) {
    for (const key of Object.keys(tasks).sort()) named.push([key, tasks[key] ?? null]);
  } else {
    report("invalid-field", "Cannot read the workflow: its tasks are neither an object nor a list");
  }
  if (named.length > maxTasks) {
    report("invalid-field", `Cannot read the workflow: it has ${named.length} tasks, at most ${maxTasks} are allowed`);
    return [];
  }
  const drafts: Draft[] = [];
  const seen = new Set<string>();
  for (const [name, task] of named) {
    if (typeof name !== "string" || !/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/u.test(name) || name === inputsName) {
      report(
        "invalid-field",
        `Cannot use the task name ${formatJson(name ?? null)}: it is letters, digits, "_" and "-", not a digit first, and not "${inputsName}"`,
      );
    } else if (seen.has(name)) {
      report("duplicate-task", `Cannot add task "${name}": there is one of this name`, [name]);
    } else if (!isObject(task)) {
      report("invalid-field", `Cannot read task "${name}": it is not an object`, [name]);
    } else {
      seen.add(name);
      drafts.push(readTask(name, task, modules, report));
    }
  }
  return drafts;
}

function readTask(name: string, source: ValueObject, modules: readonly HostModuleDeclaration[], report: Report): Draft {
  const subject = `task "${name}"`;
  const tasks = [name];
  const invalid = (message: string): void => report("invalid-field", `Cannot read ${subject}: ${message}`, tasks);
  const owner: Owner = { source, subject, tasks, report };
  checkFields(owner, taskFields);
  if (field(source, "name") !== undefined && field(source, "name") !== name) invalid("its name is not its key");
  const action = field(source, "type");
  const inputs = field(source, "inputs") ?? object([]);
  if (!isObject(inputs)) invalid("its inputs are not an object");
  const onHost = typeof action === "string" ? readHostTask(action, inputs, modules) : undefined;
  if (onHost?.ok === false)
    for (const { code, fault } of onHost.faults) report(code, `Cannot read ${subject}: ${fault}`, tasks);
  if (
    action !== undefined &&
    onHost === undefined &&
    (typeof action !== "string" || !/^([^\s./@]+\/)?[^\s./@]+\.[A-Za-z_]\w*(@[^\s]+)?$/u.test(action))
  )
    invalid(
      `its type ${formatJson(action)} does not name an action, as "namespace/plugin.action", "plugin.action" or "crucible.read_note"`,
    );
  const isFunction = field(source, "run") === true;
  if (field(source, "run") !== undefined && !isFunction) invalid("run is not a function");
  if (isFunction === (action !== undefined))
    report(
      "no-work",
      `Cannot read ${subject}: it has ${isFunction ? "both a function and an action" : "neither a function (run) nor an action (type)"}`,
      tasks,
    );
  const when = field(source, "when");
  if (when !== undefined && typeof when !== "string") invalid('when is not a reference such as "${check.found}"');
  const found = findReferences([inputs, when ?? null]);
  for (const fault of found.faults) report("unknown-reference", fault, tasks);
  if (typeof when === "string" && findReferences(when).tasks.length === 0 && found.faults.length === 0)
    invalid("when refers to no task");
  const [critical, optional] = ["critical", "optional"].map((key) => {
    const value = field(source, key) ?? false;
    if (typeof value !== "boolean") invalid(`${key} is neither true nor false`);
    return value === true;
  });
  if (critical === true && optional === true) invalid("it is both critical and optional");
  const importance: Importance = critical === true ? "critical" : optional === true ? "optional" : "normal";
  return {
    name,
    action: typeof action === "string" ? action : undefined,
    hostFunction: onHost?.ok === true ? onHost.target : undefined,
    needs: readNeeds(field(source, "needs"), invalid),
    references: found.tasks.filter((task) => task !== inputsName),
    inputs: isObject(inputs) ? inputs : object([]),
    when: typeof when === "string" ? when : undefined,
    retry: readRetry(field(source, "retry"), subject, tasks, report),
    timeoutMs: readInteger(owner, "timeout_ms", 1, maxMs),
    importance,
  };
}

// An empty list of a language that has one kind of table may arrive as an empty object.
function readNeeds(needs: Value | undefined, invalid: (message: string) => void): readonly string[] {
  if (needs === undefined || (isObject(needs) && Object.keys(needs).length === 0)) return [];
  const names = typeof needs === "string" ? [needs] : needs;
  if (!Array.isArray(names) || !(names as readonly Value[]).every((name) => typeof name === "string")) {
    invalid("needs is not a list of task names");
    return [];
  }
  return [...new Set(names as readonly string[])];
}

function readRetry(retry: Value | undefined, subject: string, tasks: readonly string[], report: Report): RetryPolicy {
  if (retry === undefined) return noRetry;
  const whole = `the retry of ${subject}`;
  if (!isObject(retry)) {
    report("invalid-field", `Cannot read ${whole}: it is not an object`, tasks);
    return noRetry;
  }
  const owner: Owner = { source: retry, subject: whole, tasks, report };
  checkFields(owner, retryFields);
  const backoff = field(retry, "backoff") ?? "exponential";
  if (backoff !== "exponential" && backoff !== "fixed")
    report("invalid-field", `Cannot read ${whole}: backoff is neither "exponential" nor "fixed"`, tasks);
  return {
    max: readInteger(owner, "max", 0, 100) ?? 3,
    delayMs: readInteger(owner, "delay_ms", 0, maxMs) ?? noRetry.delayMs,
    factor: backoff === "fixed" ? 1 : (readNumber(owner, "factor", 1, 100) ?? noRetry.factor),
    maxDelayMs: readInteger(owner, "max_delay_ms", 0, maxMs) ?? noRetry.maxDelayMs,
    jitter: readNumber(owner, "jitter", 0, 1) ?? noRetry.jitter,
  };
}

// Adds what references need, looks for what does not exist and for cycles, and puts the tasks in order.
function connect(drafts: readonly Draft[], report: Report): readonly Task[] {
  const count = drafts.reduce((sum, draft) => sum + draft.needs.length + draft.references.length, 0);
  if (count > maxNeeds) {
    report("invalid-field", `Cannot read the workflow: its tasks have ${count} needs, at most ${maxNeeds} are allowed`);
    return [];
  }
  const places = new Map(drafts.map(({ name }, place) => [name, place]));
  const needs = drafts.map((draft) => {
    const known: number[] = [];
    for (const name of new Set([...draft.needs, ...draft.references])) {
      const place = places.get(name);
      if (place !== undefined) known.push(place);
      else if (draft.needs.includes(name))
        report("unknown-dependency", `Cannot order task "${draft.name}": it needs "${name}", which does not exist`, [
          draft.name,
        ]);
      else
        report("unknown-reference", `Cannot resolve "\${${name}}" in task "${draft.name}": there is no such task`, [
          draft.name,
        ]);
    }
    return known.sort((a, b) => a - b);
  });
  const { order, cycles } = orderTasks(needs);
  for (const cycle of cycles) {
    const names = [...cycle, ...cycle.slice(0, 1)].map((place) => drafts[place]?.name ?? "");
    report("cycle", `Cannot order the tasks: they wait for each other: ${names.join(" → ")}`, names);
  }
  return order.flatMap((place) => {
    const draft = drafts[place];
    if (draft === undefined) return [];
    const { references: _, ...task } = draft;
    return [{ ...task, needs: (needs[place] ?? []).flatMap((other) => drafts[other]?.name ?? []) }];
  });
}

function checkFields({ source, subject, tasks, report }: Owner, known: readonly string[]): void {
  for (const key of Object.keys(source)) {
    if (known.includes(key)) continue;
    const near = suggest(key, known);
    const remedy = near === undefined ? `only ${known.join(", ")}` : `did you mean "${near}"?`;
    report("unknown-field", `Cannot read ${subject}: there is no field "${key}", ${remedy}`, tasks);
  }
}

function readInteger(owner: Owner, key: string, low: number, high: number): number | undefined {
  const value = readNumber(owner, key, low, high);
  if (value === undefined || Number.isInteger(value)) return value;
  owner.report("invalid-field", `Cannot read ${owner.subject}: ${key} is not an integer`, owner.tasks);
  return undefined;
}

function readNumber(
  { source, subject, tasks, report }: Owner,
  key: string,
  low: number,
  high: number,
): number | undefined {
  const value = field(source, key);
  if (value === undefined) return undefined;
  const number = value instanceof Float ? value.value : value;
  if (typeof number === "number" && number >= low && number <= high) return number;
  report(
    "invalid-field",
    `Cannot read ${subject}: ${key} is ${formatJson(value)}, not a number from ${low} to ${high}`,
    tasks,
  );
  return undefined;
}

// FNV-1a twice, with different starts.
function fingerprint(text: string): string {
  let [a, b] = [0x811c9dc5, 0x9dc5811c];
  for (let index = 0; index < text.length; index += 1) {
    a = Math.imul(a ^ text.charCodeAt(index), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(index), 0x01000193);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
