// cru kiln graph: walks the links from a note.
import type { WalkStrategy } from "@crucible/kiln-store";
import { printable } from "../render/printable.ts";
import { withKiln } from "../session.ts";
import type { CommandContext } from "../program.ts";

interface GraphOptions {
  readonly strategy: WalkStrategy;
  readonly depth: number;
}

export async function kilnGraph(
  { terminal, kiln }: CommandContext,
  note: string,
  options: GraphOptions,
): Promise<number> {
  return withKiln(terminal, { kiln }, async ({ openIndex }) => {
    const index = await openIndex();
    if (!index.ok) return terminal.fail(index.error);
    const found = await index.value.traverse(note, options.strategy, { depth: options.depth });
    if (!found.ok) return terminal.fail(found.error);
    terminal.printJson(found.value);
    terminal.printTable(found.value, [
      { title: "DEPTH", value: ({ depth }) => String(depth) },
      { title: "NOTE", value: ({ path }) => printable(path) },
      { title: "VIA", value: ({ via }) => printable(via ?? "") },
      { title: "TITLE", value: ({ title }) => printable(title), flexible: true },
    ]);
    return 0;
  });
}
