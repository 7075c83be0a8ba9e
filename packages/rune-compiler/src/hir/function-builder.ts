// Builds one function: its locals, the statement list that is being filled, the variables in scope, the loops around,
// and what it captures. It knows nothing of syntax beyond names.

import type { Viewpoint } from "../resolve/resolve-path.ts";
import type { Span } from "../syntax/span.ts";
import type { Destination, ProgramContext } from "./context.ts";
import { UNIT } from "./context.ts";
import type { HirAtom, HirLocal, HirOperation, HirStatement, LabelId, LocalId } from "./hir.ts";

/** A variable of the source in scope. */
export interface Variable {
  readonly name: string;
  readonly local: LocalId;
  /** Where a `move` closure or block took it. */
  moved: Span | null;
}

/** A loop or labelled block around the current place. */
export interface Target {
  readonly kind: "loop" | "while" | "for" | "block";
  /** Label in the source. */
  readonly name: string | null;
  /** What `break` leaves and `continue` restarts. */
  readonly label: LabelId;
  /** Where the value of `break` goes. */
  readonly destination: Destination;
  /** Set when a `break` that can be reached leaves it. */
  left: boolean;
}

/** An operand and where it was read, to copy it there if a later operand assigns the variable. */
interface ReadMark {
  readonly list: HirStatement[];
  readonly at: number;
  readonly version: number;
}

/** What a function's body may contain. */
export interface FunctionKind {
  readonly isAsync: boolean;
  readonly isConst: boolean;
}

/** State of one function being lowered. */
export class FunctionBuilder {
  readonly context: ProgramContext;
  readonly path: string;
  readonly kind: FunctionKind;
  /** The function around a closure. */
  readonly outer: FunctionBuilder | null;
  readonly locals: HirLocal[] = [];
  readonly captures: LocalId[] = [];
  /** Locals of the function around, one for each capture. */
  readonly captured: LocalId[] = [];
  view: Viewpoint;
  targets: Target[] = [];
  /** Features in the body that cannot be compiled yet. */
  readonly unsupported: { readonly feature: string; readonly span: Span }[] = [];
  /** False behind a statement that never completes. */
  reachable = true;
  /** How deep expressions are nested, macros included. */
  depth = 0;
  macroDepth = 0;
  #list: HirStatement[] = [];
  #labels = 0;
  readonly #scopes: Map<string, Variable>[] = [new Map<string, Variable>()];
  /** How often each local was assigned so far. */
  readonly #versions: number[] = [];

  constructor(
    context: ProgramContext,
    path: string,
    kind: FunctionKind,
    view: Viewpoint,
    outer: FunctionBuilder | null,
  ) {
    this.context = context;
    this.path = path;
    this.kind = kind;
    this.view = view;
    this.outer = outer;
  }

  /** A new local; null names a temporary. */
  local(name: string | null): LocalId {
    this.locals.push({ name });
    this.#versions.push(0);
    return this.locals.length - 1;
  }

  label(): LabelId {
    this.#labels += 1;
    return this.#labels - 1;
  }

  // -------------------------------------------------------------- statements

  /** The statements so far. */
  statements(): readonly HirStatement[] {
    return this.#list;
  }

  /** Adds a statement, unless it can never run. */
  emit(statement: HirStatement): void {
    if (!this.reachable) return;
    this.#list.push(statement);
    if (statement.kind === "assign" && statement.target !== null) this.#touch(statement.target);
    if (statement.kind === "for") this.#touch(statement.item);
    if (LEAVING.has(statement.kind)) this.reachable = false;
  }

  /** Runs `fill` with a list of its own; gives the list, and whether its end is reached. */
  collect(fill: () => void): { readonly body: readonly HirStatement[]; readonly completes: boolean } {
    const list = this.#list;
    const reachable = this.reachable;
    const body: HirStatement[] = [];
    this.#list = body;
    try {
      fill();
      return { body, completes: this.reachable };
    } finally {
      this.#list = list;
      this.reachable = reachable;
    }
  }

  /** Adds an operation whose result goes to the destination. */
  finish(operation: HirOperation, destination: Destination, span: Span): HirAtom {
    if (destination.kind === "discard") {
      this.emit({ kind: "assign", target: null, operation, span });
      return UNIT;
    }
    const target = destination.kind === "local" ? destination.local : this.local(null);
    this.emit({ kind: "assign", target, operation, span });
    return { kind: "local", local: target };
  }

