// Writes the journal: hashes and queues each record at once, hands all of a turn to the operating system in one write,
// makes groups durable, rotates by size and day, sees to closed segments once a day. One journal per process; reading is read-journal.ts.
import { CrucibleError, fail, succeed, type Outcome } from "@crucible/sandbox";
import { maintainChain, type MaintenanceReport } from "./archive.ts";
import { segmentFile, readChains, writeHead, type ChainHead } from "./chain-head.ts";
import { holdChain, takeOver, type HeldChain } from "./chain-lease.ts";
import type { AppendFile, JournalPowers } from "./journal-powers.ts";
import { encodeRecord } from "./record-codec.ts";
import { isSynced, noSubject, type JournalEntry } from "./record.ts";

export interface JournalOptions {
  /** Name and version of what writes, for the first record of each process. */
  readonly platform?: string;
  /** A segment is closed before it would grow beyond this. */
  readonly maxSegmentBytes?: number;
  /** Closed segments older than this are removed. */
  readonly keepDays?: number;
  /** Longest time that written records wait for the disk, in milliseconds. */
  readonly syncIntervalMs?: number;
  /** Records that could not be written are kept up to this many bytes; then nothing more is accepted. */
  readonly maxPendingBytes?: number;
}

/** The numbers among the options. */
type JournalBounds = Required<Omit<JournalOptions, "platform">>;

/** Defaults: 8 MB, 30 days, 250 ms, 16 MB. */
export const defaultJournalOptions: JournalBounds = {
  maxSegmentBytes: 8 * 1024 * 1024,
  keepDays: 30,
  syncIntervalMs: 250,
  maxPendingBytes: 16 * 1024 * 1024,
};

/** The journal of this process. */
export interface Journal {
  /** Name of the chain that this process writes. */
  readonly chain: string;
  /**
   * Queues a record: hashed now, written at the end of this turn of the event loop, together with all others of the turn.
   *
   * @returns its number in the chain
   * @throws {CrucibleError} `audit/unwritable` when the disk has refused so much that no more can be kept
   */
  append(entry: JournalEntry): number;
  /**
   * Settles when every record so far was handed to the operating system: they survive the process. Await it before an
   * answer is released. `audit/unwritable` where writing failed; the records are kept and tried again.
   */
  flushed(): Promise<Outcome<void>>;
  /** Settles when every record so far is on the disk. Callers of one turn share one sync. */
  synced(): Promise<Outcome<void>>;
  /** Queues a record and waits as long as its kind demands: approvals, grants, security and intents for the disk. */
  record(entry: JournalEntry): Promise<Outcome<void>>;
  /** Compresses closed segments and removes those that are too old, of this chain and of all that nobody writes. */
  maintain(): Promise<Outcome<MaintenanceReport>>;
  /** Writes everything, makes it durable and lets others continue the chain. Further records are refused. */
  dispose(): Promise<Outcome<void>>;
}

/**
 * Opens the journal for writing: takes over a chain that nobody writes any more, repairs a torn end, or begins a chain.
 *
 * @returns `audit/corrupt` when the list of chains was changed, `audit/unwritable` when the folders cannot be used
 */
export async function openJournal(powers: JournalPowers, options: JournalOptions = {}): Promise<Outcome<Journal>> {
  try {
    const held = await holdChain(powers);
    if (held === undefined) {
      return fail(
        "audit/corrupt",
        `Cannot open journal "${powers.log.place}": its list of chains in "${powers.heads.place}" was changed`,
        {
          hint: "Keep both folders as evidence, then move them away",
        },
      );
    }
    const journal = new ChainJournal(powers, { ...defaultJournalOptions, ...options }, held);
    const { pid, where } = powers.processes.self;
    if (held.repaired !== undefined) journal.append({ ...noSubject, kind: "journal.repair", ...held.repaired });
    journal.append({ ...noSubject, kind: "journal.open", process: pid, host: where, platform: options.platform ?? "" });
    return succeed(journal);
  } catch (error) {
    return unwritable(powers, error);
  }
}

/** Text of one segment that waits to be written. */
interface Chunk {
  readonly segment: string;
  text: string;
  lastSeq: number;
  lastHash: string;
}

