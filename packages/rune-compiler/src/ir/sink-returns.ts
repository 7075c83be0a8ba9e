// Moves a final `return` into the branches that compute its value, so that each path returns where it is decided. That
// saves a variable that joins, and lets inlining see which paths return what.

import type { IrStatement } from "./ir.ts";
import { countStatements } from "./statements.ts";

/** Bodies above this size are left alone, because returns are copied. */
const MAX_STATEMENTS = 400;

/** The same body with returns as deep as they go. */
export function sinkReturns(body: readonly IrStatement[]): readonly IrStatement[] {
  return countStatements(body) > MAX_STATEMENTS ? body : sinkList(body);
}

type Return = IrStatement & { readonly kind: "return" };

function sinkList(list: readonly IrStatement[]): readonly IrStatement[] {
  const last = list[list.length - 1];
  if (last === undefined) return list;
  if (last.kind !== "return") return [...list.slice(0, -1), sinkInto(last)];
  return withReturn(list.slice(0, -1), last);
}

/** Handles statements whose parts return on their own. */
function sinkInto(statement: IrStatement): IrStatement {
  switch (statement.kind) {
    case "if":
      return { ...statement, then: sinkList(statement.then), else: sinkList(statement.else) };
    case "block":
    case "loop":
      return { ...statement, body: sinkList(statement.body) };
    case "assign":
    case "break":
    case "continue":
    case "fail":
    case "return":
    default:
      return statement;
  }
}

/** A list that goes on with a return. */
function withReturn(list: readonly IrStatement[], last: Return): readonly IrStatement[] {
  const previous = list[list.length - 1];
  if (previous === undefined) return [last];
  const before = list.slice(0, -1);
  switch (previous.kind) {
    case "break":
    case "continue":
    case "return":
    case "fail":
      return list;
    case "if":
      return [...before, { ...previous, then: withReturn(previous.then, last), else: withReturn(previous.else, last) }];
    case "block": {
      const body = replaceBreaks(withReturn(previous.body, last), previous.label, last);
      return [...before, { ...previous, body }];
    }
    case "assign": {
      const { operation } = previous;
      if (operation.kind === "copy" && previous.target === last.value && previous.target >= 0) {
        return [...before, { ...last, value: operation.value }];
      }
      return [...list, last];
    }
    case "loop":
      return [...list, last];
  }
}

/** Breaks to a label become returns. */
function replaceBreaks(list: readonly IrStatement[], label: number, last: Return): readonly IrStatement[] {
  const out: IrStatement[] = [];
  for (const statement of list) {
    switch (statement.kind) {
      case "break": {
        if (statement.label !== label) {
          out.push(statement);
          break;
        }
        const before = out[out.length - 1];
        if (before?.kind === "assign" && before.operation.kind === "copy" && before.target === last.value) {
          out.pop();
          out.push({ ...last, value: before.operation.value });
        } else out.push(last);
        break;
      }
      case "if":
        out.push({
          ...statement,
          then: replaceBreaks(statement.then, label, last),
          else: replaceBreaks(statement.else, label, last),
        });
        break;
      case "block":
      case "loop":
        out.push({ ...statement, body: replaceBreaks(statement.body, label, last) });
        break;
      case "assign":
      case "continue":
      case "fail":
      case "return":
      default:
        out.push(statement);
    }
  }
  return out;
}
