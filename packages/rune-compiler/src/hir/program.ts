// One compilation up to HIR: parses, indexes, resolves and lowers. Each stage runs only when the one before it found no
// error, so that one mistake is not reported many times.

import { createDiagnosticSink, type DiagnosticSink } from "../diagnostics/diagnostic.ts";
import { createSourceMap, type SourceMap } from "../diagnostics/source-map.ts";
import { documentation, listMark } from "../resolve/attributes.ts";
import { isExported } from "../resolve/access.ts";
import { type ConstValue, partsOf } from "../resolve/const-value.ts";
import { ConstEvaluator } from "../resolve/evaluate-const.ts";
import { type FirstIds, Indexer } from "../resolve/index-items.ts";
import type {
  ConstNode,
  FunctionNode,
  HostNode,
  ImportNode,
  ItemNode,
  ModuleNode,
  StaticNode,
  TypeNode,
} from "../resolve/item.ts";
import { crateOf, describeNode, pathOf } from "../resolve/item.ts";
import { type LibraryInterface, NO_SPAN, writeLibrary } from "../resolve/library.ts";
import { createModuleLoader } from "../resolve/load-module.ts";
import { Resolver } from "../resolve/resolve-path.ts";
import type { Block } from "../syntax/ast-expression.ts";
import type { Attribute, ImplItem, SourceFile } from "../syntax/ast-item.ts";
import { parseSource } from "../syntax/parse.ts";
import type { Span } from "../syntax/span.ts";
import { abandon, type ProgramContext, type Productions, report, resolveItem, VALUE } from "./context.ts";
import { FunctionBuilder } from "./function-builder.ts";
import type { FunctionId, HirExport, HirFunction, HirModule, HirStatic } from "./hir.ts";
import { lowerConstValue } from "./lower-constant.ts";
import { lowerFunction, lowerScript } from "./lower-function.ts";
import type { Documentation, HostModuleInput, LowerInput } from "./lower-input.ts";
import { expandConstMacro, MACRO_NAMES } from "./lower-macro.ts";
import { PRODUCTIONS } from "./productions.ts";

/** Constants with more parts than this are made by a function that their uses share. */
const SHARED_CONST_PARTS = 8;

/** One compilation up to HIR. */
export class Program implements ProgramContext {
  readonly diagnostics: DiagnosticSink = createDiagnosticSink();
  readonly sources: SourceMap = createSourceMap();
  readonly lower: Productions = PRODUCTIONS;
  readonly library: boolean;
  readonly indexer: Indexer;
  readonly resolver: Resolver;
  readonly constants: ConstEvaluator;
  readonly #input: LowerInput;
  readonly #first: FirstIds;
  readonly #root: ModuleNode;
  readonly #functions = new Map<FunctionId, HirFunction>();
  readonly #statics = new Map<StaticNode, HirStatic>();
  readonly #queue: FunctionNode[] = [];
  readonly #queued = new Set<FunctionNode>();
  readonly #shared = new Map<ConstNode, FunctionId | null>();
  readonly #crates = new Map<string, ItemNode>();
  documentation: Documentation = { file: "", exports: {} };
  readonly #unsupported: { readonly sentence: string; readonly span: Span }[] = [];

