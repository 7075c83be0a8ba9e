// What is wrong with a kiln's notes, as the commands about its index show it: place first, then what it is.
import type { IndexProblem, KilnIndex, RefreshReport } from "@crucible/kiln-store";
import { succeed, type Outcome } from "@crucible/sandbox";
import { printable } from "../render/printable.ts";
import type { Terminal } from "../terminal.ts";

/** Problems that the index knows, and files that a look at the kiln passed over, by path and line. */
export async function findProblems(
  index: Pick<KilnIndex, "problems">,
  looked: RefreshReport,
): Promise<Outcome<readonly IndexProblem[]>> {
  const known = await index.problems();
  if (!known.ok) return known;
  const paths = new Set(known.value.map(({ path }) => path));
  const passed = looked.skipped.flatMap(({ path, reason }) =>
    paths.has(path) ? [] : [{ path, line: null, message: reason }],
  );
  return succeed(
    [...known.value, ...passed].sort((a, b) =>
      a.path === b.path ? (a.line ?? 0) - (b.line ?? 0) : a.path < b.path ? -1 : 1,
    ),
  );
}

/** Shows problems to a person, at most `most` of them. */
export function showProblems(terminal: Terminal, problems: readonly IndexProblem[], most: number): void {
  for (const { path, line, message } of problems.slice(0, most))
    terminal.note(
      terminal.colors.yellow(`${printable(path)}${line === null ? "" : `:${line}`}: ${printable(message)}`),
    );
  if (problems.length > most)
    terminal.note(terminal.colors.yellow(`… and ${problems.length - most} more; cru kiln status shows all`));
}
