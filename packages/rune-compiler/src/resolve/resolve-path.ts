// Finds what a path names: looks the first segment up outwards through blocks to the module, then in the prelude, then
// among crates; walks the rest; follows imports, with cycles reported once; and checks at each step who may look.

import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { Path, PathSegment } from "../syntax/ast-name.ts";
import { suggest } from "./suggest.ts";
import type { Span } from "../syntax/span.ts";
import { isAccessible } from "./access.ts";
import {
  crateOf,
  type HostFunctionNode,
  type HostNode,
  homeOf,
  type ImportNode,
  type ItemNode,
  moduleOf,
  pathOf,
  type TypeNode,
  type WildcardImport,
} from "./item.ts";

/** From where a path is seen. */
export interface Viewpoint {
  /** The innermost node with names around the path. */
  readonly scope: ItemNode;
  /** The type of the `impl` around, for `Self`. */
  readonly self: TypeNode | null;
}

/** What is known beside the crate that a path stands in. */
export interface Surroundings {
  /** The module whose names are visible without `use`; a library has its own only after indexing. */
  readonly prelude: () => ItemNode | null;
  /** The crate or host module of a name. */
  readonly crate: (name: string) => ItemNode | null;
}

/** A path that names nothing: how far it went. */
export interface Missing {
  readonly missing: string;
  /** What the author probably meant, as a sentence; found only when it is asked for. */
  readonly help: () => string | undefined;
}

/** Depth of imports of imports; cycles are found before this, so that only hostile sources reach it. */
const MAX_IMPORT_DEPTH = 100;

/** Resolves paths for one compilation. */
export class Resolver {
  readonly #surroundings: Surroundings;
  readonly #diagnostics: DiagnosticSink;
  #depth = 0;

  constructor(surroundings: Surroundings, diagnostics: DiagnosticSink) {
    this.#surroundings = surroundings;
    this.#diagnostics = diagnostics;
  }

  /**
   * Finds the node of a path. Null after a report; `Missing` when no such name exists, which the caller reports,
   * because what it means depends on the place.
   */
  resolve(path: Path, view: Viewpoint): ItemNode | Missing | null {
    return this.#walk(path.segments, path.global, path.span, view, null);
  }

  /** Finds a single name as seen from a place, without reporting that it is missing. */
  lookup(name: string, view: Viewpoint, span: Span): ItemNode | Missing | null {
    return this.#first({ kind: "name", name, span, generics: null, genericsSpan: null }, null, span, view, null);
  }

