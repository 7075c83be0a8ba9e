// Indexing: walks the items of the sources, gives them nodes and numbers, loads file modules, checks attributes and
// duplicates. `impl` blocks wait until all names are known, because their types may be named before or elsewhere.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { HirShape, HirType } from "../hir/hir.ts";
import type { Block } from "../syntax/ast-expression.ts";
import type {
  EnumItem,
  Fields,
  FunctionItem,
  ImplItem,
  Item,
  ModuleItem,
  SourceFile,
  StructItem,
  Visibility,
} from "../syntax/ast-item.ts";
import { joinSpans, type Span } from "../syntax/span.ts";
import { checkAttributes, genericMark, hasMark, stringMark } from "./attributes.ts";
import { checkFunction, isSelf } from "./check-function.ts";
import { indexUse } from "./index-use.ts";
import type {
  Access,
  BlockNode,
  BlockScopes,
  ConstNode,
  FunctionNode,
  ItemNode,
  ModuleNode,
  Shape,
  StaticNode,
  TypeNode,
  VariantNode,
} from "./item.ts";
import { crateOf, pathOf } from "./item.ts";

/** Numbers at which a program's items start: the counts of its library. */
export interface FirstIds {
  readonly functions: number;
  readonly types: number;
  readonly statics: number;
}

/** Gives the parsed source of the file module at a path of names, or null; reports what is wrong with it. */
export type LoadModule = (names: readonly string[], span: Span) => SourceFile | null;

/** An `impl` block whose type is not looked up yet. */
export interface PendingImpl {
  readonly item: ImplItem;
  readonly scope: ItemNode;
  /** Set when the block stands inside a function or constant. */
  readonly nested: boolean;
}

/** What indexing made. */
export interface ItemIndex {
  readonly root: ModuleNode;
  readonly blocks: BlockScopes;
  readonly functions: FunctionNode[];
  readonly types: HirType[];
  readonly typeNodes: TypeNode[];
  readonly statics: StaticNode[];
  readonly constants: ConstNode[];
  readonly imports: ItemNode[];
  readonly impls: PendingImpl[];
}

/** Walks items; one for a compilation. Macro expansion indexes the blocks it makes with the same one. */
export class Indexer {
  readonly index: ItemIndex;
  readonly diagnostics: DiagnosticSink;
  readonly library: boolean;
  readonly #first: FirstIds;
  readonly #loadModule: LoadModule;
  #functionCount = 0;

  constructor(
    root: ModuleNode,
    first: FirstIds,
    library: boolean,
    loadModule: LoadModule,
    diagnostics: DiagnosticSink,
  ) {
    this.diagnostics = diagnostics;
    this.library = library;
    this.#first = first;
    this.#loadModule = loadModule;
    this.index = {
      root,
      blocks: new Map(),
      functions: [],
      types: [],
      typeNodes: [],
      statics: [],
      constants: [],
      imports: [],
      impls: [],
    };
  }

  /** The next number of a function. */
  reserveFunction(): number {
    this.#functionCount += 1;
    return this.#first.functions + this.#functionCount - 1;
  }

  /** Functions that have a number. */
  get functionCount(): number {
    return this.#functionCount;
  }

  error(slug: string, span: Span, message: string, labels: readonly { span: Span; message: string }[] = []): void {
    this.diagnostics.error(`compile/${slug}`, span, message, { labels });
  }

  /** Indexes the items of a module's source. */
  indexModule(module: ModuleNode, body: Block): void {
    this.#items(module, body, false);
    for (const block of body.scopes) this.indexBlock(block, module);
  }

  /** Indexes a block with items, and those inside it. */
  indexBlock(block: Block, scope: ItemNode): void {
    const node: BlockNode = {
      kind: "block",
      name: "",
      parent: scope,
      access: "inherited",
      span: block.span,
      children: new Map(),
      wildcards: [],
    };
    this.index.blocks.set(block, node);
    this.#items(node, block, true);
    for (const inner of block.scopes) this.indexBlock(inner, node);
  }

  /** Makes the node of a function and indexes its body; `scope` is where it stands, `self` the type of its `impl`. */
  addFunction(
    item: FunctionItem,
    scope: ItemNode,
    self: TypeNode | null,
    nested: boolean,
    alsoFor: readonly TypeNode[] = [],
  ): void {
    checkFunction(this, item, self !== null, nested);
    const generic = this.library ? genericMark(item.attributes) : "";
    const fullName = `${item.name.name}${generic}`;
    const node: FunctionNode = {
      kind: "function",
      name: fullName,
      parent: self ?? scope,
      access: this.access(item.visibility),
      span: item.span,
      children: new Map(),
      functionId: this.reserveFunction(),
      source: item,
      scope,
      self,
      alsoFor,
      isMethod: isSelf(item, 0),
      isConst: item.isConst !== null,
      marks: { test: hasMark(item.attributes, "test"), bench: hasMark(item.attributes, "bench") },
      fullName,
    };
    this.index.functions.push(node);
    this.#declare(self ?? scope, node);
    for (const type of alsoFor) if (!type.children.has(node.name)) type.children.set(node.name, node);
    const { body } = item;
    if (body.scopes.length > 0 || body.statements.some((statement) => statement.kind === "item")) {
      this.indexBlock(body, scope);
    }
  }

