// Finds every record that was changed, removed, added, reordered or cut off, and names it.
// It stands on three things: the hash chain within the log, the digests of closed segments, and the authenticated heads.
import {
  listSegments,
  parseSegmentName,
  readChains,
  readHead,
  type ChainHead,
  type SegmentName,
} from "./chain-head.ts";
import { isHeld } from "./chain-lease.ts";
import type { JournalPowers } from "./journal-powers.ts";
import { readSegmentContent } from "./read-journal.ts";
import { decodeLine } from "./record-codec.ts";

export type ProblemKind =
  /** The bytes of a record or segment are not those that were written. */
  | "altered"
  /** Records or segments that have to be there are not. */
  | "missing"
  /** Records stand where they were not written. */
  | "misplaced"
  /** The end is before the last record that was durable. */
  | "cut-off"
  /** The log holds something that no chain accounts for. */
  | "foreign"
  /** A head or the list of chains does not authenticate. */
  | "forged";

export interface JournalProblem {
  readonly kind: ProblemKind;
  readonly chain: string | null;
  readonly file: string | null;
  /** Counts from 1; `null` where the problem is not in one line. */
  readonly line: number | null;
  /** The record or the first of the records concerned. */
  readonly seq: number | null;
  readonly message: string;
}

export interface Verification {
  readonly ok: boolean;
  /** In the order of chains and records. */
  readonly problems: readonly JournalProblem[];
  readonly chains: number;
  readonly records: number;
  /** Half-written last lines beyond the last durable record, which the next process repairs; these are no problems. */
  readonly torn: readonly string[];
}

/** Most problems that are listed; one changed bit in a compressed segment must not list a million. */
const maxProblems = 1_000;

/** Checks the whole journal. May run while others write: what they add meanwhile is checked or ignored, never blamed. */
export async function verifyJournal(powers: JournalPowers): Promise<Verification> {
  const problems: JournalProblem[] = [];
  const torn: string[] = [];
  let records = 0;

  const chains = await readChains(powers);
  if (chains.kind === "forged")
    problems.push(problem("forged", `The list of chains in "${powers.heads.place}" was changed: ${chains.reason}`));
  const known = chains.kind === "valid" ? chains.value : [];
  for (const chain of known) {
    let checked = await verifyChain(powers, chain);
    // A writer may have compressed or removed a segment under our eyes; what is really wrong is wrong twice.
    if (checked.problems.length > 0 && (await isHeld(powers, chain))) checked = await verifyChain(powers, chain);
    problems.push(...checked.problems);
    records += checked.records;
    if (checked.torn !== undefined) torn.push(checked.torn);
  }
  for (const { name } of await powers.log.list()) {
    const segment = parseSegmentName(name);
    if (segment === undefined || !known.includes(segment.chain))
      problems.push(problem("foreign", `File "${name}" belongs to no chain of this journal`, { file: name }));
  }
  return { ok: problems.length === 0, problems: problems.slice(0, maxProblems), chains: known.length, records, torn };
}

interface CheckedChain {
  readonly problems: readonly JournalProblem[];
  readonly records: number;
  readonly torn: string | undefined;
}

async function verifyChain(powers: JournalPowers, chain: string): Promise<CheckedChain> {
  const head = await readHead(powers, chain);
  if (head.kind === "absent") return onlyProblem(problem("missing", `The head of chain ${chain} is gone`, { chain }));
  if (head.kind === "forged")
    return onlyProblem(problem("forged", `The head of chain ${chain} was changed: ${head.reason}`, { chain }));
  const walk = new ChainWalk(powers, head.value);
  const segments = await segmentsToCheck(powers, head.value, walk);
  for (const [index, segment] of segments.entries()) await walk.segment(segment, index === segments.length - 1);
  walk.end();
  return { problems: walk.problems, records: walk.records, torn: walk.torn };
}

function onlyProblem(found: JournalProblem): CheckedChain {
  return { problems: [found], records: 0, torn: undefined };
}

