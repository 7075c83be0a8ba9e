// cru kiln index: brings the index up to date, and makes the vectors that are missing.
import type { IndexProgress } from "@crucible/kiln-store";
import { withKiln } from "../session.ts";
import type { CommandContext } from "../program.ts";

interface IndexOptions {
  readonly rebuild?: boolean;
}

export async function kilnIndex({ terminal, kiln }: CommandContext, options: IndexOptions): Promise<number> {
  return withKiln(terminal, { kiln }, async ({ openIndex }) => {
    const index = await openIndex();
    if (!index.ok) return terminal.fail(index.error);
    const progress = showProgress(terminal);
    const filled =
      options.rebuild === true ? await index.value.rebuild(progress) : await index.value.refresh(undefined, progress);
    if (!filled.ok) return terminal.fail(filled.error);
    const embedded = await index.value.embedPending(progress);
    if (!embedded.ok) return terminal.fail(embedded.error);
    const status = await index.value.status();
    if (!status.ok) return terminal.fail(status.error);
    terminal.printJson({ ...status.value, ...embedded.value });
    terminal.print(
      `${status.value.notes} notes, ${status.value.chunks} passages, ${embedded.value.embedded} vectors made`,
    );
    if (embedded.value.elsewhere) terminal.note("Another process is making the vectors");
    return 0;
  });
}

// Progress overwrites its own line on a terminal and stays silent elsewhere.
function showProgress({ streams, colors }: CommandContext["terminal"]): IndexProgress {
  let last = 0;
  return (phase, done, total) => {
    const now = performance.now();
    if (streams.stderr.isTTY !== true || (now - last < 100 && done < total)) return;
    last = now;
    const what = phase === "index" ? "reading notes" : "making vectors";
    streams.stderr.write(`\r${colors.dim(`${what} ${done}/${total}`)}\u001b[K${done >= total ? "\n" : ""}`);
  };
}
