// The tree of named things: what indexing builds, what a library ships, what path resolution walks.
// A node knows its names; where a name may be used from is `access.ts`, how a path is walked is `resolve-path.ts`.

import type { Block, Expression } from "../syntax/ast-expression.ts";
import type { FunctionItem, StaticItem, Visibility } from "../syntax/ast-item.ts";
import type { Path, PathSegment } from "../syntax/ast-name.ts";
import type { Span } from "../syntax/span.ts";
import type { ConstValue } from "./const-value.ts";

/** Who may use an item, seen from the module it stands in. */
export type Access = Exclude<Visibility["kind"], "in">;

interface NodeHead {
  readonly name: string;
  /** The node that holds this one; null for a crate and a host module. */
  readonly parent: ItemNode | null;
  readonly access: Access;
  /** The item, for messages about it. */
  readonly span: Span;
  /** Names directly inside. */
  readonly children: Map<string, ItemNode>;
}

/** A module, the root of a crate among them. */
export interface ModuleNode extends NodeHead {
  readonly kind: "module";
  readonly wildcards: WildcardImport[];
  /** For the crate that a host module's shim makes: where names are looked for that the shim does not define. */
  readonly host: HostNode | null;
}

/** A block with items; it has no name of its own. */
export interface BlockNode extends NodeHead {
  readonly kind: "block";
  readonly wildcards: WildcardImport[];
}

/** A function, associated or not. */
export interface FunctionNode extends NodeHead {
  readonly kind: "function";
  readonly functionId: number;
  /** Null in a library that was loaded. */
  readonly source: FunctionItem | null;
  /** Where the body looks names up. */
  readonly scope: ItemNode | null;
  /** The type whose `impl` it stands in. */
  readonly self: TypeNode | null;
  /** Further types of the library that have this method. */
  readonly alsoFor: readonly TypeNode[];
  /** Whether the first parameter is `self`. */
  readonly isMethod: boolean;
  readonly isConst: boolean;
  readonly marks: { readonly test: boolean; readonly bench: boolean };
  /** Name with type parameters, as methods are called by: `collect::<Vec>`. */
  readonly fullName: string;
}

/** Fields of a struct or variant. */
export interface Shape {
  readonly kind: "unit" | "tuple" | "named";
  /** Names in slot order; positions for a tuple. */
  readonly fields: readonly string[];
}

/** A struct or enum. */
export interface TypeNode extends NodeHead {
  readonly kind: "type";
  readonly typeId: number;
  /** The shape of a struct; null for an enum. */
  readonly shape: Shape | null;
  /** Whether the type is of the library. */
  readonly foreign: boolean;
  /** Whether the runtime has a layout of its own for it, so that fields are read by name and nothing constructs it. */
  readonly builtin: boolean;
}

/** A variant of an enum. */
export interface VariantNode extends NodeHead {
  readonly kind: "variant";
  readonly type: TypeNode;
  readonly index: number;
  readonly shape: Shape;
}

/** A constant; its value is found when it is first needed. */
export interface ConstNode extends NodeHead {
  readonly kind: "const";
  readonly scope: ItemNode | null;
  readonly source: Expression | null;
  state: "new" | "busy" | "failed" | { readonly value: ConstValue };
}

/** A static item. */
export interface StaticNode extends NodeHead {
  readonly kind: "static";
  readonly staticId: number;
  readonly source: StaticItem | null;
  readonly scope: ItemNode | null;
}

/** A name brought in by `use`; its target is found when it is first needed. */
export interface ImportNode extends NodeHead {
  readonly kind: "import";
  readonly scope: ItemNode;
  readonly global: Span | null;
  readonly segments: readonly PathSegment[];
  state: "new" | "busy" | "failed" | { readonly target: ItemNode };
}

/** A module of host functions, or one inside it; any name in it is a host function. */
export interface HostNode extends NodeHead {
  readonly kind: "host";
  /** Dotted path: `crucible`, `crucible.state`. */
  readonly path: string;
  /** Names that exist, those of inner modules with dots; null when that is not known. */
  readonly functions: readonly string[] | null;
}

/** A host function; `path` is dotted: `crucible.read_note`. */
export interface HostFunctionNode extends NodeHead {
  readonly kind: "host-function";
  readonly path: string;
  /** Whether the functions of the module are not known, so that this may be a module inside it. */
  readonly open: boolean;
}

export type ItemNode =
  | ModuleNode
  | BlockNode
  | FunctionNode
  | TypeNode
  | VariantNode
  | ConstNode
  | StaticNode
  | ImportNode
  | HostNode
  | HostFunctionNode;

/** `use path::*` in a module or block. */
export interface WildcardImport {
  readonly path: Path;
  readonly access: Access;
  readonly span: Span;
  readonly scope: ItemNode;
  state: "new" | "busy" | "failed" | { readonly target: ItemNode };
}

/** Blocks with items, for lowering to find its scope when it enters one. */
export type BlockScopes = Map<Block, BlockNode>;

/** The module around a node, or the node itself if it is one. */
export function moduleOf(node: ItemNode): ItemNode {
  let at: ItemNode = node;
  while (at.kind !== "module" && at.parent !== null) at = at.parent;
  return at;
}

/** The root of the crate that a node is in. */
export function crateOf(node: ItemNode): ItemNode {
  let at: ItemNode = node;
  while (at.parent !== null) at = at.parent;
  return at;
}

/** The module that an item stands in: for a module, the one around it. */
export function homeOf(node: ItemNode): ItemNode {
  return node.parent === null ? node : moduleOf(node.parent);
}

/** Full path for messages: `shapes::Point::area`; blocks have no part in it. The own crate's root is empty. */
export function pathOf(node: ItemNode): string {
  const parts: string[] = [];
  for (let at: ItemNode | null = node; at !== null; at = at.parent) {
    if (at.kind !== "block" && at.name !== "") parts.push(at.name);
  }
  return parts.reverse().join("::");
}

/** What a node is, in words: `struct shapes::Point`. */
export function describeNode(node: ItemNode): string {
  const kind = node.kind === "type" ? (node.shape === null ? "enum" : "struct") : node.kind.replace("-", " ");
  const path = pathOf(node);
  const foreign = path.startsWith("std::") || path === "std";
  return `${kind} ${foreign ? "::" : ""}${path}`;
}