  /** Brings an atom to the destination. */
  deliver(atom: HirAtom, destination: Destination, span: Span): HirAtom {
    if (destination.kind !== "local") return atom;
    if (atom.kind === "local" && atom.local === destination.local) return atom;
    this.emit({ kind: "assign", target: destination.local, operation: { kind: "copy", value: atom }, span });
    return { kind: "local", local: destination.local };
  }

  /** A place for a value that several arms give: the destination, or a fresh local where a value is wanted. */
  join(destination: Destination): Destination {
    return destination.kind === "value" ? { kind: "local", local: this.local(null) } : destination;
  }

  /** The atom that reads what arms brought to a joined destination. */
  joined(destination: Destination): HirAtom {
    return destination.kind === "local" ? { kind: "local", local: destination.local } : UNIT;
  }

  // -------------------------------------------------------------- operands

  /**
   * Lowers operands left to right, by value: a variable that a later operand assigns is copied before that.
   */
  operands<Operand>(list: readonly Operand[], lower: (operand: Operand) => HirAtom): HirAtom[] {
    const atoms: HirAtom[] = [];
    const marks: (ReadMark | null)[] = [];
    for (const operand of list) {
      const atom = lower(operand);
      atoms.push(atom);
      marks.push(this.#mark(atom));
    }
    for (let index = list.length - 2; index >= 0; index -= 1) {
      const atom = atoms[index];
      if (atom !== undefined) atoms[index] = this.#settle(atom, marks[index] ?? null);
    }
    return atoms;
  }

  /** An atom that keeps its value whatever is assigned later: a variable is copied. */
  stable(atom: HirAtom, span: Span): HirAtom {
    if (atom.kind !== "local" || (this.locals[atom.local]?.name ?? null) === null) return atom;
    return this.finish({ kind: "copy", value: atom }, { kind: "value" }, span);
  }

  #mark(atom: HirAtom): ReadMark | null {
    if (atom.kind !== "local" || (this.locals[atom.local]?.name ?? null) === null) return null;
    return { list: this.#list, at: this.#list.length, version: this.#versions[atom.local] ?? 0 };
  }

  #settle(atom: HirAtom, mark: ReadMark | null): HirAtom {
    if (mark === null || atom.kind !== "local" || this.#versions[atom.local] === mark.version) return atom;
    const copy = this.local(null);
    const span = mark.list[mark.at]?.span ?? { source: 0, start: 0, end: 0 };
    mark.list.splice(mark.at, 0, { kind: "assign", target: copy, operation: { kind: "copy", value: atom }, span });
    return { kind: "local", local: copy };
  }

  #touch(local: LocalId): void {
    this.#versions[local] = (this.#versions[local] ?? 0) + 1;
  }

  // -------------------------------------------------------------- variables

  /** Runs `body` in a scope of its own. */
  scoped<Result>(body: () => Result): Result {
    this.#scopes.push(new Map());
    try {
      return body();
    } finally {
      this.#scopes.pop();
    }
  }

  /** Declares a variable; an older one of the name is hidden. */
  declare(name: string): LocalId {
    const local = this.local(name);
    this.#scopes.at(-1)?.set(name, { name, local, moved: null });
    return local;
  }

  /** Declares a name for a local that exists. */
  bind(name: string, local: LocalId): void {
    this.#scopes.at(-1)?.set(name, { name, local, moved: null });
  }

  /** The variable of a name; one of a function around becomes a capture. */
  variable(name: string): Variable | null {
    for (let index = this.#scopes.length - 1; index >= 0; index -= 1) {
      const found = this.#scopes[index]?.get(name);
      if (found !== undefined) return found;
    }
    const outer = this.outer?.variable(name) ?? null;
    if (outer === null) return null;
    const variable = { name, local: this.local(name), moved: outer.moved };
    this.captures.push(variable.local);
    this.captured.push(outer.local);
    this.#scopes[0]?.set(name, variable);
    return variable;
  }

  /** Names of the variables in scope, innermost first. */
  *names(): Generator<string> {
    for (const scope of this.#scopes.toReversed()) yield* scope.keys();
    if (this.outer !== null) yield* this.outer.names();
  }

  /** Marks the variables that hold these locals as taken by a `move` closure. */
  move(locals: readonly LocalId[], span: Span): void {
    for (const scope of this.#scopes) {
      for (const variable of scope.values()) if (locals.includes(variable.local)) variable.moved = span;
    }
  }
}

const LEAVING: ReadonlySet<HirStatement["kind"]> = new Set(["break", "continue", "return", "fail"]);
