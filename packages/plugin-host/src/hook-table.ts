// Who handles which event: derived from one registry, so that a handler belongs to a generation and is gone with it.
import type { DeclaredHook, HookEvent } from "@crucible/manifest";
import type { FoundPlugin } from "./discover.ts";
import type { Registry } from "./registry.ts";
import { qualifiedName } from "./registry.ts";

/** One subscription, stamped with its owner. */
export interface HookHandler {
  readonly plugin: FoundPlugin;
  readonly hook: DeclaredHook;
  /** The registry's generation that it belongs to. */
  readonly generation: number;
}

/** Handlers of the active plugins by event, lowest priority first; equal ones by name, then in the manifest's order. */
export type HookTable = ReadonlyMap<HookEvent, readonly HookHandler[]>;

const tables = new WeakMap<Registry, HookTable>();

/** The table of a registry, made once. */
export function hookTable(registry: Registry): HookTable {
  const known = tables.get(registry);
  if (known !== undefined) return known;
  const table = new Map<HookEvent, HookHandler[]>();
  for (const plugin of registry.active) {
    for (const hook of plugin.manifest.hooks) {
      const handlers = table.get(hook.event) ?? [];
      handlers.push({ plugin, hook, generation: registry.generation });
      table.set(hook.event, handlers);
    }
  }
  for (const handlers of table.values()) handlers.sort(compareHandlers);
  tables.set(registry, table);
  return table;
}

/** The handlers of an event whose pattern fits, in their order. */
export function handlersOf(registry: Registry, event: HookEvent, identifier: string): readonly HookHandler[] {
  return (hookTable(registry).get(event) ?? []).filter(({ hook }) => matchesPattern(hook.pattern, identifier));
}

/** Whether an identifier matches a pattern: `*` stands for any text, `?` for one character. Time: their product at most. */
export function matchesPattern(pattern: string, identifier: string): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < identifier.length) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = at++;
      resume = position;
    } else if (wanted === "?" || wanted === identifier[position]) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resume;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

function compareHandlers(a: HookHandler, b: HookHandler): number {
  const [first, second] = [qualifiedName(a.plugin), qualifiedName(b.plugin)];
  return a.hook.priority - b.hook.priority || (first < second ? -1 : first > second ? 1 : 0);
}
