// The library's names as plain data: written once when the library is compiled, read for every program, so that a
// program's compilation never parses the library. Imports are written resolved.

import type { HirShape } from "../hir/hir.ts";
import type { Span } from "../syntax/span.ts";
import type { ConstValue } from "./const-value.ts";
import type { Access, ItemNode, ModuleNode, TypeNode } from "./item.ts";

/** A node of the library's tree; `parent` and other numbers are positions in `LibraryInterface.nodes`. */
export interface LibraryNode {
  readonly kind: "module" | "type" | "variant" | "function" | "const" | "static" | "alias";
  readonly name: string;
  /** −1 for the root. */
  readonly parent: number;
  readonly public: boolean;
  /** `typeId`, `functionId`, `staticId`, index of the variant, or the target of an alias. */
  readonly id?: number;
  readonly shape?: { readonly kind: "unit" | "tuple" | "named"; readonly fields: readonly string[] };
  /** Constants: integers are written as text. */
  readonly value?: JsonConst;
  readonly method?: boolean;
  readonly builtin?: boolean;
  /** For a type: positions of functions that stand in another type's `impl` and answer for this one too. */
  readonly shared?: readonly number[];
}

/** All that a program needs to know of the library; survives JSON. */
export interface LibraryInterface {
  readonly functionCount: number;
  readonly typeCount: number;
  readonly staticCount: number;
  readonly nodes: readonly LibraryNode[];
  /** Shapes of types that have a place in the language, by the name of `#[builtin]`. */
  readonly builtins: Readonly<Record<string, number>>;
}

/** A constant in JSON. */
export type JsonConst =
  | { readonly kind: "unit" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "char"; readonly value: number }
  | { readonly kind: "int" | "uint" | "float" | "string"; readonly value: string }
  | { readonly kind: "tuple" | "vec"; readonly items: readonly JsonConst[] };

/** Writes the tree below `root`. Aliases of items outside the library are left out. */
export function writeLibrary(
  root: ModuleNode,
  counts: { readonly functions: number; readonly types: number; readonly statics: number },
  builtins: Readonly<Record<string, number>>,
  target: (node: ItemNode) => ItemNode | null,
  constant: (node: ItemNode) => ConstValue | null,
): LibraryInterface {
  const nodes: LibraryNode[] = [];
  const places = new Map<ItemNode, number>();
  const sharing: { readonly place: number; readonly functions: readonly ItemNode[] }[] = [];
  const aliases: { readonly node: ItemNode; readonly place: number }[] = [];
  const visit = (node: ItemNode, parent: number): void => {
    const written = writeNode(node, parent, constant);
    if (written === null) return;
    places.set(node, nodes.length);
    const place = nodes.length;
    nodes.push(written);
    if (written.kind === "alias") aliases.push({ node, place });
    const children = [...node.children.values()];
    const own = children.filter((child) => child.kind !== "function" || child.parent === node || node.kind !== "type");
    for (const child of own) visit(child, place);
    if (own.length < children.length) {
      sharing.push({ place, functions: children.filter((child) => !own.includes(child)) });
    }
  };
  visit(root, -1);
  for (const { node, place } of aliases) {
    const found = target(node);
    const id = found === null ? undefined : places.get(found);
    const written = nodes[place];
    if (written !== undefined) nodes[place] = { ...written, id: id ?? -1 };
  }
  for (const { place, functions } of sharing) {
    const written = nodes[place];
    const shared = functions.flatMap((fn) => places.get(fn) ?? []);
    if (written !== undefined) nodes[place] = { ...written, shared };
  }
  return {
    functionCount: counts.functions,
    typeCount: counts.types,
    staticCount: counts.statics,
    nodes,
    builtins,
  };
}

function writeNode(
  node: ItemNode,
  parent: number,
  constant: (node: ItemNode) => ConstValue | null,
): LibraryNode | null {
  const head = { name: node.name, parent, public: node.access === "public" };
  switch (node.kind) {
    case "module":
      return { kind: "module", ...head };
    case "type":
      return {
        kind: "type",
        ...head,
        id: node.typeId,
        ...(node.shape === null ? {} : { shape: plainShape(node.shape) }),
        ...(node.builtin ? { builtin: true } : {}),
      };
    case "variant":
      return { kind: "variant", ...head, id: node.index, shape: plainShape(node.shape) };
    case "function":
      return { kind: "function", ...head, id: node.functionId, ...(node.isMethod ? { method: true } : {}) };
    case "static":
      return { kind: "static", ...head, id: node.staticId };
    case "const": {
      const value = constant(node);
      return value === null ? null : { kind: "const", ...head, value: writeConst(value) };
    }
    case "import":
      return { kind: "alias", ...head };
    case "block":
    case "host":
    case "host-function":
      return null;
  }
}

function plainShape(shape: Pick<HirShape, "kind" | "fields">): NonNullable<LibraryNode["shape"]> {
  return { kind: shape.kind, fields: shape.fields };
}

