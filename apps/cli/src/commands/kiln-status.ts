// cru kiln status: what the index holds, and which notes have problems.
import { withKiln } from "../session.ts";
import type { CommandContext } from "../program.ts";

export async function kilnStatus({ terminal, kiln }: CommandContext): Promise<number> {
  return withKiln(terminal, { kiln }, async ({ openIndex }) => {
    const index = await openIndex();
    if (!index.ok) return terminal.fail(index.error);
    const [status, problems] = await Promise.all([index.value.status(), index.value.problems()]);
    if (!status.ok) return terminal.fail(status.error);
    if (!problems.ok) return terminal.fail(problems.error);
    terminal.printJson({ ...status.value, problems: problems.value });
    const { dim } = terminal.payloadColors;
    for (const [name, value] of Object.entries(status.value))
      terminal.print(`${dim(name.padEnd(12))}${String(value ?? "none")}`);
    for (const problem of problems.value)
      terminal.note(terminal.colors.yellow(`${problem.path}:${problem.line} ${problem.message}`));
    return 0;
  });
}