  constructor(input: LowerInput, first: FirstIds, std: ModuleNode | null, name: string) {
    this.#input = input;
    this.#first = first;
    this.library = name === "std";
    this.#root = crateRoot(name, { source: 0, start: 0, end: 0 }, null);
    const load = createModuleLoader(input.path, input.readModule ?? null, this.sources, this.diagnostics);
    this.indexer = new Indexer(this.#root, first, this.library, load, this.diagnostics);
    const standard = std ?? (this.library ? this.#root : null);
    if (standard !== null) this.#crates.set("std", standard);
    const prelude = (): ItemNode | null => standard?.children.get("prelude") ?? null;
    this.resolver = new Resolver({ crate: (crate) => this.#crate(crate), prelude }, this.diagnostics);
    this.constants = new ConstEvaluator(this.resolver, this.indexer.index.blocks, this.diagnostics, (expression) =>
      expandConstMacro(this, expression),
    );
  }

  /** Runs the stages; null after errors. */
  run(): HirModule | null {
    const file = this.#parse();
    if (this.diagnostics.errorCount > 0) return null;
    this.indexer.indexModule(this.#root, file.body);
    this.#bindImpls();
    if (this.diagnostics.errorCount > 0) return null;
    this.documentation = { file: docText(file.attributes), exports: {} };
    const script = this.#input.mode === "script" ? this.#lowerScript(file) : null;
    for (const node of this.indexer.index.functions) if (isRoot(node)) this.use(node);
    this.#drain();
    if (this.diagnostics.errorCount > 0) return null;
    this.#lowerUnused();
    if (this.diagnostics.errorCount > 0) return null;
    for (const { sentence, span } of this.#unsupported) {
      this.diagnostics.warning(
        "compile/unsupported-feature",
        span,
        `${sentence}: the function fails when it is called`,
      );
    }
    return this.#module(script);
  }

  #parse(): SourceFile {
    const { path, text, start = 0, mode = "module" } = this.#input;
    const source = this.sources.add({ path, text, start });
    return parseSource({ text, source, start, mode }, this.diagnostics);
  }

  /** A crate or host module of a name; libraries and shims join the compilation when they are first named. */
  #crate(name: string): ItemNode | null {
    const known = this.#crates.get(name);
    if (known !== undefined) return known;
    const { hostModules = {}, libraries = {} } = this.#input;
    if (Object.hasOwn(libraries, name)) return this.#addCrate(name, libraries[name] ?? "", null);
    if (!Object.hasOwn(hostModules, name)) return null;
    const module = hostModules[name] ?? null;
    const functions = module === null || isNameList(module) ? module : module.functions;
    const host = hostNode(name, functions);
    const shim = module === null || isNameList(module) ? undefined : module.shim;
    if (shim !== undefined) return this.#addCrate(name, shim, host);
    this.#crates.set(name, host);
    return host;
  }

  #addCrate(name: string, text: string, host: HostNode | null): ModuleNode {
    const source = this.sources.add({ path: `<${name}>`, text, start: 0 });
    const root = crateRoot(name, { source, start: 0, end: text.length }, host);
    this.#crates.set(name, root);
    if (host !== null) root.children.set("host", { ...host, parent: root });
    const file = parseSource({ text, source, start: 0, mode: "module" }, this.diagnostics);
    this.indexer.indexModule(root, file.body);
    this.#bindImpls();
    return root;
  }

  /** Finds the types of `impl` blocks and indexes their functions, which may hold further blocks. */
  #bindImpls(): void {
    const { impls } = this.indexer.index;
    for (let pending = impls.shift(); pending !== undefined; pending = impls.shift()) {
      const { item, scope, nested } = pending;
      const node = resolveItem(this, item.path, { scope, self: null });
      if (node === null) continue;
      if (node.kind !== "type") {
        const message = `Found ${describeNode(node)}: expected a struct or enum to implement functions for`;
        this.diagnostics.error("compile/expected-meta", item.path.span, message);
        continue;
      }
      if (node.foreign) {
        const span = item.functions[0]?.span ?? item.path.span;
        const message = `Functions cannot be added to \`${describeNode(node)}\`, which is not of this program`;
        this.diagnostics.error("compile/foreign-impl", span, message);
        continue;
      }
      const alsoFor = this.#furtherTypes(item, scope);
      for (const fn of item.functions) this.indexer.addFunction(fn, scope, node, nested, alsoFor);
    }
  }

  /** The types of `#[methods_for(A, B)]`, which only the library may write. */
  #furtherTypes(item: ImplItem, scope: ItemNode): readonly TypeNode[] {
    const names = this.library ? (listMark(item.attributes, "methods_for") ?? []) : [];
    return names.flatMap(({ text, span }) => {
      const found = this.resolver.lookup(text, { scope, self: null }, span);
      if (found !== null && !("missing" in found) && found.kind === "type") return [found];
      this.diagnostics.error("compile/missing-item", span, `Missing type \`${text}\``);
      return [];
    });
  }