function writeConst(value: ConstValue): JsonConst {
  switch (value.kind) {
    case "int":
    case "uint":
      return { kind: value.kind, value: value.value.toString() };
    case "float":
      return { kind: "float", value: Object.is(value.value, -0) ? "-0" : String(value.value) };
    case "tuple":
    case "vec":
      return { kind: value.kind, items: value.items.map(writeConst) };
    case "unit":
    case "bool":
    case "char":
    case "string":
      return value;
    case "bytes":
    case "object":
      throw new TypeError(`A library constant cannot be of the type ${value.kind}`);
  }
}

function readConst(value: JsonConst): ConstValue {
  switch (value.kind) {
    case "int":
    case "uint":
      return { kind: value.kind, value: BigInt(value.value) };
    case "float":
      return { kind: "float", value: Number(value.value) };
    case "string":
      return { kind: "string", value: value.value };
    case "tuple":
    case "vec":
      return { kind: value.kind, items: value.items.map(readConst) };
    case "unit":
    case "bool":
    case "char":
      return value;
  }
}

/** No source: the spans of library items, which are never shown. */
export const NO_SPAN: Span = { source: -1, start: 0, end: 0 };

const roots = new WeakMap<LibraryInterface, ModuleNode>();

/**
 * Reads the tree back; gives its root. Programs never change the tree, so that one is built for all programs that are
 * compiled against the same object.
 */
export function readLibrary(library: LibraryInterface): ModuleNode {
  const known = roots.get(library);
  if (known !== undefined) return known;
  const root = buildTree(library);
  roots.set(library, root);
  return root;
}

function buildTree(library: LibraryInterface): ModuleNode {
  const built: (ItemNode | null)[] = [];
  for (const node of library.nodes) {
    const parent = node.parent < 0 ? null : (built[node.parent] ?? null);
    built.push(node.kind === "alias" ? null : readNode(node, parent));
  }
  for (const [place, node] of library.nodes.entries()) {
    const parent = built[node.parent];
    const child = node.kind === "alias" ? built[node.id ?? -1] : built[place];
    if (parent === undefined || parent === null || child === undefined || child === null) continue;
    // An alias that is public where its target is: the name stands for the target itself.
    if (node.kind !== "alias") parent.children.set(node.name, child);
    else parent.children.set(node.name, aliasNode(node, parent, child));
  }
  for (const [place, { shared }] of library.nodes.entries()) {
    for (const position of shared ?? []) {
      const fn = built[position];
      if (fn !== undefined && fn !== null) built[place]?.children.set(fn.name, fn);
    }
  }
  const root = built[0];
  if (root?.kind !== "module") throw new TypeError("The library has no root module");
  return root;
}

function aliasNode(node: LibraryNode, parent: ItemNode, target: ItemNode): ItemNode {
  return { ...readHead(node, parent), kind: "import", scope: parent, global: null, segments: [], state: { target } };
}

function readHead(
  node: LibraryNode,
  parent: ItemNode | null,
): { name: string; parent: ItemNode | null; access: Access; span: Span; children: Map<string, ItemNode> } {
  return {
    name: node.name,
    parent,
    access: node.public ? "public" : "inherited",
    span: NO_SPAN,
    // What cannot hold names shares one map: most nodes are functions.
    children: node.kind === "module" || node.kind === "type" ? new Map<string, ItemNode>() : NO_CHILDREN,
  };
}

const NO_CHILDREN = new Map<string, ItemNode>();

function readNode(node: LibraryNode, parent: ItemNode | null): ItemNode {
  const head = readHead(node, parent);
  const id = node.id ?? 0;
  switch (node.kind) {
    case "module":
    case "alias":
      return { ...head, kind: "module", wildcards: [], host: null };
    case "type":
      return {
        ...head,
        kind: "type",
        typeId: id,
        shape: node.shape ?? null,
        foreign: true,
        builtin: node.builtin ?? false,
      };
    case "variant":
      return {
        ...head,
        kind: "variant",
        type: asType(parent),
        index: id,
        shape: node.shape ?? { kind: "unit", fields: [] },
      };
    case "function":
      return {
        ...head,
        kind: "function",
        functionId: id,
        source: null,
        scope: null,
        alsoFor: [],
        self: parent?.kind === "type" ? parent : null,
        isMethod: node.method ?? false,
        isConst: false,
        marks: { test: false, bench: false },
        fullName: node.name,
      };
    case "static":
      return { ...head, kind: "static", staticId: id, source: null, scope: null };
    case "const": {
      const value = node.value === undefined ? ({ kind: "unit" } as const) : readConst(node.value);
      return { ...head, kind: "const", scope: null, source: null, state: { value } };
    }
  }
}

function asType(node: ItemNode | null): TypeNode {
  if (node?.kind !== "type") throw new TypeError("A variant of the library stands outside its enum");
  return node;
}
