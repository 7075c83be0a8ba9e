// How types that sources declare and name stand in the lattice.

import type { TypeId } from "../hir/hir.ts";
import type { IrType, TypeTable } from "./types.ts";
import { isSimpleBuiltin, RANGE_TYPES } from "./types.ts";
import type { World } from "./world.ts";

/** What the rules need to know. */
interface Known {
  readonly types: TypeTable;
  readonly world: World;
}

/** The most general type of values that `is` accepts. */
export function guardType(analysis: Known, type: TypeId, shape: number | null): IrType {
  const { types, world } = analysis;
  const declared = world.type(type);
  switch (declared.builtin) {
    case null:
      return declared.kind === "struct"
        ? types.shape(type, 0, null)
        : shape === null
          ? types.declared(type)
          : types.shape(type, shape, null);
    case "Tuple":
      return types.tuple(null);
    case "Option":
      return types.option(types.any);
    case "Result":
      return types.result(types.any, types.any);
    default: {
      const range = RANGE_TYPES.indexOf(declared.builtin);
      if (range >= 0) return types.range(range, [types.any, types.any]);
      return isSimpleBuiltin(declared.builtin) ? types.simple(declared.builtin) : types.any;
    }
  }
}

/** The declared type of all values of a type, when there is one. */
export function typeIdOf(analysis: Known, type: IrType): TypeId | undefined {
  const { world } = analysis;
  switch (type.kind) {
    case "shape":
    case "declared":
      return type.type;
    case "option":
      return world.builtin("Option");
    case "result":
      return world.builtin("Result");
    case "tuple":
      return world.builtin("Tuple");
    case "closure":
      return world.builtin("Function");
    case "vec":
      return world.builtin("Vec");
    case "range": {
      const name = type.range === null ? undefined : RANGE_TYPES[type.range];
      return name === undefined ? undefined : world.builtin(name);
    }
    case "maybe":
      return undefined;
    case "simple":
      if (type.name === "any" || type.name === "never" || type.name === "end") return undefined;
      // The unit is the empty tuple.
      return world.builtin(type.name === "unit" ? "Tuple" : type.name);
  }
}

/** Whether a value of the type might be anything. */
export function isOpen(types: TypeTable, value: IrType): boolean {
  return value === types.any || value.kind === "maybe";
}

/** Anything, unless there is no value. */
export function orNever(types: TypeTable, value: IrType): IrType {
  return value === types.never ? types.never : types.any;
}