  access(visibility: Visibility): Access {
    if (visibility.kind !== "in") return visibility.kind;
    this.error("unsupported-visibility", visibility.span, "Visibility in a path is not supported");
    return "inherited";
  }

  /** Declares a name; a second item of the name is an error, and is kept under no name. */
  declare(scope: ItemNode, node: ItemNode): void {
    this.#declare(scope, node);
  }

  #declare(scope: ItemNode, node: ItemNode): void {
    const existing = scope.children.get(node.name);
    if (existing === undefined) {
      scope.children.set(node.name, node);
      return;
    }
    if (this.library && existing.kind === "module" && node.kind === "type") {
      // A type and a module of one name: paths go through the type.
      scope.children.set(node.name, node);
      for (const [name, child] of existing.children) node.children.set(name, child);
      return;
    }
    const at = existing.kind === "import" && node.kind !== "import" ? node : existing;
    const other = at === existing ? node : existing;
    this.error("ambiguous-item", at.span, `Name \`${node.name}\` is defined more than once`, [
      { span: other.span, message: "defined here too" },
    ]);
  }

  #items(scope: ModuleNode | BlockNode, body: Block, nested: boolean): void {
    for (const statement of body.statements) {
      if (statement.kind === "item") this.#item(scope, statement.item, nested);
    }
  }

  #item(scope: ModuleNode | BlockNode, item: Item, nested: boolean): void {
    switch (item.kind) {
      case "function":
        this.addFunction(item, scope, null, nested);
        return;
      case "struct":
        this.#struct(scope, item);
        return;
      case "enum":
        this.#enum(scope, item);
        return;
      case "impl":
        checkAttributes(
          item.attributes,
          this.library ? ["methods_for"] : [],
          "Attributes on impl blocks are not supported",
          this.diagnostics,
        );
        this.index.impls.push({ item, scope, nested });
        return;
      case "module":
        this.#module(scope, item);
        return;
      case "use":
        checkAttributes(item.attributes, [], "Attributes on uses are not supported", this.diagnostics);
        for (const node of indexUse(this, scope, item)) {
          this.index.imports.push(node);
          this.#declare(scope, node);
        }
        return;
      case "const":
      case "static":
        this.#constant(scope, item);
        return;
      case "macro":
        checkAttributes(item.attributes, [], "Unsupported macro attribute", this.diagnostics);
        this.error("missing-macro", item.call.path.span, "This macro cannot stand where an item is expected");
        return;
    }
  }

  #constant(scope: ItemNode, item: Extract<Item, { kind: "const" | "static" }>): void {
    const what = item.kind === "const" ? "constants" : "statics";
    checkAttributes(item.attributes, ["doc"], `Attributes on ${what} are not supported`, this.diagnostics);
    const head = {
      name: item.name.name,
      parent: scope,
      access: this.access(item.visibility),
      span: item.span,
      children: new Map<string, ItemNode>(),
      scope,
    };
    if (item.kind === "const") {
      const node: ConstNode = { kind: "const", ...head, source: item.value, state: "new" };
      this.index.constants.push(node);
      this.#declare(scope, node);
    } else {
      const staticId = this.#first.statics + this.index.statics.length;
      const node: StaticNode = { kind: "static", ...head, source: item, staticId };
      this.index.statics.push(node);
      this.#declare(scope, node);
    }
    for (const block of item.scopes) this.indexBlock(block, scope);
  }

  #module(scope: ItemNode, item: ModuleItem): void {
    checkAttributes(item.attributes, ["doc"], "Attributes on modules are not supported", this.diagnostics);
    const node: ModuleNode = {
      kind: "module",
      name: item.name.name,
      parent: scope,
      access: this.access(item.visibility),
      span: item.span,
      children: new Map(),
      wildcards: [],
      host: null,
    };
    const existing = scope.children.get(node.name);
    if (existing?.kind === "type" && this.library) {
      // A type and a module of one name: paths go through the type.
      this.#fillModule(node, item);
      for (const [name, child] of node.children) existing.children.set(name, child);
      return;
    }
    if (existing !== undefined) {
      const from = item.visibility.kind === "inherited" ? { ...item.span } : item.visibility.span;
      const span = { ...joinSpans(from, item.name.span), end: item.name.span.end };
      this.error("mod-already-exists", span, `Name \`${node.name}\` is taken: a module needs its own`, [
        { span: existing.span, message: "defined here" },
      ]);
      this.#reportClashes(existing, item);
      return;
    }
    this.#declare(scope, node);
    this.#fillModule(node, item);
  }

  #fillModule(node: ModuleNode, item: ModuleItem): void {
    if (item.body !== null) {
      this.indexModule(node, item.body);
      return;
    }
    if (crateOf(node) !== this.index.root) {
      this.error("mod-not-found", item.name.span, `Module \`${node.name}\` has no file: write it in place`);
      return;
    }
    const names = [...moduleNames(node)];
    const file = this.#loadModule(names, item.name.span);
    if (file !== null) this.indexModule(node, file.body);
  }

  /** Names in a module that are taken by the item whose name the module has. */
  #reportClashes(existing: ItemNode, item: ModuleItem): void {
    for (const statement of item.body?.statements ?? []) {
      if (statement.kind !== "item" || !("name" in statement.item)) continue;
      const clash = existing.children.get(statement.item.name.name);
      if (clash === undefined) continue;
      this.error("ambiguous-item", clash.span, `Name \`${clash.name}\` is defined more than once`, [
        { span: statement.item.span, message: "defined here too" },
      ]);
    }
  }

  #struct(scope: ItemNode, item: StructItem): void {
    checkAttributes(item.attributes, this.#typeMarks(), "Attributes on structs are not supported", this.diagnostics);
    const shape = this.#shape(item.fields, "fields");
    this.#type(scope, item, shape, [{ name: item.name.name, ...shape }]);
  }

  #enum(scope: ItemNode, item: EnumItem): void {
    checkAttributes(item.attributes, this.#typeMarks(), "Attributes on enums are not supported", this.diagnostics);
    const shapes: HirShape[] = [];
    for (const variant of item.variants) {
      checkAttributes(variant.attributes, ["doc"], "Attributes on variants are not supported", this.diagnostics);
      shapes.push({ name: variant.name.name, ...this.#shape(variant.fields, "variant fields") });
    }
    const type = this.#type(scope, item, null, shapes);
    for (const [index, variant] of item.variants.entries()) {
      const shape = shapes[index];
      if (shape === undefined) continue;
      const node: VariantNode = {
        kind: "variant",
        name: variant.name.name,
        parent: type,
        access: "public",
        span: variant.span,
        children: new Map(),
        type,
        index,
        shape,
      };
      this.#declare(type, node);
    }
  }

  #typeMarks(): readonly string[] {
    return this.library ? ["doc", "builtin"] : ["doc"];
  }

  #type(scope: ItemNode, item: StructItem | EnumItem, shape: Shape | null, shapes: readonly HirShape[]): TypeNode {
    const mark = this.library ? stringMark(item.attributes, "builtin") : null;
    const builtin = mark !== null && item.kind === "struct";
    const node: TypeNode = {
      kind: "type",
      name: item.name.name,
      parent: scope,
      access: this.access(item.visibility),
      span: item.span,
      children: new Map(),
      typeId: this.#first.types + this.index.types.length,
      shape,
      foreign: false,
      builtin,
    };
    this.#declare(scope, node);
    this.index.typeNodes.push(node);
    this.index.types.push({
      path: pathOf(node),
      name: node.name,
      builtin: mark,
      kind: item.kind,
      shapes,
      span: item.span,
    });
    return node;
  }

  #shape(fields: Fields, what: string): Shape {
    const names = new Map<string, Span>();
    for (const field of fields.list) {
      checkAttributes(field.attributes, ["doc"], `Attributes on ${what} are not supported`, this.diagnostics);
      if (field.type !== null) this.error("unsupported", field.span, "Static typing on fields is not supported");
      if (field.visibility.kind !== "inherited") {
        this.error("unsupported", field.visibility.span, "Field visibility is not supported");
      }
      const existing = names.get(field.name.name);
      if (existing !== undefined && fields.kind === "named") {
        this.error("duplicate-field", field.name.span, `Field \`${field.name.name}\` is declared twice`, [
          { span: existing, message: "declared here first" },
        ]);
      }
      names.set(field.name.name, field.name.span);
    }
    const list = fields.list.map((field, index) => (fields.kind === "tuple" ? String(index) : field.name.name));
    return { kind: fields.kind, fields: list };
  }
}

/** Names from the crate's root to a module. */
function* moduleNames(node: ItemNode): Generator<string> {
  if (node.parent !== null) yield* moduleNames(node.parent);
  if (node.kind === "module" && node.parent !== null) yield node.name;
}
