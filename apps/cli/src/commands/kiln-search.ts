// cru kiln search: finds notes by meaning.
import type { SearchMode } from "@crucible/kiln-store";
import { printable } from "../render/printable.ts";
import { withKiln } from "../session.ts";
import type { CommandContext } from "../program.ts";

interface SearchOptions {
  readonly limit: number;
  readonly folder: readonly string[];
  readonly tag: readonly string[];
  readonly mode?: SearchMode;
}

export async function kilnSearch(
  { terminal, kiln }: CommandContext,
  query: string,
  options: SearchOptions,
): Promise<number> {
  return withKiln(terminal, { kiln }, async ({ openIndex }) => {
    const index = await openIndex();
    if (!index.ok) return terminal.fail(index.error);
    const found = await index.value.search(query, {
      limit: options.limit,
      filter: {
        ...(options.folder.length === 0 ? {} : { folders: options.folder }),
        ...(options.tag.length === 0 ? {} : { tags: options.tag }),
      },
      ...(options.mode === undefined ? {} : { mode: options.mode }),
    });
    if (!found.ok) return terminal.fail(found.error);
    terminal.printJson(found.value);
    terminal.printTable(found.value.results, [
      { title: "SCORE", value: ({ score }) => score.toFixed(2) },
      { title: "NOTE", value: ({ path }) => printable(path) },
      {
        title: "PASSAGE",
        value: ({ heading, snippet }) => printable(`${heading === "" ? "" : `${heading}: `}${snippet}`),
        flexible: true,
      },
    ]);
    if (found.value.note !== undefined) terminal.note(found.value.note);
    return 0;
  });
}
