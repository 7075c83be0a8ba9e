// The effects of index-declarations.ts upon a kiln's index, which is opened and brought up to date when first needed.
import type { AuthorityRequest, HostArguments, HostFunction, Outcome, Value } from "@crucible/sandbox";
import { fromPlain, isObject, float, succeed, textArgument } from "@crucible/sandbox";
import type { KilnIndex, SearchOptions, TraverseOptions, WalkStrategy } from "@crucible/kiln-store";
import { parseFolderPath } from "@crucible/kiln-store";
import { filterOf } from "./note-filter.ts";

/**
 * Gives the index, brought up to date with the files.
 *
 * @param changed notes that are known to have changed since it was given last; others may have as well
 */
export type OpenIndex = (changed?: readonly string[]) => Promise<Outcome<KilnIndex>>;

export function createIndexFunctions(openIndex: OpenIndex): Readonly<Record<string, HostFunction>> {
  const withIndex = async <T>(
    run: (index: KilnIndex) => Promise<Outcome<T>>,
    convert: (found: T) => Value,
  ): Promise<Outcome<Value>> => {
    const index = await openIndex();
    if (!index.ok) return index;
    const outcome = await run(index.value);
    return outcome.ok ? succeed(convert(outcome.value)) : outcome;
  };
  const ofNote = (
    name: string,
    run: (index: KilnIndex, path: string) => Promise<Outcome<readonly unknown[]>>,
  ): HostFunction => ({
    authority: (args) =>
      wholeKiln(`crucible.${name}`, `read the links of "${textArgument(args, "path").slice(0, 80)}"`),
    run: (args) =>
      withIndex(
        (index) => run(index, textArgument(args, "path")),
        (found) => fromPlain(found),
      ),
  });
  return {
    search: {
      authority: searchAuthority,
      run: (args) =>
        withIndex(
          (index) => index.search(textArgument(args, "query"), searchOptions(args["options"])),
          ({ results }) => results.map((hit) => ({ ...hit, score: float(hit.score) })),
        ),
    },
    "graph.traverse": {
      authority: (args) =>
        wholeKiln("crucible.graph.traverse", `walk the links from "${textArgument(args, "start").slice(0, 80)}"`),
      run: (args) =>
        withIndex(
          (index) =>
            index.traverse(
              textArgument(args, "start"),
              textArgument(args, "strategy") as WalkStrategy,
              traverseOptions(args["options"]),
            ),
          (found) => fromPlain(found),
        ),
    },
    "graph.neighbors": ofNote("graph.neighbors", (index, path) => index.neighbors(path)),
    "graph.backlinks": ofNote("graph.backlinks", (index, path) => index.backlinks(path)),
    "graph.outlinks": ofNote("graph.outlinks", (index, path) => index.outlinks(path)),
  };
}

// A search that is limited to folders needs the right to read these, any other the right to read all.
function searchAuthority(args: HostArguments): Outcome<readonly AuthorityRequest[]> {
  const options = args["options"];
  const folders = options !== undefined && isObject(options) ? options["folders"] : undefined;
  const summary = `search for "${textArgument(args, "query").slice(0, 80)}"`;
  if (!Array.isArray(folders) || folders.length === 0) return wholeKiln("crucible.search", summary);
  const requests: AuthorityRequest[] = [];
  for (const folder of folders as readonly Value[]) {
    const path = parseFolderPath(typeof folder === "string" ? folder : "");
    if (!path.ok) return path;
    requests.push({
      capability: "KilnRead",
      operation: "crucible.search",
      subject: { kind: "folder", value: path.value },
      argumentSummary: summary,
    });
  }
  return succeed(requests);
}

function wholeKiln(operation: string, argumentSummary: string): Outcome<readonly AuthorityRequest[]> {
  return succeed([{ capability: "KilnRead", operation, subject: { kind: "folder", value: "" }, argumentSummary }]);
}

function searchOptions(given: Value | undefined): SearchOptions {
  if (given === undefined || !isObject(given)) return {};
  const { limit, mode, min_score: minScore } = given;
  return {
    ...(limit === undefined || limit === null ? {} : { limit: Number(limit) }),
    ...(mode === "hybrid" || mode === "semantic" || mode === "lexical" ? { mode } : {}),
    ...(minScore === undefined || minScore === null ? {} : { minScore: numberOf(minScore) }),
    filter: filterOf(given),
  };
}

function traverseOptions(given: Value | undefined): TraverseOptions {
  if (given === undefined || !isObject(given)) return {};
  const { depth, limit } = given;
  return {
    ...(depth === undefined || depth === null ? {} : { depth: Number(depth) }),
    ...(limit === undefined || limit === null ? {} : { limit: Number(limit) }),
  };
}

function numberOf(value: Value): number {
  return typeof value === "object" && value !== null && "value" in value ? Number(value.value) : Number(value);
}
