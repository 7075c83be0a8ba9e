// cru audit verify: is the journal as it was written?
import { verifyJournal } from "@crucible/audit";
import { exitCode } from "../exit-code.ts";
import { userFolders } from "@crucible/config";
import { openStores } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { count } from "../render/count.ts";

export async function auditVerify({ terminal }: CommandContext): Promise<number> {
  const { journalPowers } = openStores(userFolders(terminal.streams.env));
  const verification = await verifyJournal(journalPowers);
  terminal.printJson(verification);
  const { ok, chains, records, problems } = verification;
  terminal.print(
    ok
      ? `The journal is whole: ${count(records, "record")} in ${count(chains, "chain")}`
      : `The journal was changed: ${count(problems.length, "problem")}`,
  );
  for (const problem of problems) {
    terminal.print(
      `${problem.kind} ${problem.file ?? ""}${problem.line === null ? "" : `:${problem.line}`} ${problem.message}`,
    );
  }
  return ok ? exitCode.ok : exitCode.failed;
}
