// The productions of lowering in one table, which each compilation is given.

import type { Productions } from "./context.ts";
import { lowerCompoundAssign } from "./lower-assign.ts";
import { lowerBlock } from "./lower-block.ts";
import { lowerExpression, variableAt } from "./lower-expression.ts";
import { lowerAsyncBlock, lowerClosure, lowerConstBlock } from "./lower-function.ts";
import { lowerMacro } from "./lower-macro.ts";
import { lowerPattern } from "./lower-pattern.ts";

export const PRODUCTIONS: Productions = {
  expression: lowerExpression,
  block: lowerBlock,
  pattern: lowerPattern,
  closure: lowerClosure,
  constBlock: lowerConstBlock,
  asyncBlock: lowerAsyncBlock,
  compound: lowerCompoundAssign,
  macro: lowerMacro,
  variable: (builder, expression) => variableAt(builder, expression)?.local ?? null,
};
