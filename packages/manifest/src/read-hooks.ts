// Reads which events the actions of a plugin handle.
import type { FieldContext } from "./field-context.ts";
import { itemsAt, textAt, valueMark } from "./field-context.ts";
import type { DeclaredAction, DeclaredHook, HookEvent } from "./manifest.ts";
import { hookEvents } from "./manifest.ts";
import { suggest } from "./suggest.ts";

/** Priority of a hook that names none. */
const defaultPriority = 100;

export function readHooks(
  { root, collector }: FieldContext,
  actions: readonly DeclaredAction[],
): readonly DeclaredHook[] {
  const hooks: DeclaredHook[] = [];
  for (const [index, item] of itemsAt(root, "hooks").entries()) {
    if (item.kind !== "map") continue;
    const field = `hooks[${index}]`;
    const event = textAt(item, "event");
    if (event === undefined) continue;
    if (!isHookEvent(event)) {
      collector.report(
        {
          code: "manifest/invalid-value",
          message: `Cannot handle the event "${event}": there is no such event`,
          field: `${field}.event`,
          suggestion: suggest(event, hookEvents),
          hint: `Events are ${hookEvents.join(", ")}`,
        },
        valueMark(item, "event"),
      );
      continue;
    }
    const action = textAt(item, "action") ?? "main";
    if (!actions.some(({ name }) => name === action)) {
      collector.report(
        {
          code: "manifest/unknown-action",
          message: `Cannot handle "${event}" with "${action}": the manifest declares no such action`,
          field: `${field}.action`,
          suggestion: suggest(
            action,
            actions.map(({ name }) => name),
          ),
          hint: `Add ${action}: to actions:, or name one of ${actions.map(({ name }) => name).join(", ")}`,
        },
        valueMark(item, "action"),
      );
      continue;
    }
    const priority = item.entries.get("priority")?.node;
    hooks.push({
      event,
      pattern: textAt(item, "pattern") ?? "*",
      action,
      priority: priority?.kind === "scalar" && typeof priority.value === "number" ? priority.value : defaultPriority,
    });
  }
  return hooks;
}

function isHookEvent(text: string): text is HookEvent {
  return (hookEvents as readonly string[]).includes(text);
}
