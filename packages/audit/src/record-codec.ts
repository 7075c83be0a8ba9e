// One record, one line. The hash is taken over the exact bytes of the line without its hash, so that there is no
// canonical form to agree on and no byte that can change unnoticed.
//
//   {"seq":7,"time":"…","prev":"…","kind":"host.call",…}              what is hashed
//   {"seq":7,"time":"…","prev":"…","kind":"host.call",…,"hash":"…"}\n   what is written
import type { JournalCrypto } from "./journal-powers.ts";
import { isRecordKind, type JournalEntry, type JournalRecord } from "./record.ts";

export interface EncodedRecord {
  /** The line with its line end. */
  readonly line: string;
  readonly hash: string;
}

/** Encodes one entry as the next record of a chain. */
export function encodeRecord(
  crypto: JournalCrypto,
  entry: JournalEntry,
  seq: number,
  time: string,
  prev: string,
): EncodedRecord {
  // The order of keys is fixed by this literal: people read these lines.
  const { kind, execution_id, plugin, version, invoker } = entry;
  const head = { seq, time, prev, kind, execution_id, plugin, version, invoker };
  const body = JSON.stringify({ ...head, ...entry });
  const hash = crypto.sha256(body);
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}\n`, hash };
}

/** What can be said about one line without its neighbours. */
export type DecodedLine =
  | {
      readonly kind: "record";
      readonly record: JournalRecord;
      /** Whether the bytes are those that were hashed. */ readonly intact: boolean;
      readonly computed: string;
    }
  | { readonly kind: "unreadable"; readonly reason: string };

const hashTail = /,"hash":"([A-Za-z0-9_-]{43})"\}$/;

/** Reads one line, given without its line end. */
export function decodeLine(crypto: JournalCrypto, line: string): DecodedLine {
  const match = hashTail.exec(line);
  if (match === null) return { kind: "unreadable", reason: "it does not end with a hash" };
  const body = `${line.slice(0, match.index)}}`;
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return { kind: "unreadable", reason: "it is not JSON" };
  }
  if (!isRecord(raw)) return { kind: "unreadable", reason: "it is not a record" };
  const computed = crypto.sha256(body);
  return { kind: "record", record: raw, intact: computed === raw.hash, computed };
}

/** The `prev` of a chain's first record: it binds the records to their chain's name. */
export function genesisHash(crypto: JournalCrypto, chain: string): string {
  return crypto.sha256(`crucible-journal/1:${chain}`);
}

function isRecord(raw: unknown): raw is JournalRecord {
  if (typeof raw !== "object" || raw === null) return false;
  const { seq, time, prev, hash, kind }: { readonly [key: string]: unknown } = { ...raw };
  return (
    typeof seq === "number" &&
    Number.isSafeInteger(seq) &&
    seq > 0 &&
    typeof time === "string" &&
    typeof prev === "string" &&
    typeof hash === "string" &&
    typeof kind === "string" &&
    isRecordKind(kind)
  );
}
