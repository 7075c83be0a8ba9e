// References inside of inputs: `${task.key[0]}` stands for a part of what a task returned. A text that is nothing but one
// reference becomes the value itself; inside longer text the value is written out. `$${` is a plain `${`.
import type { Outcome, Value } from "@crucible/sandbox";
import { fail, formatJson, isObject, kindOf, object, succeed } from "@crucible/sandbox";

interface Reference {
  readonly task: string;
  readonly path: readonly (string | number)[];
}

type Part = string | Reference | { readonly fault: string };

/** The inputs of the whole workflow are referred to as if a task of this name had returned them. */
export const inputsName = "inputs";

/** Names of the tasks that a value refers to, in order of appearance; and what is wrong with its references. */
export function findReferences(value: Value): {
  readonly tasks: readonly string[];
  readonly faults: readonly string[];
} {
  const tasks = new Set<string>();
  const faults: string[] = [];
  const visit = (each: Value): void => {
    if (typeof each === "string") {
      for (const part of parseTemplate(each)) {
        if (typeof part === "string") continue;
        if ("fault" in part) faults.push(part.fault);
        else tasks.add(part.task);
      }
    } else if (Array.isArray(each)) each.forEach(visit);
    else if (isObject(each)) Object.values(each).forEach(visit);
  };
  visit(value);
  return { tasks: [...tasks], faults };
}

/** Replaces references by values. Fails with `host/invalid-argument` where there is no such part. */
export function resolveReferences(value: Value, outputOf: (task: string) => Value): Outcome<Value> {
  if (typeof value === "string") return resolveText(value, outputOf);
  if (Array.isArray(value)) {
    const resolved: Value[] = [];
    for (const each of value as readonly Value[]) {
      const outcome = resolveReferences(each, outputOf);
      if (!outcome.ok) return outcome;
      resolved.push(outcome.value);
    }
    return succeed(resolved);
  }
  if (!isObject(value)) return succeed(value);
  const entries: [string, Value][] = [];
  for (const [key, each] of Object.entries(value)) {
    const outcome = resolveReferences(each, outputOf);
    if (!outcome.ok) return outcome;
    entries.push([key, outcome.value]);
  }
  return succeed(object(entries));
}

function resolveText(text: string, outputOf: (task: string) => Value): Outcome<Value> {
  const parts = parseTemplate(text);
  let written = "";
  for (const part of parts) {
    if (typeof part === "string") {
      written += part;
      continue;
    }
    if ("fault" in part) return fail("host/invalid-argument", part.fault);
    const value = follow(part, outputOf(part.task));
    if (!value.ok) return value;
    if (parts.length === 1) return value;
    written += typeof value.value === "string" ? value.value : formatJson(value.value);
  }
  return succeed(written);
}

// What was not produced (an optional task failed) has no parts either: all of them are null.
function follow({ task, path }: Reference, output: Value): Outcome<Value> {
  let value = output;
  let place = task;
  for (const step of path) {
    if (value === null) return succeed(null);
    place += typeof step === "number" ? `[${step}]` : `.${step}`;
    const next =
      typeof step === "number"
        ? Array.isArray(value)
          ? (value as readonly Value[])[step]
          : undefined
        : isObject(value) && Object.hasOwn(value, step)
          ? value[step]
          : undefined;
    if (next === undefined)
      return fail(
        "host/invalid-argument",
        `Cannot resolve "\${${place}}": the ${kindOf(value)} before it has no such part`,
      );
    value = next;
  }
  return succeed(value);
}

function parseTemplate(text: string): readonly Part[] {
  if (!text.includes("${")) return [text];
  const parts: Part[] = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    if (text.startsWith("$${", at)) {
      plain += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const end = text.indexOf("}", at);
      if (end < 0) return [{ fault: `Cannot read "${text.slice(at, at + 40)}": the reference has no closing brace` }];
      if (plain !== "") parts.push(plain);
      plain = "";
      parts.push(parseReference(text.slice(at + 2, end)));
      at = end + 1;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain !== "" || parts.length === 0) parts.push(plain);
  return parts;
}

function parseReference(source: string): Part {
  const matched = /^\s*([A-Za-z_][A-Za-z0-9_-]*)((?:\.[A-Za-z_][A-Za-z0-9_-]*|\[\d{1,9}\])*)\s*$/u.exec(source);
  const [, task, rest = ""] = matched ?? [];
  if (task === undefined) return { fault: `Cannot read "\${${source}}": a reference is a task, then .key or [0]` };
  const path = [...rest.matchAll(/\.([A-Za-z0-9_-]+)|\[(\d+)\]/gu)].map(([, key, index]) => key ?? Number(index));
  return { task, path };
}
