// cru undo: takes back what an execution changed, with all that it called. What changed stands in the journal.
import { noSubject, queryJournal } from "@crucible/audit";
import { undoExecution, type RecordedChange } from "@crucible/kiln-api";
import { fail, unwrap } from "@crucible/sandbox";
import type { CommandContext } from "../program.ts";
import { withPlatform } from "../session.ts";

export async function undo({ terminal, kiln }: CommandContext, execution: string): Promise<number> {
  return withPlatform(terminal, { kiln }, async ({ journal, journalPowers, kiln: parts, values }) => {
    if (parts === undefined)
      return terminal.fail(
        fail("host/not-found", "Cannot undo: there is no kiln here", { hint: "Name it with --kiln FOLDER" }).error,
      );
    const members = new Set([execution]);
    const changes: RecordedChange[] = [];
    for await (const { record } of queryJournal(journalPowers, { kinds: ["execution.start", "kiln.change"] })) {
      const { execution_id: id } = record;
      if (record.kind === "execution.start" && id !== null && record.root_execution_id === execution) members.add(id);
      if (record.kind !== "kiln.change" || id === null || !members.has(id)) continue;
      const { path, before, before_hash: beforeHash, after_hash: afterHash } = record;
      changes.push({
        path,
        beforeHash,
        afterHash,
        readBefore: async () => (before === null ? undefined : values.get(before)),
      });
    }
    if (changes.length === 0) {
      return terminal.fail(
        fail("host/not-found", `Cannot undo "${execution}": the journal has no changes of it`, {
          hint: "cru audit tail --kind kiln.change shows executions that changed notes",
        }).error,
      );
    }
    const undone = await undoExecution(parts.files, changes);
    if (!undone.ok) return terminal.fail(undone.error);
    unwrap(
      await journal.record({
        ...noSubject,
        kind: "kiln.undo",
        undone_execution: execution,
        files: undone.value.length,
      }),
    );
    terminal.printJson({ execution, files: undone.value });
    for (const { path, effect } of undone.value) terminal.print(`${effect} ${path}`);
    if (undone.value.length === 0) terminal.note("Everything is as it was before already");
    return 0;
  });
}