  #lowerScript(file: SourceFile): FunctionId {
    const id = this.indexer.reserveFunction();
    const names = this.#input.parameters ?? [];
    this.#functions.set(id, lowerScript(this, file.body, this.#root, names, "main"));
    return id;
  }

  #drain(): void {
    for (let node = this.#queue.shift(); node !== undefined; node = this.#queue.shift()) {
      this.#functions.set(node.functionId, lowerFunction(this, node));
    }
  }

  /** What nothing uses is checked too. */
  #lowerUnused(): void {
    const { index } = this.indexer;
    for (const node of index.statics) this.useStatic(node);
    for (const node of index.constants) this.constants.valueOf(node, node.span);
    for (const node of index.imports) if (node.kind === "import") this.#checkImport(node);
    checkWildcards(this.#root, this.resolver);
    for (const node of index.blocks.values()) checkWildcards(node, this.resolver);
    // Lowering may index more functions, in the input of macros.
    for (let at = 0; at < index.functions.length; at += 1) {
      const node = index.functions[at];
      if (node !== undefined) this.use(node);
      this.#drain();
    }
  }

  #checkImport(node: ImportNode): void {
    if (typeof node.state === "object") return;
    const found = this.resolver.target(node, node.span);
    if (found === null || !("missing" in found) || isMacroName(node)) return;
    report(this, "missing-item", node.span, `Missing item \`${found.missing}\``, found.help());
  }

  // -------------------------------------------------------------- what lowering asks

  addFunction(make: (id: FunctionId) => HirFunction): FunctionId {
    const id = this.indexer.reserveFunction();
    this.#functions.set(id, make(id));
    return id;
  }

  use(node: FunctionNode): void {
    if (node.source === null || this.#queued.has(node)) return;
    this.#queued.add(node);
    this.#queue.push(node);
  }

  useStatic(node: StaticNode): void {
    if (node.source === null || node.scope === null || this.#statics.has(node)) return;
    const { value } = node.source;
    const path = pathOf(node);
    this.#statics.set(node, { path, initial: null, span: node.span });
    if (value === null) return;
    const found = this.constants.evaluate(value, { scope: node.scope, self: null });
    if (found === null || found.kind === "unit") return;
    const initial = this.#makerOf(found, path, node.span);
    this.#statics.set(node, { path, initial, span: node.span });
  }

  constantFunction(node: ConstNode): FunctionId | null {
    const known = this.#shared.get(node);
    if (known !== undefined) return known;
    if (node.source === null) return null;
    const value = this.constants.valueOf(node, node.span);
    if (value === null) return abandon();
    const id = partsOf(value) > SHARED_CONST_PARTS ? this.#makerOf(value, pathOf(node), node.span) : null;
    this.#shared.set(node, id);
    return id;
  }

  #makerOf(value: ConstValue, path: string, span: Span): FunctionId {
    return this.addFunction(() => {
      const kind = { isAsync: false, isConst: false };
      const builder = new FunctionBuilder(this, path, kind, { scope: this.#root, self: null }, null);
      const made = lowerConstValue(builder, value, VALUE, span);
      builder.emit({ kind: "return", value: made, span });
      return {
        path,
        parameters: [],
        captures: [],
        locals: builder.locals,
        body: builder.statements(),
        method: null,
        alsoFor: [],
        span,
      };
    });
  }

  indexBlock(block: Block, scope: ItemNode): void {
    this.indexer.indexBlock(block, scope);
    this.#bindImpls();
  }

  unsupported(sentence: string, span: Span): void {
    this.#unsupported.push({ sentence, span });
  }

  // -------------------------------------------------------------- results

  #module(script: FunctionId | null): HirModule {
    const functions: HirFunction[] = [];
    for (let at = 0; at < this.indexer.functionCount; at += 1) {
      const lowered = this.#functions.get(this.#first.functions + at);
      if (lowered === undefined) throw new TypeError(`Function ${at} was not lowered`);
      functions.push(lowered);
    }
    const { index } = this.indexer;
    const statics = index.statics.map((node) => {
      return this.#statics.get(node) ?? { path: pathOf(node), initial: null, span: node.span };
    });
    return {
      sources: this.sources.sources.map(({ path, text }) => ({ name: path, text })),
      firstFunction: this.#first.functions,
      functions,
      firstType: this.#first.types,
      types: index.types,
      firstStatic: this.#first.statics,
      statics,
      exports: this.#exports(script),
      tests: index.functions.flatMap((node) =>
        node.marks.test && crateOf(node) === this.#root ? [{ name: pathOf(node), function: node.functionId }] : [],
      ),
    };
  }

  /** Public functions of the root, those that `pub use` brings there among them; the script as `main`. */
  #exports(script: FunctionId | null): readonly HirExport[] {
    const documented: Record<string, string> = {};
    const exports: HirExport[] = script === null ? [] : [{ name: "main", function: script }];
    for (const [name, child] of this.#root.children) {
      if (child.access !== "public" || (script !== null && name === "main")) continue;
      const target = child.kind === "import" ? this.resolver.target(child, child.span) : child;
      if (target === null || "missing" in target || target.kind !== "function" || target.source === null) continue;
      exports.push({ name, function: target.functionId });
      const text = docText(target.source.attributes);
      if (text !== "") documented[name] = text;
    }
    this.documentation = { ...this.documentation, exports: documented };
    return exports;
  }

  /** The names of a library that was lowered without errors. */
  interface(module: HirModule): LibraryInterface {
    const builtins: Record<string, number> = {};
    for (const [position, type] of module.types.entries()) {
      if (type.builtin !== null) builtins[type.builtin] = module.firstType + position;
    }
    const counts = {
      functions: module.functions.length,
      types: module.types.length,
      statics: module.statics.length,
    };
    const target = (node: ItemNode): ItemNode | null => {
      const found = node.kind === "import" ? this.resolver.target(node, node.span) : null;
      return found === null || "missing" in found ? null : found;
    };
    const value = (node: ItemNode): ConstValue | null =>
      node.kind === "const" ? this.constants.valueOf(node, node.span) : null;
    return writeLibrary(this.#root, counts, builtins, target, value);
  }
}

/** Lines of documentation, without the blank that each begins with. */
function docText(attributes: readonly Attribute[]): string {
  return documentation(attributes)
    .map((line) => line.replace(/^ /u, "").trimEnd())
    .join("\n")
    .trim();
}

/** Functions that are lowered whether or not a path names them. */
function isRoot(node: FunctionNode): boolean {
  return node.self !== null || node.marks.test || node.marks.bench || isExported(node);
}

function hostNode(name: string, functions: readonly string[] | null): HostNode {
  return {
    kind: "host",
    name,
    parent: null,
    access: "public",
    span: NO_SPAN,
    children: new Map(),
    path: name,
    functions,
  };
}

function crateRoot(name: string, span: Span, host: HostNode | null): ModuleNode {
  return { kind: "module", name, parent: null, access: "public", span, children: new Map(), wildcards: [], host };
}

function isNameList(module: readonly string[] | HostModuleInput): module is readonly string[] {
  return Array.isArray(module);
}

/** Reports wildcards whose path names nothing, in a node and the modules inside it. */
function checkWildcards(node: ItemNode, resolver: Resolver): void {
  if (node.kind !== "module" && node.kind !== "block") return;
  for (const wildcard of node.wildcards) resolver.wildcardTarget(wildcard);
  for (const child of node.children.values()) if (child.kind === "module") checkWildcards(child, resolver);
}

/** Whether an import names a macro, which has no node. */
function isMacroName(node: ImportNode): boolean {
  return node.segments[0]?.name === "std" && MACRO_NAMES.has(node.segments.at(-1)?.name ?? "");
}