/** The end of what was reached: a record, and the bytes of its segment up to its line end. */
interface Position {
  readonly seq: number;
  readonly hash: string;
  readonly segment: string;
  readonly offset: number;
}

class ChainJournal implements Journal {
  readonly chain: string;
  readonly #powers: JournalPowers;
  readonly #options: JournalBounds;
  readonly #held: HeldChain;

  #head: ChainHead;
  #seq: number;
  #prev: string;
  /** Where the next record goes, with the bytes that it will have when everything is written. */
  #segment: { readonly file: string; readonly day: string; bytes: number } | undefined;
  #day = "";
  #dayEnds = 0;

  #pending: Chunk[] = [];
  #pendingBytes = 0;
  #deferred = false;
  #flushWaiters: ((outcome: Outcome<void>) => void)[] = [];

  #file: { readonly segment: string; readonly file: AppendFile } | undefined;
  /** What is with the operating system. */
  #written: Position;
  /** Full files that are not durable yet. */
  #retired: AppendFile[] = [];
  /** What is on the disk. */
  #durable: Position;
  #syncing: Promise<Outcome<void>> | undefined;
  #syncNext: Promise<Outcome<void>> | undefined;
  #stopTimer: (() => void) | undefined;
  /** Head changes and maintenance happen one after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  #disposed = false;
  readonly #stopMaintenance: () => void;
  /** Whether this process has seen to what is left from other days. */
  #looked = false;

  constructor(powers: JournalPowers, options: JournalBounds, held: HeldChain) {
    this.#powers = powers;
    this.#options = options;
    this.#held = held;
    this.#head = held.head;
    this.chain = held.head.chain;
    this.#seq = held.last.seq;
    this.#prev = held.last.hash;
    const { segment } = held;
    if (segment !== undefined) this.#segment = { file: segment.name.file, day: segment.name.day, bytes: segment.bytes };
    this.#written = { ...held.last, segment: segment?.name.file ?? "", offset: segment?.bytes ?? 0 };
    this.#durable = this.#written;
    // Long enough for a command to be done with its work; short ones do it when they end.
    this.#stopMaintenance = powers.clock.startTimer(maintenanceDelayMs, () => void this.#maintainOnceADay());
  }

