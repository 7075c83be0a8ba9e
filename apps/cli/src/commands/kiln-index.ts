// cru kiln index: brings the index up to date, and makes the vectors that are missing.
import type { IndexProgress } from "@crucible/kiln-store";
import { succeed } from "@crucible/sandbox";
import { exitCode } from "../exit-code.ts";
import type { CommandContext } from "../program.ts";
import { withKiln } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { findProblems, showProblems } from "./kiln-problems.ts";

interface IndexOptions {
  readonly rebuild?: boolean;
}

const shownProblems = 10;

export async function kilnIndex({ terminal, kiln }: CommandContext, { rebuild }: IndexOptions): Promise<number> {
  return withKiln(terminal, { kiln }, async ({ index: open }) => {
    const index = open();
    const progress = showProgress(terminal);
    const filled = await (rebuild === true ? index.rebuild(progress) : index.refresh(undefined, progress));
    if (!filled.ok) return terminal.fail(filled.error);
    const before = await index.status();
    if (!before.ok) return terminal.fail(before.error);
    const embedded =
      before.value.embedder === null ? succeed({ embedded: 0, elsewhere: false }) : await index.embedPending(progress);
    if (!embedded.ok) return terminal.fail(embedded.error);
    const [status, problems] = await Promise.all([index.status(), findProblems(index, filled.value)]);
    if (!status.ok) return terminal.fail(status.error);
    if (!problems.ok) return terminal.fail(problems.error);
    terminal.printJson({ ...status.value, ...embedded.value, problems: problems.value });
    const { notes, chunks } = status.value;
    terminal.print(`${notes} notes, ${chunks} passages, ${embedded.value.embedded} vectors made`);
    showProblems(terminal, problems.value, shownProblems);
    if (embedded.value.elsewhere) terminal.note("Another process is making the vectors");
    return exitCode.ok;
  });
}

// Progress overwrites its own line on a terminal and stays silent elsewhere.
function showProgress({ streams, colors }: Terminal): IndexProgress {
  let last = 0;
  return (phase, done, total) => {
    const now = performance.now();
    if (streams.stderr.isTTY !== true || (now - last < 100 && done < total)) return;
    last = now;
    const what = phase === "index" ? "reading notes" : "making vectors";
    streams.stderr.write(`\r${colors.dim(`${what} ${done}/${total}`)}\u001b[K${done >= total ? "\n" : ""}`);
  };
}
