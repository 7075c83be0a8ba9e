// Closed segments: compressed, their digests put into the head, and removed when they are older than the user keeps them.
import { decodeLine } from "./record-codec.ts";
import { listSegments, writeHead, type ArchivedSegment, type ChainHead } from "./chain-head.ts";
import type { JournalPowers } from "./journal-powers.ts";

/** What one round of maintenance did. */
export interface MaintenanceReport {
  readonly compressed: readonly string[];
  readonly removed: readonly string[];
}

/** How one round goes about a chain. */
export interface MaintenanceBounds {
  /** Whether somebody still writes to a segment. */
  readonly isOpen: (file: string) => boolean;
  /** Segments whose last record is older than this go, in milliseconds. */
  readonly keepMs: number;
}

/** Largest content that a compressed segment may expand to, in bytes. */
export const maxSegmentContent: number = 512 * 1024 * 1024;

/**
 * Compresses all segments of a chain that nobody writes to, then removes those whose last record is older than `keepMs`.
 *
 * Each step leaves a state that the next round, or the next process, completes: the compressed file comes first, then
 * the head that vouches for it, then the original goes.
 *
 * @returns the new head
 */
export async function maintainChain(
  powers: JournalPowers,
  head: ChainHead,
  { isOpen, keepMs }: MaintenanceBounds,
): Promise<{ readonly head: ChainHead; readonly report: MaintenanceReport }> {
  const compressed: string[] = [];
  const removed: string[] = [];
  let current = head;
  const segments = await listSegments(powers.log, head.chain);
  for (const { file, closed } of segments) {
    if (closed || isOpen(file)) continue;
    if (!current.archives.some((archive) => archive.file === `${file}.gz`)) {
      const content = await powers.log.read(file);
      const archived = content === undefined ? undefined : await compress(powers, file, content);
      if (content === undefined || archived === undefined) continue;
      current = { ...current, archives: [...current.archives, archived] };
      // What is archived is durable, so that the end that the head vouches for does not stay behind it; where it is that
      // end, the next record begins a segment.
      if (archived.lastSeq >= current.last.seq) {
        const last = { seq: archived.lastSeq, hash: archived.lastHash };
        current = { ...current, last, segment: "", offset: 0 };
      }
      await writeHead(powers, current);
      compressed.push(archived.file);
    }
    await powers.log.remove(file);
  }
  const oldest = new Date(powers.clock.now() - keepMs).toISOString();
  const expired = current.archives.filter(({ lastTime }) => lastTime < oldest);
  // Only from the front: a chain has no holes.
  const count = current.archives.findIndex(({ lastTime }) => lastTime >= oldest);
  const gone = count < 0 ? expired : current.archives.slice(0, count);
  const last = gone.at(-1);
  if (last !== undefined) {
    current = {
      ...current,
      first: { seq: last.lastSeq + 1, prev: last.lastHash },
      archives: current.archives.slice(gone.length),
    };
    await writeHead(powers, current);
    for (const { file } of gone) {
      await powers.log.remove(file);
      removed.push(file);
    }
  }
  // Leftovers of a round that was interrupted between the head and the removal.
  for (const { file, closed, firstSeq } of segments) {
    if (closed && firstSeq < current.first.seq && !gone.some((archive) => archive.file === file)) {
      await powers.log.remove(file);
      removed.push(file);
    }
  }
  return { head: current, report: { compressed, removed } };
}

const lineEnd = 10;

async function compress(
  powers: JournalPowers,
  file: string,
  content: Uint8Array,
): Promise<ArchivedSegment | undefined> {
  // Two lines are enough: a segment may be large, and nothing waits for this.
  const end = content.at(-1) === lineEnd ? content.length - 1 : content.length;
  const textOf = (from: number, to: number): string => new TextDecoder().decode(content.subarray(from, to));
  const firstEnd = content.indexOf(lineEnd);
  const first = decodeLine(powers.crypto, textOf(0, firstEnd < 0 ? end : firstEnd));
  const last = decodeLine(powers.crypto, textOf(content.lastIndexOf(lineEnd, end - 1) + 1, end));
  // What cannot be read is not hidden in an archive: verification has to see it.
  if (first.kind !== "record" || last.kind !== "record") return undefined;
  const packed = await powers.compression.gzip(content);
  await powers.log.write(`${file}.gz`, packed);
  return {
    file: `${file}.gz`,
    firstSeq: first.record.seq,
    lastSeq: last.record.seq,
    lastHash: last.record.hash,
    lastTime: last.record.time,
    digest: powers.crypto.sha256(packed),
  };
}