  append(entry: JournalEntry): number {
    if (this.#disposed) throw new CrucibleError("audit/unwritable", "Cannot append to the journal: it was closed");
    if (this.#pendingBytes > this.#options.maxPendingBytes)
      throw new CrucibleError(
        "audit/unwritable",
        `Cannot append to the journal: "${this.#powers.log.place}" does not take its records`,
      );
    const now = this.#powers.clock.now();
    const time = new Date(now).toISOString();
    const seq = this.#seq + 1;
    const { line, hash } = encodeRecord(this.#powers.crypto, entry, seq, time, this.#prev);
    const segment = this.#segmentFor(now, seq, line.length);
    const chunk = this.#pending.at(-1);
    if (chunk?.segment === segment.file) {
      chunk.text += line;
      chunk.lastSeq = seq;
      chunk.lastHash = hash;
    } else {
      this.#pending.push({ segment: segment.file, text: line, lastSeq: seq, lastHash: hash });
    }
    // UTF-16 units are close enough to bytes for where to rotate; offsets of the head are counted in bytes.
    segment.bytes += line.length;
    this.#pendingBytes += line.length;
    this.#seq = seq;
    this.#prev = hash;
    this.#schedule();
    return seq;
  }

  flushed(): Promise<Outcome<void>> {
    if (this.#pending.length === 0) return Promise.resolve(succeed(undefined));
    this.#schedule();
    return new Promise((resolve) => {
      this.#flushWaiters.push(resolve);
    });
  }

  async synced(): Promise<Outcome<void>> {
    if (this.#durable.seq >= this.#seq) return succeed(undefined);
    // One sync at a time; who comes while one runs shares the next.
    if (this.#syncing === undefined) return (this.#syncing = this.#sync());
    this.#syncNext ??= this.#syncing.then(() => {
      this.#syncNext = undefined;
      return (this.#syncing = this.#sync());
    });
    return this.#syncNext;
  }

  record(entry: JournalEntry): Promise<Outcome<void>> {
    try {
      this.append(entry);
    } catch (error) {
      return Promise.resolve(unwritable(this.#powers, error));
    }
    return isSynced(entry.kind) ? this.synced() : this.flushed();
  }

  maintain(): Promise<Outcome<MaintenanceReport>> {
    return this.#inTurn(async () => {
      const keepMs = this.#options.keepDays * dayMs;
      const own = await this.#maintainOwn();
      const compressed = [...own.compressed];
      const removed = [...own.removed];
      const chains = await readChains(this.#powers);
      for (const chain of chains.kind === "valid" ? chains.value : []) {
        if (chain === this.chain) continue;
        const idle = await takeOver(this.#powers, chain);
        if (idle === undefined) continue;
        // Its open segment stays open unless it is of another day: the next process continues it.
        const today = new Date(this.#powers.clock.now()).toISOString().slice(0, 10);
        const head = {
          ...idle.head,
          last: idle.last,
          segment: idle.segment?.name.file ?? idle.head.segment,
          offset: idle.segment?.bytes ?? idle.head.offset,
        };
        await writeHead(this.#powers, head);
        const open = idle.segment?.name.day === today ? idle.segment.name.file : undefined;
        const { report } = await maintainChain(this.#powers, head, { isOpen: (file) => file === open, keepMs });
        compressed.push(...report.compressed);
        removed.push(...report.removed);
        await idle.release();
      }
      return { compressed, removed };
    });
  }

  async dispose(): Promise<Outcome<void>> {
    if (this.#disposed) return succeed(undefined);
    this.#disposed = true;
    const synced = await this.synced();
    this.#stopTimer?.();
    this.#stopMaintenance();
    await this.#maintainOnceADay();
    const closed = await this.#inTurn(async () => {
      await this.#putHead();
      await this.#file?.file.close();
      await this.#held.release();
    });
    return synced.ok ? closed : synced;
  }

  /**
   * The first process of a day, whoever it is, looks after what all the others left: not every day has a rotation, and
   * what nobody writes any more does not rotate at all. A round that was killed is made up for by the next day's.
   */
  async #maintainOnceADay(): Promise<void> {
    if (this.#looked) return;
    this.#looked = true;
    const { heads, clock } = this.#powers;
    const mark = `${markPrefix}${new Date(clock.now()).toISOString().slice(0, 10)}`;
    try {
      if ((await heads.read(mark)) !== undefined || !(await heads.create(mark, "", false))) {
        // Nobody else can remove what is too old in the chain that this process holds.
        const oldest = new Date(clock.now() - this.#options.keepDays * dayMs).toISOString();
        if (this.#head.archives.some(({ lastTime }) => lastTime < oldest))
          await this.#inTurn(() => this.#maintainOwn());
        return;
      }
      const done = await this.maintain();
      for (const { name } of await heads.list())
        if (name.startsWith(markPrefix) && (name !== mark || !done.ok)) await heads.remove(name);
    } catch {
      // A folder that cannot be written is told to whoever waits for records; the next process looks again.
    }
  }

  async #maintainOwn(): Promise<MaintenanceReport> {
    // What waits goes to its segment first, so that the one before it is closed.
    this.#flush();
    const { head, report } = await maintainChain(this.#powers, this.#head, {
      isOpen: (file) => this.#isOpen(file),
      keepMs: this.#options.keepDays * dayMs,
    });
    this.#head = head;
    return report;
  }

  /** The segment for the next record: the current one, or a new one where it is full or of another day. */
  #segmentFor(
    now: number,
    seq: number,
    length: number,
  ): { readonly file: string; readonly day: string; bytes: number } {
    if (now >= this.#dayEnds || now < this.#dayEnds - dayMs) {
      this.#day = new Date(now).toISOString().slice(0, 10);
      this.#dayEnds = Math.floor(now / dayMs) * dayMs + dayMs;
    }
    const current = this.#segment;
    // A clock that goes back does not open a segment of the past: names stay in the order of the records.
    if (
      current !== undefined &&
      current.day >= this.#day &&
      (current.bytes === 0 || current.bytes + length <= this.#options.maxSegmentBytes)
    )
      return current;
    const day = current !== undefined && current.day > this.#day ? current.day : this.#day;
    const next = { file: segmentFile(day, this.chain, seq), day, bytes: 0 };
    this.#segment = next;
    if (current !== undefined) void this.maintain();
    return next;
  }

  #schedule(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    this.#powers.clock.defer(() => {
      this.#deferred = false;
      this.#flush();
    });
  }

  /** One write per segment of this turn, nearly always one in all. */
  #flush(): Outcome<void> {
    let outcome: Outcome<void> = succeed(undefined);
    try {
      for (let chunk = this.#pending[0]; chunk !== undefined; chunk = this.#pending[0]) {
        this.#write(chunk);
        this.#pending.shift();
        this.#pendingBytes -= chunk.text.length;
      }
    } catch (error) {
      outcome = unwritable(this.#powers, error);
    }
    const waiters = this.#flushWaiters;
    this.#flushWaiters = [];
    for (const waiter of waiters) waiter(outcome);
    if (outcome.ok && this.#stopTimer === undefined && this.#durable.seq < this.#written.seq && !this.#disposed) {
      this.#stopTimer = this.#powers.clock.startTimer(this.#options.syncIntervalMs, () => {
        this.#stopTimer = undefined;
        void this.synced().then(() => this.#inTurn(() => this.#putHead()));
      });
    }
    return outcome;
  }

  #write(chunk: Chunk): void {
    if (this.#file?.segment !== chunk.segment) {
      const file = this.#powers.log.append(chunk.segment);
      if (this.#file !== undefined) this.#retired.push(this.#file.file);
      this.#file = { segment: chunk.segment, file };
      if (this.#written.segment !== chunk.segment)
        this.#written = { ...this.#written, segment: chunk.segment, offset: 0 };
    }
    const { file } = this.#file;
    const { offset } = this.#written;
    const bytes = encoder.encode(chunk.text);
    try {
      file.write(bytes);
    } catch (error) {
      // Half a line must not stay: the same text is written again later.
      file.truncate(offset);
      throw error;
    }
    this.#written = { seq: chunk.lastSeq, hash: chunk.lastHash, segment: chunk.segment, offset: offset + bytes.length };
  }

  async #sync(): Promise<Outcome<void>> {
    const flushed = this.#flush();
    const reached = this.#written;
    const retired = this.#retired;
    this.#retired = [];
    try {
      if (!flushed.ok) return flushed;
      for (const file of retired) {
        await file.sync();
        await file.close();
      }
      await this.#file?.file.sync();
      this.#durable = reached;
      return succeed(undefined);
    } catch (error) {
      return unwritable(this.#powers, error);
    } finally {
      this.#syncing = undefined;
    }
  }

  /** Lets the head vouch for what is durable. */
  async #putHead(): Promise<void> {
    const { seq, hash, segment, offset } = this.#durable;
    if (seq <= this.#head.last.seq) return;
    this.#head = { ...this.#head, last: { seq, hash }, segment, offset };
    await writeHead(this.#powers, this.#head);
  }

  #isOpen(file: string): boolean {
    return (
      file === this.#segment?.file ||
      file === this.#file?.segment ||
      this.#pending.some(({ segment }) => segment === file)
    );
  }

  #inTurn<T>(run: () => Promise<T>): Promise<Outcome<T>> {
    const result = this.#queue.then(run).then(succeed, (error: unknown) => unwritable(this.#powers, error));
    this.#queue = result;
    return result;
  }
}

const dayMs = 86_400_000;
const maintenanceDelayMs = 2_000;
/** Files that say on which day somebody saw to all chains. */
const markPrefix = "maintained-";
const encoder = new TextEncoder();

function unwritable(powers: JournalPowers, error: unknown): Outcome<never> {
  const message =
    error instanceof CrucibleError
      ? error.message
      : `Cannot write the journal in "${powers.log.place}": ${String(error)}`;
  return fail("audit/unwritable", message, { hint: `Make "${powers.log.place}" writable and free space` });
}
