// What the passes over a manifest's fields share: the source, the YAML with its places, and access by key and kind.
import type { CapabilityName, Language } from "@crucible/sandbox";
import type { Collector, Mark } from "./diagnostic.ts";
import type { DocComments } from "./doc-comments.ts";
import type { FrontMatter } from "./front-matter.ts";
import type { DeclaredScope } from "./manifest.ts";
import type { Located, LocatedMap } from "./read-yaml.ts";

/** What is to be parsed, and what the surrounding host knows. */
export interface ManifestSource {
  /** Used in messages; its ending tells the language, and `plugin.yaml` that there is no code in it. */
  readonly path: string;
  readonly text: string;
  /** Overrides what the path's ending says. */
  readonly language?: Language;
  /** Further names that no plugin can bear, such as the host's own tools. */
  readonly reservedNames?: readonly string[];
  /** Says what is wrong with the scope of a capability, or nothing. `parseScope` of `@crucible/capabilities` fits. */
  readonly checkScope?: (capability: CapabilityName, scope: DeclaredScope) => string | undefined;
}

/** Everything that reading fields needs. */
export interface FieldContext {
  readonly root: LocatedMap;
  readonly source: ManifestSource;
  readonly front: FrontMatter;
  readonly docs: DocComments;
  readonly collector: Collector;
  readonly isFolderManifest: boolean;
  /** What the file's ending, the host or the manifest says. */
  readonly language: Language | undefined;
}

/** The text of a field, or nothing when it is none. */
export function textAt(map: LocatedMap, key: string): string | undefined {
  const node = map.entries.get(key)?.node;
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** The map of a field, or nothing. */
export function mapAt(map: LocatedMap, key: string): LocatedMap | undefined {
  const node = map.entries.get(key)?.node;
  return node?.kind === "map" ? node : undefined;
}

/** The items of a field, or none. */
export function itemsAt(map: LocatedMap, key: string): readonly Located[] {
  const node = map.entries.get(key)?.node;
  return node?.kind === "list" ? node.items : [];
}

/** The place of a field's value. */
export function valueMark(map: LocatedMap, key: string): Mark {
  return map.entries.get(key)?.node.mark ?? map.mark;
}