  /** The target of an import; null after a report, `Missing` if there is none. */
  target(node: ImportNode, span: Span): ItemNode | Missing | null {
    const { state } = node;
    if (typeof state === "object") return state.target;
    if (state === "failed") return null;
    if (this.#depth > MAX_IMPORT_DEPTH) {
      return this.#report("import-recursion-limit", span, `More than ${MAX_IMPORT_DEPTH} imports lead to one another`);
    }
    if (state === "busy") {
      node.state = "failed";
      this.#diagnostics.error("compile/import-cycle", span, `Import \`${node.name}\` leads back to itself`, {
        labels: span.start === node.span.start ? [] : [{ span: node.span, message: "imported here" }],
      });
      return null;
    }
    node.state = "busy";
    this.#depth += 1;
    const found = this.#walk(node.segments, node.global, span, { scope: node.scope, self: null }, node);
    this.#depth -= 1;
    // The walk may have come back here and marked the cycle.
    if ((node.state as ImportNode["state"]) === "failed") return null;
    if (found === null) node.state = "failed";
    else if ("missing" in found) node.state = "new";
    else node.state = { target: found };
    return found;
  }

  #walk(
    segments: readonly PathSegment[],
    global: Span | null,
    span: Span,
    view: Viewpoint,
    own: ImportNode | null,
  ): ItemNode | Missing | null {
    const first = segments[0];
    if (first === undefined) return { missing: "", help: () => undefined };
    let at = this.#first(first, global, span, view, own);
    for (const segment of segments.slice(1)) {
      if (at === null || "missing" in at) return at;
      const step: ItemNode | Missing | null = this.#step(at, segment, span, view);
      at = step;
    }
    return at;
  }

  #first(
    segment: PathSegment,
    global: Span | null,
    span: Span,
    view: Viewpoint,
    own: ImportNode | null,
  ): ItemNode | Missing | null {
    if (global !== null) {
      const crate = segment.kind === "name" ? this.#surroundings.crate(segment.name) : null;
      if (crate !== null) return crate;
      if (segment.kind === "name") return { missing: `::${segment.name}`, help: () => undefined };
      return this.#report("unsupported-global", global, "`::` is supported only before the name of a crate");
    }
    const module = moduleOf(view.scope);
    switch (segment.kind) {
      case "crate":
        return crateOf(view.scope);
      case "self":
        return module;
      case "super":
        return module.parent === null
          ? this.#report("unsupported-super", segment.span, "The root of a crate has no `super`")
          : module.parent;
      case "Self":
        return (
          view.self ??
          this.#report("unsupported-self-type", segment.span, "`Self` has no meaning outside an `impl` block")
        );
      case "name":
        return this.#outwards(genericName(segment), span, view, own);
    }
  }

  /** Looks a name up in the blocks around, the module, the prelude, and among crates. */
  #outwards(name: string, span: Span, view: Viewpoint, own: ImportNode | null): ItemNode | Missing | null {
    for (let scope: ItemNode | null = view.scope; scope !== null; scope = scope.parent) {
      if (scope.kind === "module" || scope.kind === "block") {
        const found = this.#member(scope, name, span, view, own);
        if (found === null || !("missing" in found)) return found;
      }
      if (scope.kind === "module") break;
    }
    const prelude = this.#surroundings.prelude();
    if (prelude !== null) {
      const found = this.#member(prelude, name, span, view, own);
      if (found === null || !("missing" in found)) return found;
    }
    const crate = this.#surroundings.crate(name);
    if (crate !== null) return crate;
    const module = pathOf(moduleOf(view.scope));
    return { missing: module === "" ? name : `${module}::${name}`, help: () => suggest(name, this.#visible(view)) };
  }

  /** Names that can be written without a path from a place. */
  *#visible(view: Viewpoint): Generator<string> {
    for (let scope: ItemNode | null = view.scope; scope !== null; scope = scope.parent) {
      yield* scope.children.keys();
      if (scope.kind === "module") break;
    }
    yield* this.#surroundings.prelude()?.children.keys() ?? [];
  }

  #step(at: ItemNode, segment: PathSegment, span: Span, view: Viewpoint): ItemNode | Missing | null {
    if (segment.kind === "super") {
      if ((at.kind === "module" || at.kind === "block") && at.parent !== null) return at.parent;
      return this.#report("unsupported-super", segment.span, "`super` is not supported here");
    }
    if (segment.kind !== "name") {
      const message = `\`${segment.name}\` is supported only as the first part of a path`;
      return this.#report("expected-leading-path-segment", segment.span, message);
    }
    if (at.kind === "host") return this.#hostMember(at, segment);
    if (at.kind === "host-function" && at.open) return hostFunction(at, at.path, segment.name, true);
    return this.#member(at, genericName(segment), span, view, null);
  }

  /** A name inside a node, through imports and wildcards, if it may be seen. */
  #member(
    holder: ItemNode,
    name: string,
    span: Span,
    view: Viewpoint,
    own: ImportNode | null,
  ): ItemNode | Missing | null {
    const child = holder.children.get(name);
    if (child !== undefined && child !== own) {
      if (!isAccessible(child.access, homeOf(child), view.scope)) return this.#notVisible(child, span);
      return child.kind === "import" ? this.target(child, span) : child;
    }
    if (holder.kind === "module" || holder.kind === "block") {
      for (const wildcard of holder.wildcards) {
        if (!isAccessible(wildcard.access, moduleOf(wildcard.scope), view.scope)) continue;
        const found = this.#throughWildcard(wildcard, name, span);
        if (found !== null) return found;
      }
    }
    const host = holder.kind === "module" && holder.host !== null ? this.#hostName(holder.host, name) : null;
    if (host !== null) return host;
    const path = pathOf(holder);
    return { missing: path === "" ? name : `${path}::${name}`, help: () => suggest(name, holder.children.keys()) };
  }

  /** A name that `use path::*` brings in, or null. What may not be seen from the wildcard is not brought in. */
  #throughWildcard(wildcard: WildcardImport, name: string, span: Span): ItemNode | null {
    if (wildcard.state === "busy" || wildcard.state === "failed") return null;
    const target = this.wildcardTarget(wildcard);
    if (target === null) return null;
    const { state } = wildcard;
    wildcard.state = "busy";
    try {
      if (target.kind === "host") return this.#hostName(target, name);
      const child = target.children.get(name);
      if (child !== undefined) {
        if (!isAccessible(child.access, homeOf(child), wildcard.scope)) return null;
        const found = child.kind === "import" ? this.target(child, span) : child;
        return found === null || "missing" in found ? null : found;
      }
      if (target.kind !== "module" && target.kind !== "block") return null;
      for (const inner of target.wildcards) {
        if (!isAccessible(inner.access, moduleOf(inner.scope), wildcard.scope)) continue;
        const found = this.#throughWildcard(inner, name, span);
        if (found !== null) return found;
      }
      return null;
    } finally {
      wildcard.state = state;
    }
  }

  /** What a wildcard stands before; null after a report. */
  wildcardTarget(wildcard: WildcardImport): ItemNode | null {
    const { state } = wildcard;
    if (typeof state === "object") return state.target;
    if (state !== "new") return null;
    wildcard.state = "busy";
    const found = this.#walk(
      wildcard.path.segments,
      wildcard.path.global,
      wildcard.path.span,
      { scope: wildcard.scope, self: null },
      null,
    );
    if (found === null || "missing" in found) {
      if (found !== null) {
        const help = found.help() ?? "";
        this.#report("missing-item", wildcard.path.span, `Missing item \`${found.missing}\``, { help });
      }
      wildcard.state = "failed";
      return null;
    }
    wildcard.state = { target: found };
    return found;
  }

  #hostMember(host: HostNode, segment: PathSegment): ItemNode | null {
    if (segment.genericsSpan !== null) {
      return this.#report("unsupported-generics", segment.genericsSpan, "Host functions have no type parameters");
    }
    const found = this.#hostName(host, segment.name);
    if (found !== null) return found;
    const known = host.functions ?? [];
    return this.#report(
      "missing-item",
      segment.span,
      `Host module \`${host.path}\` has no function \`${segment.name}\``,
      {
        help: suggest(segment.name, known) ?? (known.length === 0 ? "" : `It has ${known.slice(0, 20).join(", ")}`),
      },
    );
  }

  /** A function of a host module, or a module inside it when functions have dotted names. */
  #hostName(host: HostNode, name: string): HostNode | HostFunctionNode | null {
    const known = host.children.get(name);
    if (known?.kind === "host-function" || known?.kind === "host") return known;
    if (host.functions === null || host.functions.includes(name)) {
      const node = hostFunction(host, host.path, name, host.functions === null);
      host.children.set(name, node);
      return node;
    }
    const inner = host.functions
      .filter((path) => path.startsWith(`${name}.`))
      .map((path) => path.slice(name.length + 1));
    if (inner.length === 0) return null;
    const node: HostNode = {
      kind: "host",
      name,
      parent: host,
      access: "public",
      span: host.span,
      children: new Map(),
      path: `${host.path}.${name}`,
      functions: inner,
    };
    host.children.set(name, node);
    return node;
  }

  #notVisible(node: ItemNode, span: Span): null {
    const slug = node.kind === "module" ? "not-visible-mod" : "not-visible";
    const what = node.kind === "module" ? "Module" : "Item";
    const labels = node.span.source >= 0 ? [{ span: node.span, message: "defined here" }] : [];
    this.#diagnostics.error(`compile/${slug}`, span, `${what} \`${pathOf(node)}\` is private`, {
      labels,
      help: "Write `pub` before it to make it visible",
    });
    return null;
  }

  #report(slug: string, span: Span, message: string, extra: { readonly help?: string } = {}): null {
    const help = extra.help === undefined || extra.help === "" ? {} : { help: extra.help };
    this.#diagnostics.error(`compile/${slug}`, span, message, help);
    return null;
  }
}

function hostFunction(parent: ItemNode, path: string, name: string, open: boolean): HostFunctionNode {
  return {
    kind: "host-function",
    name,
    parent,
    access: "public",
    span: parent.span,
    children: new Map(),
    path: `${path}.${name}`,
    open,
  };
}

/** Name of a segment with its type parameters, as associated functions are declared: `collect::<Vec>`. */
export function genericName(segment: PathSegment): string {
  if (segment.generics === null) return segment.name;
  const names = segment.generics.map((generic) =>
    generic.kind === "path" ? (generic.path.segments.at(-1)?.name ?? "?") : "?",
  );
  return `${segment.name}::<${names.join(",")}>`;
}
