// The closed world that inference and code generation see: the library and one program, by identifier and by name.
// Nothing in it changes while a program is compiled, except that library functions are decoded when first asked for.

import type { FunctionId, HirType, StaticId, TypeId } from "../hir/hir.ts";
import type { IrFunction, IrStatement } from "./ir.ts";
import { someStatement } from "./statements.ts";

/** A function that answers a method call on values of a type. */
export interface Method {
  readonly type: TypeId;
  readonly function: FunctionId;
}

/** The functions that answer to one name. */
export interface MethodTable {
  readonly byType: ReadonlyMap<TypeId, FunctionId>;
  /** Each function with the types that it answers for, in order of declaration. */
  readonly functions: ReadonlyMap<FunctionId, readonly TypeId[]>;
}

function tableOf(methods: readonly Method[]): MethodTable {
  const byType = new Map<TypeId, FunctionId>();
  const functions = new Map<FunctionId, TypeId[]>();
  for (const { type, function: id } of methods) {
    if (!byType.has(type)) byType.set(type, id);
    const types = functions.get(id);
    if (types === undefined) functions.set(id, [type]);
    else types.push(type);
  }
  return { byType, functions };
}

/** The library's part of a world; it is the same for every program. */
export interface Library {
  readonly functionCount: number;
  readonly types: readonly HirType[];
  readonly staticPaths: readonly string[];
  readonly methods: ReadonlyMap<string, readonly Method[]>;
  /** Decodes a function; called once for each. */
  readonly load: (id: FunctionId) => IrFunction;
}

/** The program's part of a world. */
export interface ProgramPart {
  readonly functions: readonly IrFunction[];
  readonly types: readonly HirType[];
  readonly staticPaths: readonly string[];
}

/** Names and items of a library and a program together. */
export class World {
  private readonly library: Library;
  private readonly program: ProgramPart;
  private readonly loaded = new Map<FunctionId, IrFunction>();
  private readonly methodTables = new Map<string, MethodTable>();
  private readonly protocolTables = new Map<string, MethodTable>();
  private readonly own = new Map<string, Method[]>();
  private readonly builtins = new Map<string, TypeId>();
  private readonly constructors = new Map<string, IrFunction>();
  private readonly synthetic: IrFunction[] = [];
  private owners: Map<string, (readonly [TypeId, number, number])[]> | null = null;
  readonly types: readonly HirType[];
  readonly staticPaths: readonly string[];

  constructor(library: Library, program: ProgramPart) {
    this.library = library;
    this.program = program;
    this.types = [...library.types, ...program.types];
    this.staticPaths = [...library.staticPaths, ...program.staticPaths];
    library.types.forEach((type, id) => {
      if (type.builtin !== null) this.builtins.set(type.builtin, id);
    });
    for (const fn of program.functions) {
      if (fn.method === null) continue;
      const methods = this.own.get(fn.method.name) ?? [];
      methods.push({ type: fn.method.type, function: fn.id });
      this.own.set(fn.method.name, methods);
    }
  }

  /** The function with an identifier; program and library alike. */
  function(id: FunctionId): IrFunction {
    // Never ask an array for a negative element: engines look for it as for a named property, slowly.
    const place = id - this.library.functionCount;
    if (place >= 0) {
      const own = this.program.functions[place] ?? this.synthetic[place - this.program.functions.length];
      if (own !== undefined) return own;
    }
    const known = this.loaded.get(id);
    if (known !== undefined) return known;
    const loaded = this.library.load(id);
    this.loaded.set(id, loaded);
    return loaded;
  }

  type(id: TypeId): HirType {
    const type = this.types[id];
    if (type === undefined) throw new RangeError(`no type ${id}`);
    return type;
  }

  /** Position of a field in a shape; −1 when it has none of that name. */
  fieldIndex(id: TypeId, shape: number, field: string): number {
    return this.type(id).shapes[shape]?.fields.indexOf(field) ?? -1;
  }

  /** How values of a type are shown: by the whole path where the program declares it, by the name where the library does. */
  shownName(id: TypeId): string {
    const type = this.type(id);
    return this.isLibraryType(id) ? type.name : type.path;
  }

  isLibraryType(id: TypeId): boolean {
    return id < this.library.types.length;
  }

  /** The library type that stands for a runtime type. */
  builtin(name: string): TypeId | undefined {
    return this.builtins.get(name);
  }

  /** What answers to a name; `protocol` leaves out the methods of the program. */
  methods(name: string, protocol: boolean): MethodTable {
    const tables = protocol ? this.protocolTables : this.methodTables;
    let table = tables.get(name);
    if (table === undefined) {
      const own = protocol ? [] : (this.own.get(name) ?? []);
      table = tableOf([...(this.library.methods.get(name) ?? []), ...own]);
      tables.set(name, table);
    }
    return table;
  }

  /** A function that constructs a struct or variant from its arguments: what a constructor is as a value. */
  constructorFunction(type: TypeId, shape: number): IrFunction {
    const key = `${type}.${shape}`;
    const known = this.constructors.get(key);
    if (known !== undefined) return known;
    const declared = this.type(type);
    const fields = declared.shapes[shape]?.fields ?? [];
    const place = { source: declared.span.source, start: declared.span.start, end: declared.span.end };
    const parameters = fields.map((_, index) => index);
    const made: IrFunction = {
      id: this.library.functionCount + this.program.functions.length + this.synthetic.length,
      path: declared.kind === "struct" ? declared.path : `${declared.path}::${declared.shapes[shape]?.name ?? ""}`,
      library: true,
      parameters,
      captures: [],
      variables: [...fields, null],
      body: [
        {
          kind: "assign",
          target: fields.length,
          operation: { kind: "construct", type, shape, items: parameters },
          place,
        },
        { kind: "return", value: fields.length, place },
      ],
      method: null,
      alsoFor: [],
      place,
    };
    this.synthetic.push(made);
    this.constructors.set(key, made);
    return made;
  }

  /** Shapes of the program (not of the library) that have a field: type, shape, position. */
  fieldOwners(field: string): readonly (readonly [TypeId, number, number])[] {
    if (this.owners === null) {
      this.owners = new Map();
      for (let id = this.library.types.length; id < this.types.length; id += 1) {
        this.type(id).shapes.forEach((shape, index) => {
          shape.fields.forEach((name, slot) => {
            const list = this.owners?.get(name) ?? [];
            list.push([id, index, slot]);
            this.owners?.set(name, list);
          });
        });
      }
    }
    return this.owners.get(field) ?? [];
  }

  /** Whether the program assigns to a field whose name matches. */
  assignsField(pattern: RegExp): boolean {
    const assigns = (statement: IrStatement): boolean =>
      statement.kind === "assign" &&
      statement.operation.kind === "set-field" &&
      pattern.test(statement.operation.field);
    return this.program.functions.some((fn) => someStatement(fn.body, assigns));
  }

  staticPath(id: StaticId): string {
    return this.staticPaths[id] ?? "";
  }
}
