// cru kiln index: brings the index up to date, and makes the vectors that are missing. With --watch it goes on with every
// change of a note until it is interrupted.
import {
  watchKiln,
  type IndexProgress,
  type KilnIndex,
  type NoteEvent,
  type RefreshReport,
} from "@crucible/kiln-store";
import { formatJson, fromPlain, type Outcome } from "@crucible/sandbox";
import { exitCode } from "../exit-code.ts";
import { printable } from "../render/printable.ts";
import type { CommandContext } from "../program.ts";
import { withKiln } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { findProblems, showProblems } from "./kiln-problems.ts";

interface IndexOptions {
  readonly rebuild?: boolean;
  readonly watch?: boolean;
}

const shownProblems = 10;

export async function kilnIndex({ terminal, kiln }: CommandContext, options: IndexOptions): Promise<number> {
  return withKiln(terminal, { kiln }, ({ index, root }) =>
    options.watch === true ? follow(terminal, index(), root, options) : indexOnce(terminal, index(), options),
  );
}

async function indexOnce(terminal: Terminal, index: KilnIndex, options: IndexOptions): Promise<number> {
  const progress = showProgress(terminal);
  const filled = await fill(index, options, progress);
  if (!filled.ok) return terminal.fail(filled.error);
  const embedded = await index.embedPending(progress);
  if (!embedded.ok) return terminal.fail(embedded.error);
  const [status, problems] = await Promise.all([index.status(), findProblems(index, filled.value)]);
  if (!status.ok) return terminal.fail(status.error);
  if (!problems.ok) return terminal.fail(problems.error);
  terminal.printJson({ ...status.value, ...embedded.value, problems: problems.value });
  terminal.print(
    `${status.value.notes} notes, ${status.value.chunks} passages, ${embedded.value.embedded} vectors made`,
  );
  showProblems(terminal, problems.value, shownProblems);
  if (embedded.value.elsewhere) terminal.note("Another process is making the vectors");
  return exitCode.ok;
}

/** Ends with the first signal: what was begun is closed by whoever opened the kiln. */
async function follow(terminal: Terminal, index: KilnIndex, root: string, options: IndexOptions): Promise<number> {
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve("interrupted"));
  });
  const progress = showProgress(terminal);
  const filled = await Promise.race([interrupted, fill(index, options, progress)]);
  if (filled === "interrupted") return exitCode.interrupted;
  if (!filled.ok) return terminal.fail(filled.error);
  const watch = watchKiln({
    root,
    index,
    onChanges: (changes) => {
      for (const change of changes) showChange(terminal, change);
    },
    onProblem: ({ message }) => terminal.note(terminal.colors.yellow(printable(message))),
  });
  try {
    if ((await Promise.race([interrupted, watch.ready])) === "interrupted") return exitCode.interrupted;
    const problems = await findProblems(index, filled.value);
    if (problems.ok) showProblems(terminal, problems.value, shownProblems);
    terminal.note("Following the notes; Ctrl+C ends it");
    // Shows how far the vectors are; those of later changes are made in the background.
    const vectors = index.embedPending(progress).then((made) => {
      if (!made.ok) terminal.note(terminal.colors.yellow(`No vectors: ${printable(made.error.message)}`));
    });
    await Promise.race([interrupted, vectors.then(() => interrupted)]);
    return exitCode.interrupted;
  } finally {
    await watch.dispose();
  }
}

function fill(index: KilnIndex, options: IndexOptions, progress: IndexProgress): Promise<Outcome<RefreshReport>> {
  return options.rebuild === true ? index.rebuild(progress) : index.refresh(undefined, progress);
}

/** One line for each change, as data too: whoever reads does not wait for the end. */
function showChange({ json, streams }: Terminal, change: NoteEvent): void {
  const from = change.kind === "moved" ? ` from ${printable(change.from)}` : "";
  streams.stdout.write(
    json ? `${formatJson(fromPlain(change))}\n` : `${change.kind.padEnd(8)} ${printable(change.path)}${from}\n`,
  );
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