/** The segments that hold the chain's records, in order; what should be there and is not, or the reverse, is noted. */
async function segmentsToCheck(
  powers: JournalPowers,
  head: ChainHead,
  walk: ChainWalk,
): Promise<readonly SegmentName[]> {
  const all = await listSegments(powers.log, head.chain);
  const names = new Set(all.map(({ file }) => file));
  const archived = new Set(head.archives.map(({ file }) => file));
  for (const { file, firstSeq, lastSeq } of head.archives) {
    if (!names.has(file))
      walk.note("missing", `Segment "${file}" with records ${firstSeq} to ${lastSeq} is gone`, { file, seq: firstSeq });
  }
  const chosen: SegmentName[] = [];
  for (const segment of all) {
    const { file, firstSeq, closed } = segment;
    // Left behind by retention that was interrupted; the next round removes it.
    if (firstSeq < head.first.seq) continue;
    if (closed && archived.has(file)) chosen.push(segment);
    else if (closed) {
      // Being compressed: the original counts until the head vouches for the closed one.
      if (names.has(file.slice(0, -3))) continue;
      walk.note("foreign", `Segment "${file}" is not known to the head of its chain`, { file, seq: firstSeq });
      chosen.push(segment);
    } else if (archived.has(`${file}.gz`)) {
      // Compressed and not removed yet: readers still take it, so it has to be the same.
      const original = await powers.log.read(file);
      const packed = await readSegmentContent(powers, { ...segment, file: `${file}.gz`, closed: true }).catch(
        () => undefined,
      );
      if (original !== undefined && packed !== undefined && !equalBytes(original, packed.content))
        walk.note("altered", `Segment "${file}" differs from its compressed copy`, { file, seq: firstSeq });
    } else chosen.push(segment);
  }
  return chosen;
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** Follows one chain line by line and keeps what it expects next. */
class ChainWalk {
  readonly problems: JournalProblem[] = [];
  records = 0;
  torn: string | undefined;
  readonly #powers: JournalPowers;
  readonly #head: ChainHead;
  #seq: number;
  /** Hashes that the next record may name as its predecessor; nothing where that cannot be told. */
  #prev: readonly string[] | undefined;

  constructor(powers: JournalPowers, head: ChainHead) {
    this.#powers = powers;
    this.#head = head;
    this.#seq = head.first.seq;
    this.#prev = [head.first.prev];
  }

  note(kind: ProblemKind, message: string, place: Place): void {
    if (this.problems.length < maxProblems)
      this.problems.push(problem(kind, message, { chain: this.#head.chain, ...place }));
  }

  async segment(segment: SegmentName, isLast: boolean): Promise<void> {
    const { file } = segment;
    const archive = this.#head.archives.find((one) => one.file === file);
    let found: Awaited<ReturnType<typeof readSegmentContent>>;
    try {
      found = await readSegmentContent(this.#powers, segment);
    } catch {
      this.note("altered", `Segment "${file}" cannot be unpacked`, {
        file,
        seq: archive?.firstSeq ?? segment.firstSeq,
      });
      if (archive !== undefined) this.#expect(archive.lastSeq + 1, [archive.lastHash]);
      return;
    }
    if (found === undefined) return; // noted as missing where it has to be there, else removed by its writer
    if (archive !== undefined && this.#powers.crypto.sha256(found.raw) !== archive.digest)
      this.note("altered", `Segment "${file}" is not what was closed`, { file, seq: archive.firstSeq });
    const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(found.content).split("\n");
    const rest = lines.pop() ?? "";
    for (const [index, line] of lines.entries()) this.#line(line, file, index + 1);
    if (rest === "") return;
    if (isLast && !segment.closed && this.#seq > this.#head.last.seq) this.torn = file;
    else
      this.note("altered", `Record ${this.#seq} in "${file}" has no end`, {
        file,
        line: lines.length + 1,
        seq: this.#seq,
      });
  }

  end(): void {
    const { last } = this.#head;
    if (this.#seq <= last.seq)
      this.note("cut-off", `Records ${this.#seq} to ${last.seq} at the end of the chain are gone`, { seq: this.#seq });
  }

  #line(line: string, file: string, number: number): void {
    const decoded = decodeLine(this.#powers.crypto, line);
    const place = { file, line: number };
    if (decoded.kind === "unreadable") {
      this.note("altered", `Record ${this.#seq} was changed: ${decoded.reason}`, { ...place, seq: this.#seq });
      this.#expect(this.#seq + 1, undefined);
      return;
    }
    const { record, intact, computed } = decoded;
    this.records += 1;
    if (!intact) {
      this.note("altered", `Record ${this.#seq} was changed`, { ...place, seq: this.#seq });
      // Either its content or its hash was changed: the next record tells which hash it had.
      this.#expect(this.#seq + 1, [record.hash, computed]);
      return;
    }
    if (record.seq < this.#seq) {
      this.note("misplaced", `Record ${record.seq} stands behind record ${this.#seq - 1}`, {
        ...place,
        seq: record.seq,
      });
      return;
    }
    if (record.seq > this.#seq)
      this.note("missing", `Records ${this.#seq} to ${record.seq - 1} are not where they belong`, {
        ...place,
        seq: this.#seq,
      });
    else if (this.#prev?.includes(record.prev) === false)
      this.note("misplaced", `Record ${record.seq} does not follow the one before it`, { ...place, seq: record.seq });
    const { last } = this.#head;
    if (record.seq === last.seq && record.hash !== last.hash)
      this.note("altered", `Record ${record.seq} is not the one that the head of the chain vouches for`, {
        ...place,
        seq: record.seq,
      });
    this.#expect(record.seq + 1, [record.hash]);
  }

  #expect(seq: number, prev: readonly string[] | undefined): void {
    this.#seq = seq;
    this.#prev = prev;
  }
}

type Place = Partial<Pick<JournalProblem, "chain" | "file" | "line" | "seq">>;

function problem(kind: ProblemKind, message: string, place: Place = {}): JournalProblem {
  return { kind, chain: null, file: null, line: null, seq: null, ...place, message };
}
