// cru audit query and export: the records of the journal that answer a question, for people and for other programs.
import { exportJournal, isRecordKind, queryJournal, type JournalQuery } from "@crucible/audit";
import { userFolders } from "@crucible/config";
import { fail, succeed, type Outcome } from "@crucible/sandbox";
import { openStores } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { renderRecord } from "./audit-tail.ts";

/** What `cru audit query` and `cru audit export` filter by. */
export interface QueryOptions {
  readonly plugin?: string;
  readonly kind: readonly string[];
  readonly execution?: string;
  /** ISO 8601 or a prefix of it; `since` is included, `until` is not. */
  readonly since?: string;
  readonly until?: string;
}

/** Shows every record that matches, the oldest first. */
export async function auditQuery({ terminal }: CommandContext, options: QueryOptions): Promise<number> {
  const query = readQuery(options);
  if (!query.ok) return terminal.fail(query.error);
  const { journalPowers } = openStores(userFolders(terminal.streams.env));
  const records: unknown[] = [];
  let count = 0;
  for await (const { record } of queryJournal(journalPowers, query.value)) {
    count += 1;
    if (terminal.json) records.push(record);
    else terminal.print(renderRecord(record, terminal.payloadColors));
  }
  terminal.printJson(records);
  if (count === 0) terminal.note("The journal has no such records");
  return 0;
}

/** Writes every record that matches as JSON Lines, each with the name of its chain. Needs memory for one segment only. */
export async function auditExport({ terminal }: CommandContext, options: QueryOptions): Promise<number> {
  const query = readQuery(options);
  if (!query.ok) return terminal.fail(query.error);
  const { journalPowers } = openStores(userFolders(terminal.streams.env));
  for await (const line of exportJournal(journalPowers, query.value)) terminal.streams.stdout.write(line);
  return 0;
}

function readQuery(options: QueryOptions): Outcome<JournalQuery> {
  const { plugin, kind, execution, since, until } = options;
  const unknown = kind.find((each) => !isRecordKind(each));
  if (unknown !== undefined)
    return fail("host/invalid-argument", `Cannot look for records of kind "${unknown}": there is no such kind`);
  const wrong = [since, until].find((time) => time !== undefined && !/^\d{4}(-\d\d(-\d\d(T[\d:.]*Z?)?)?)?$/.test(time));
  if (wrong !== undefined)
    return fail("host/invalid-argument", `Cannot read the time "${wrong}": it must look like 2026-11-20T08:00 (UTC)`);
  return succeed({
    ...(plugin === undefined ? {} : { plugin }),
    ...(kind.length === 0 ? {} : { kinds: kind.filter(isRecordKind) }),
    ...(execution === undefined ? {} : { executionId: execution }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  });
}
