// Indexes `use` items: one import node for each name, one wildcard for each `*`. Targets are found later.

import type { UseItem, UseTree } from "../syntax/ast-item.ts";
import { joinSpans, type Span } from "../syntax/span.ts";
import type { Indexer } from "./index-items.ts";
import type { BlockNode, ImportNode, ModuleNode } from "./item.ts";

/** Nodes of the names that a `use` item brings in; its wildcards are added to the scope. */
export function indexUse(indexer: Indexer, scope: ModuleNode | BlockNode, item: UseItem): readonly ImportNode[] {
  const access = indexer.access(item.visibility);
  const nodes: ImportNode[] = [];
  const walk = (tree: UseTree, prefix: UseTree["segments"], global: Span | null): void => {
    if (tree.global !== null && prefix.length > 0) {
      indexer.error("unsupported-global", tree.global, "`::` is supported only at the start of a path");
      return;
    }
    const segments = [...prefix, ...tree.segments];
    for (const [index, segment] of segments.entries()) {
      if (index < prefix.length) continue;
      const leading = segment.kind === "self" || segment.kind === "crate" || segment.kind === "Self";
      if ((leading && index > 0) || segment.kind === "Self") {
        const message = `\`${segment.name}\` is supported only as the first part of a path`;
        indexer.error("expected-leading-path-segment", segment.span, message);
        return;
      }
      if (segment.genericsSpan !== null) {
        indexer.error("unsupported-generics", segment.genericsSpan, "Type parameters are not supported in `use`");
        return;
      }
    }
    const first = global ?? tree.global;
    const { tail } = tree;
    switch (tail.kind) {
      case "group":
        for (const inner of tail.trees) walk(inner, segments, first);
        return;
      case "wildcard": {
        const last = segments.at(-1);
        const start = segments[0];
        if (last === undefined || start === undefined) {
          indexer.error("last-use-component", tree.span, "A wildcard needs a path before it");
          return;
        }
        const path = { span: joinSpans(start.span, last.span), global: first, segments };
        scope.wildcards.push({ path, access, span: tail.span, scope, state: "new" });
        return;
      }
      case "name":
      case "alias": {
        const name = tail.kind === "alias" ? tail.name.name : segments.at(-1)?.name;
        if (name === undefined || (tail.kind === "name" && segments.at(-1)?.kind !== "name")) {
          indexer.error("last-use-component", tree.span, "This import has no name: add `as name`");
          return;
        }
        nodes.push({
          kind: "import",
          name,
          parent: scope,
          access,
          span: tree.span,
          children: new Map(),
          scope,
          global: first,
          segments,
          state: "new",
        });
      }
    }
  };
  walk(item.tree, [], null);
  return nodes;
}
