// cru audit tail: the last records of the journal.
import { isRecordKind, tailJournal, type JournalRecord } from "@crucible/audit";
import { fail } from "@crucible/sandbox";
import { userFolders } from "@crucible/config";
import { openStores } from "../platform.ts";
import type { CommandContext } from "../program.ts";
import { count } from "../render/count.ts";
import type { Colors } from "../terminal.ts";

interface TailOptions {
  readonly lines: number;
  readonly plugin?: string;
  readonly kind: readonly string[];
  readonly execution?: string;
}

export async function auditTail({ terminal }: CommandContext, options: TailOptions): Promise<number> {
  const unknown = options.kind.find((kind) => !isRecordKind(kind));
  if (unknown !== undefined)
    return terminal.fail(
      fail("host/invalid-argument", `Cannot show records of kind "${unknown}": there is no such kind`).error,
    );
  const { journalPowers } = openStores(userFolders(terminal.streams.env));
  const found = await tailJournal(journalPowers, options.lines, {
    ...(options.plugin === undefined ? {} : { plugin: options.plugin }),
    ...(options.kind.length === 0 ? {} : { kinds: options.kind.filter(isRecordKind) }),
    ...(options.execution === undefined ? {} : { executionId: options.execution }),
  });
  terminal.printJson(found.map(({ record }) => record));
  for (const { record } of found) terminal.print(renderRecord(record, terminal.payloadColors));
  if (found.length === 0) terminal.note("The journal has no such records");
  return 0;
}

/** One line for one record. */
export function renderRecord(record: JournalRecord, colors: Colors): string {
  const who = record.plugin === null ? "" : ` ${record.plugin}`;
  return `${colors.dim(record.time)} ${kindColor(record, colors)(record.kind.padEnd(15))}${who} ${summarize(record)}`.trimEnd();
}

function kindColor(record: JournalRecord, colors: Colors): (text: string) => string {
  if (record.kind === "security" || record.kind === "error") return colors.red;
  if ("status" in record && record.status === "error") return colors.yellow;
  return colors.cyan;
}

function summarize(record: JournalRecord): string {
  switch (record.kind) {
    case "execution.start":
      return `${record.action} (${record.invoker?.kind ?? "?"} ${record.invoker?.name ?? "?"})`;
    case "execution.end":
      return `${record.status === "ok" ? "ok" : (record.error?.code ?? "error")} in ${record.duration_ms} ms, ${count(record.host_calls, "host call")}`;
    case "host.call":
      return `${record.function} ${record.subject ?? ""} ${record.decision}${record.status === "ok" ? "" : ` ${record.error?.code ?? "error"}`}`;
    case "host.intent":
      return `${record.function} ${record.subject ?? ""}`;
    case "approval":
      return `${record.operation} ${record.answer}${record.by === null ? "" : ` by ${record.by}`}`;
    case "grant":
      return `${record.change} ${record.capability} (${record.scope}) ${record.origin}`;
    case "security":
      return `${record.reason} ${record.operation}: ${record.message}`;
    case "plugin.load":
    case "plugin.reload":
    case "plugin.install":
    case "plugin.remove":
      return record.path;
    case "plugin.unload":
      return record.reason;
    case "plugin.override":
      return `${record.winner} before ${record.loser} (${record.reason})`;
    case "plugin.trust":
      return `${record.change} (${record.mode})`;
    case "limit.change":
      return `${record.limit} from ${record.from ?? "none"} to ${record.to ?? "none"}`;
    case "kiln.change":
      return `${record.path}${record.before_hash === null ? " made" : record.after_hash === null ? " removed" : " changed"}`;
    case "kiln.undo":
      return `${record.undone_execution}, ${count(record.files, "file")}`;
    case "error":
      return record.error.message;
    case "journal.open":
      return `process ${record.process}`;
    case "journal.repair":
      return `${record.bytes} bytes`;
  }
}
