// cru kiln status: what the index holds, and which notes have problems.
import { withKiln } from "../session.ts";
import type { CommandContext } from "../program.ts";
import { findProblems, showProblems } from "./kiln-problems.ts";

export async function kilnStatus({ terminal, kiln }: CommandContext): Promise<number> {
  return withKiln(terminal, { kiln }, async (parts) => {
    const index = parts.index();
    const looked = await index.refresh();
    if (!looked.ok) return terminal.fail(looked.error);
    const [status, problems] = await Promise.all([index.status(), findProblems(index, looked.value)]);
    if (!status.ok) return terminal.fail(status.error);
    if (!problems.ok) return terminal.fail(problems.error);
    terminal.printJson({ ...status.value, problems: problems.value });
    const { dim } = terminal.payloadColors;
    for (const [name, value] of Object.entries(status.value))
      terminal.print(`${dim(name.padEnd(12))}${String(value ?? "none")}`);
    showProblems(terminal, problems.value, Number.POSITIVE_INFINITY);
    return 0;
  });
}
