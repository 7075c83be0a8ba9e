// A module as the tree that guests see: functions whose names have a dot stand in nested tables.
import type { HostFunctionDeclaration, HostModuleDeclaration } from "@crucible/sandbox";

/** A module or a table within it. */
export interface ModuleTable {
  /** Names from the module on: `["crucible", "state"]`. */
  readonly path: readonly string[];
  readonly functions: readonly NamedFunction[];
  readonly tables: readonly ModuleTable[];
}

export interface NamedFunction {
  /** Last part of the name. */
  readonly name: string;
  readonly declaration: HostFunctionDeclaration;
}

/** Arranges the functions of a module; tables and functions keep the order of the declaration. */
export function moduleTable(module: HostModuleDeclaration): ModuleTable {
  return tableOf(
    [module.name],
    module.functions.map((declaration) => ({ parts: declaration.name.split("."), declaration })),
  );
}

/** All tables of a tree, outermost first. */
export function allTables(table: ModuleTable): readonly ModuleTable[] {
  return [table, ...table.tables.flatMap(allTables)];
}

function tableOf(
  path: readonly string[],
  entries: readonly { readonly parts: readonly string[]; readonly declaration: HostFunctionDeclaration }[],
): ModuleTable {
  const functions = entries.flatMap(({ parts, declaration }) =>
    parts.length === 1 ? [{ name: parts[0] ?? "", declaration }] : [],
  );
  const names = new Set(entries.flatMap(({ parts }) => (parts.length > 1 ? [parts[0] ?? ""] : [])));
  const tables = [...names].map((name) => {
    const inside = entries.filter(({ parts }) => parts.length > 1 && parts[0] === name);
    return tableOf(
      [...path, name],
      inside.map(({ parts, declaration }) => ({ parts: parts.slice(1), declaration })),
    );
  });
  return { path, functions, tables };
}
