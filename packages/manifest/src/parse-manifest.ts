// From the text of a plugin file or `plugin.yaml` to a manifest, or to everything that is wrong with it at once.
// The order: front matter, YAML, structure (the published schema), meaning (field by field), documentation.
import type { Language, Outcome } from "@crucible/sandbox";
import { fail, succeed } from "@crucible/sandbox";
import { createCollector } from "./diagnostic.ts";
import type { Collector, ManifestCode, ManifestDiagnostic } from "./diagnostic.ts";
import { readDocComments } from "./doc-comments.ts";
import type { ManifestSource } from "./field-context.ts";
import { locateFrontMatter, wholeFile } from "./front-matter.ts";
import type { FrontMatter } from "./front-matter.ts";
import { isLanguage, languageExtensions, languageOfPath } from "./language.ts";
import type { Manifest } from "./manifest.ts";
import { readFields } from "./read-fields.ts";
import { manifestBounds, readYaml } from "./read-yaml.ts";
import { checkStructure } from "./check-structure.ts";

/** A manifest or the reason why there is none, with all findings; a valid manifest may come with warnings. */
export type ManifestResult = Outcome<Manifest> & { readonly diagnostics: readonly ManifestDiagnostic[] };

/**
 * Parses and validates a manifest. Never throws, whatever the text is; takes time linear in it.
 *
 * @returns the manifest, or `manifest/*` whose `details.diagnostics` are the findings: the code is the one that all errors
 * share, else `manifest/invalid`
 */
export function parseManifest(source: ManifestSource): ManifestResult {
  const { path } = source;
  const text = source.text.startsWith("\u{feff}") ? source.text.slice(1) : source.text;
  if (text.length > manifestBounds.fileUnits) {
    const collector = createCollector(path, []);
    const message = `Cannot read "${path}": it has ${text.length} characters, at most ${manifestBounds.fileUnits} are read`;
    collector.report({ code: "manifest/too-large", message, field: "" }, { line: 1, column: 1, width: 1 });
    return refuse(path, collector);
  }
  const lines = text.split(/\r\n|\n|\r/);
  const collector = createCollector(path, lines);
  const isFolderManifest = /(^|[/\\])plugin\.ya?ml$/.test(path);
  const language = source.language ?? languageOfPath(path);
  const front = isFolderManifest ? wholeFile(lines) : findFrontMatter(lines, language, path, collector);
  const root = front === undefined ? undefined : readYaml(front, collector);
  if (front === undefined || root === undefined) return refuse(path, collector);
  if (root.kind !== "map") {
    const what = root.kind === "list" ? "a list" : "no map of keys";
    collector.report(
      {
        code: "manifest/wrong-type",
        message: `Cannot read the manifest: it is ${what}, must be a map`,
        field: "",
        hint: "Write lines such as name: dice-roller",
      },
      root.mark,
    );
    return refuse(path, collector);
  }
  checkStructure(root, collector);
  const declared = readDeclaredLanguage(root.entries.get("language")?.node, root.entries.get("entry")?.node);
  const spoken = source.language ?? (isFolderManifest ? undefined : language) ?? declared;
  const documented = spoken ?? "wasm";
  const docs = readDocComments(front.code, front.bodyLine, documented);
  const manifest = readFields({ root, source, front, docs, collector, isFolderManifest, language: spoken });
  if (manifest === undefined || collector.hasErrors()) return refuse(path, collector);
  return { ...succeed(manifest), diagnostics: collector.list() };
}

function findFrontMatter(
  lines: readonly string[],
  language: Language | undefined,
  path: string,
  collector: Collector,
): FrontMatter | undefined {
  const result = locateFrontMatter(lines, language);
  if ("found" in result) return result.found;
  const { kind, mark, expected } = result.fault;
  if (kind === "unterminated") {
    collector.report(
      {
        code: "manifest/unterminated",
        message: `Cannot read the front matter of "${path}": it begins here and does not end`,
        field: "",
        hint: `End it with ${expected ?? "---"} on a line of its own`,
      },
      mark,
    );
    return undefined;
  }
  const hint =
    language === "wasm"
      ? "Put the component into a folder with a plugin.yaml"
      : "Begin the file with a line ---, then name: and description:, then a line --- (all of it may stand in a comment)";
  const endings = Object.keys(languageExtensions).map((ending) => `.${ending}`);
  const unknown = language === undefined ? `; its ending is none of ${endings.join(", ")}` : "";
  collector.report(
    { code: "manifest/missing", message: `Cannot find front matter in "${path}"${unknown}`, field: "", hint },
    mark,
  );
  return undefined;
}

function readDeclaredLanguage(
  ...nodes: readonly ({ readonly kind: string; readonly value?: unknown } | undefined)[]
): Language | undefined {
  for (const node of nodes) {
    const word = node?.kind === "scalar" && typeof node.value === "string" ? node.value : "";
    if (isLanguage(word)) return word;
    const byEnding = languageOfPath(word);
    if (byEnding !== undefined) return byEnding;
  }
  return undefined;
}

function refuse(path: string, collector: Collector): ManifestResult {
  const diagnostics = collector.list();
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const [first] = errors;
  const codes = new Set(errors.map(({ code }) => outcomeCode(code)));
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const code = codes.size === 1 ? ([...codes][0] ?? "manifest/invalid") : "manifest/invalid";
  return {
    ...fail(code, `${first?.message ?? `Cannot read "${path}"`}${more}`, {
      ...(first === undefined ? {} : { place: first.place }),
      ...(first?.hint === undefined ? {} : { hint: first.hint }),
      diagnostics,
    }),
    diagnostics,
  };
}

/** Error codes of the platform are fewer than those of findings. */
function outcomeCode(
  code: ManifestCode,
):
  | "manifest/syntax"
  | "manifest/missing"
  | "manifest/unknown-key"
  | "manifest/limit-above-maximum"
  | "manifest/invalid" {
  if (syntaxCodes.has(code)) return "manifest/syntax";
  if (code === "manifest/missing" || code === "manifest/unknown-key" || code === "manifest/limit-above-maximum")
    return code;
  return "manifest/invalid";
}

const syntaxCodes: ReadonlySet<ManifestCode> = new Set([
  "manifest/syntax",
  "manifest/unterminated",
  "manifest/unsafe-yaml",
  "manifest/duplicate-key",
]);
