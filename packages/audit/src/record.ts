// What the journal records: one typed union, and for each kind whether it has to be durable before anybody goes on.
import type { CapabilityName, ErrorValue, Invoker, Limits } from "@crucible/sandbox";

/** Whose record it is. `null` where there is no such thing: a trust decision has no execution. */
export interface RecordSubject {
  readonly execution_id: string | null;
  readonly plugin: string | null;
  readonly version: string | null;
  readonly invoker: Invoker | null;
}

/** What can be recorded, by kind. Values of guests and users appear as digests, never as themselves. */
export interface RecordKinds {
  "journal.open": { readonly process: number; readonly host: string; readonly platform: string };
  /** A torn end was cut off when the chain was taken over; nothing before it was lost. */
  "journal.repair": { readonly bytes: number; readonly digest: string };
  "execution.start": {
    readonly action: string;
    readonly artifact: string;
    readonly runtime: string;
    readonly parameters: string;
    readonly seed: string;
    readonly limits: Limits;
    readonly chain: readonly string[];
    readonly root_execution_id: string;
    readonly parent_execution_id: string | null;
    readonly task_id: string;
    readonly attempt: number;
    readonly session: string | null;
  };
  "execution.end": {
    readonly status: "ok" | "error";
    readonly error?: ErrorValue;
    readonly result?: string;
    readonly duration_ms: number;
    readonly host_calls: number;
    readonly memory_bytes?: number;
    readonly fuel?: number;
  };
  /** Before a mutating effect: what is about to happen is known even if the machine stops in the middle of it. */
  "host.intent": {
    readonly call: number;
    readonly function: string;
    readonly subject: string | null;
    readonly arguments: string;
  };
  "host.call": {
    readonly call: number;
    readonly function: string;
    readonly subject: string | null;
    readonly arguments: string;
    readonly capability: CapabilityName | null;
    /** `by-default`, `granted`, `approved:once`, `denied`, … as the gate says. */
    readonly decision: string;
    readonly grants?: readonly string[];
    readonly status: "ok" | "error";
    readonly error?: ErrorValue;
    readonly result?: string;
    readonly duration_ms: number;
  };
  approval: {
    /** `null` where it was about limits above the defaults. */
    readonly capability: CapabilityName | null;
    readonly operation: string;
    readonly summary: string;
    readonly on_behalf_of: readonly string[];
    readonly answer: string;
    readonly by: string | null;
    readonly waited_ms: number;
  };
  grant: {
    readonly change: "allow" | "deny" | "revoke";
    readonly grant: string;
    readonly capability: CapabilityName;
    readonly scope: string;
    readonly origin: string;
    readonly expires?: string;
  };
  security: {
    readonly priority: "high";
    readonly event: string;
    readonly operation: string;
    readonly capability: CapabilityName | null;
    readonly reason: string;
    readonly message: string;
    readonly chain: readonly string[];
    readonly subject: string | null;
    readonly attempts?: number;
    readonly quarantined?: boolean;
  };
  "limit.change": {
    readonly limit: string;
    readonly from: number | null;
    readonly to: number | null;
    readonly approved_by: string | null;
  };
  "plugin.load": { readonly content_hash: string; readonly path: string; readonly scope: string };
  "plugin.reload": { readonly content_hash: string; readonly previous: string; readonly path: string };
  "plugin.unload": { readonly content_hash: string; readonly reason: string };
  "plugin.install": { readonly content_hash: string; readonly path: string; readonly source: string };
  "plugin.remove": { readonly content_hash: string; readonly path: string };
  "plugin.override": { readonly winner: string; readonly loser: string; readonly reason: string };
  "plugin.trust": {
    readonly content_hash: string;
    readonly change: "trust" | "distrust" | "release";
    readonly mode: string;
    readonly changes: readonly string[];
  };
  /**
   * One file of the kiln before and after a plugin changed it, as names in the value store; `null`: there was no file. A name
   * that the store does not have any more cannot be undone.
   */
  "kiln.change": {
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null;
    readonly before_hash: string | null;
    readonly after_hash: string | null;
  };
  "kiln.undo": { readonly undone_execution: string; readonly files: number };
  error: { readonly error: ErrorValue; readonly context?: string };
}

export type RecordKind = keyof RecordKinds;

/** One thing to be recorded. The names that the journal itself writes are not to be had. */
export type JournalEntry = {
  readonly [Kind in RecordKind]: RecordSubject & { readonly kind: Kind } & RecordKinds[Kind] & NotTheJournals;
}[RecordKind];

/** A kind with a field of one of these names could never be made: the journal's own would take its place. */
interface NotTheJournals {
  readonly seq?: never;
  readonly time?: never;
  readonly prev?: never;
  readonly hash?: never;
}

/** One record as it stands in the journal. */
export type JournalRecord = {
  readonly [Kind in RecordKind]: RecordSubject & { readonly kind: Kind } & RecordKinds[Kind] & Chained;
}[RecordKind];

/** What the journal adds to an entry. */
export interface Chained {
  /** Counts from 1 within its chain. */
  readonly seq: number;
  /** ISO 8601 in UTC, milliseconds. */
  readonly time: string;
  /** Hash of the record before; for the first one the hash of the chain's name. */
  readonly prev: string;
  readonly hash: string;
}

/** `synced` kinds are on the disk before they are acknowledged; `written` ones survive the process, not the power. */
const durability: Readonly<Record<RecordKind, "written" | "synced">> = {
  "journal.open": "written",
  "journal.repair": "synced",
  "execution.start": "written",
  "execution.end": "written",
  "host.intent": "synced",
  "host.call": "written",
  approval: "synced",
  grant: "synced",
  security: "synced",
  "limit.change": "synced",
  "plugin.load": "written",
  "plugin.reload": "written",
  "plugin.unload": "written",
  "plugin.install": "synced",
  "plugin.remove": "synced",
  "plugin.override": "written",
  "plugin.trust": "synced",
  "kiln.change": "written",
  "kiln.undo": "synced",
  error: "written",
};

/** All kinds. */
export const recordKinds: readonly RecordKind[] = Object.keys(durability).filter(isRecordKind);

export function isRecordKind(text: string): text is RecordKind {
  return Object.hasOwn(durability, text);
}

/** Whether a kind has to be durable before it is acknowledged. */
export function isSynced(kind: RecordKind): boolean {
  return durability[kind] === "synced";
}

/** The subject of records that belong to no execution and no plugin. */
export const noSubject: RecordSubject = { execution_id: null, plugin: null, version: null, invoker: null };
