// Reads the journal: all chains merged by time, filtered, in order. Needs neither key nor lease, and may run while other
// processes write. Whether what it reads was changed is for verify-journal.ts to say.
import { maxSegmentContent } from "./archive.ts";
import { listSegments, type SegmentName } from "./chain-head.ts";
import type { JournalPowers } from "./journal-powers.ts";
import { decodeLine } from "./record-codec.ts";
import type { JournalRecord, RecordKind } from "./record.ts";

/** What a reader wants; absent fields do not filter. Times are ISO 8601 or a prefix of it. */
export interface JournalQuery {
  readonly plugin?: string;
  readonly kinds?: readonly RecordKind[];
  /** Records of this execution. */
  readonly executionId?: string;
  /** Inclusive. */
  readonly since?: string;
  /** Exclusive. */
  readonly until?: string;
}

/** The powers that reading takes. */
export type ReadPowers = Pick<JournalPowers, "log" | "crypto" | "compression">;

/** A record with the chain that it stands in. */
export interface FoundRecord {
  readonly chain: string;
  readonly record: JournalRecord;
}

/**
 * Reads records in the order of their times; within a chain in the order in which they were written. Lines that cannot be
 * read are left out. Memory: one segment of each chain.
 */
export async function* queryJournal(powers: ReadPowers, query: JournalQuery = {}): AsyncGenerator<FoundRecord> {
  const chains = new Map<string, SegmentName[]>();
  for (const segment of withoutDoubles(await listSegments(powers.log))) {
    const segments = chains.get(segment.chain);
    if (segments === undefined) chains.set(segment.chain, [segment]);
    else segments.push(segment);
  }
  const sources = [...chains.values()].map((segments) => readChain(powers, segments, query));
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      const best = heads[first];
      if (
        head.done !== true &&
        (best === undefined || best.done === true || head.value.record.time < best.value.record.time)
      )
        first = index;
    }
    const [head, source] = [heads[first], sources[first]];
    if (head === undefined || source === undefined || head.done === true) return;
    yield head.value;
    heads[first] = await source.next();
  }
}

/** The last `count` records that match, the oldest of them first. */
export async function tailJournal(
  powers: ReadPowers,
  count: number,
  query: JournalQuery = {},
): Promise<readonly FoundRecord[]> {
  if (count <= 0) return [];
  const found: FoundRecord[] = [];
  const segments = withoutDoubles(await listSegments(powers.log));
  for (const chain of new Set(segments.map((segment) => segment.chain))) {
    const own: FoundRecord[] = [];
    // From the end, and no further than needed.
    for (const segment of segments.filter((one) => one.chain === chain).toReversed()) {
      const records = await readSegment(powers, segment);
      own.unshift(...records.filter((record) => matches(record, query)).map((record) => ({ chain, record })));
      if (own.length >= count) break;
    }
    found.push(...own.slice(-count));
  }
  return found
    .sort((left, right) =>
      left.record.time < right.record.time
        ? -1
        : left.record.time > right.record.time
          ? 1
          : left.record.seq - right.record.seq,
    )
    .slice(-count);
}

/** Every record that matches, as JSON Lines with the chain's name as `journal_chain`: what other programs import. */
export async function* exportJournal(powers: ReadPowers, query: JournalQuery = {}): AsyncGenerator<string> {
  for await (const { chain, record } of queryJournal(powers, query))
    yield `${JSON.stringify({ journal_chain: chain, ...record })}\n`;
}

/** Whether a record answers a query. */
export function matches(record: JournalRecord, query: JournalQuery): boolean {
  return (
    (query.plugin === undefined || record.plugin === query.plugin) &&
    (query.kinds === undefined || query.kinds.includes(record.kind)) &&
    (query.executionId === undefined || record.execution_id === query.executionId) &&
    (query.since === undefined || record.time >= query.since) &&
    (query.until === undefined || record.time < query.until)
  );
}

/** Content of one segment, unpacked; nothing where it is gone. A segment that was closed meanwhile is found closed. */
export async function readSegmentContent(
  powers: ReadPowers,
  segment: SegmentName,
): Promise<{ readonly content: Uint8Array; readonly file: string; readonly raw: Uint8Array } | undefined> {
  const plain = segment.closed ? segment.file.slice(0, -3) : segment.file;
  for (const file of segment.closed ? [`${plain}.gz`] : [plain, `${plain}.gz`]) {
    const raw = await powers.log.read(file);
    if (raw !== undefined)
      return {
        content: file.endsWith(".gz") ? await powers.compression.gunzip(raw, maxSegmentContent) : raw,
        file,
        raw,
      };
  }
  return undefined;
}

async function* readChain(
  powers: ReadPowers,
  segments: readonly SegmentName[],
  query: JournalQuery,
): AsyncGenerator<FoundRecord, undefined> {
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    // Days in names never go back, even where the clock did: everything here is at most of the next segment's day.
    if (query.since !== undefined && next !== undefined && next.day < query.since.slice(0, 10)) continue;
    for (const record of await readSegment(powers, segment))
      if (matches(record, query)) yield { chain: segment.chain, record };
  }
  return undefined;
}

async function readSegment(powers: ReadPowers, segment: SegmentName): Promise<readonly JournalRecord[]> {
  const found = await readSegmentContent(powers, segment).catch(() => undefined);
  if (found === undefined) return [];
  const records: JournalRecord[] = [];
  for (const line of new TextDecoder().decode(found.content).split("\n")) {
    const decoded = line === "" ? undefined : decodeLine(powers.crypto, line);
    if (decoded?.kind === "record") records.push(decoded.record);
  }
  return records;
}

/** While a segment is being compressed it is there twice; the original counts. */
function withoutDoubles(segments: readonly SegmentName[]): readonly SegmentName[] {
  const plain = new Set(segments.filter(({ closed }) => !closed).map(({ file }) => file));
  return segments.filter(({ closed, file }) => !closed || !plain.has(file.slice(0, -3)));
}
