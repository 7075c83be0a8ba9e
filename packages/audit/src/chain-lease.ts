// Who writes a chain: one process at a time. A process takes over a chain that was released or whose process has ended,
// continues it where it stopped, and repairs a torn end first. What looks changed is left alone as evidence.
import { genesisHash, decodeLine } from "./record-codec.ts";
import {
  addChain,
  createChainName,
  listSegments,
  readChains,
  readHead,
  writeHead,
  type ChainHead,
  type SegmentName,
} from "./chain-head.ts";
import type { JournalPowers, ProcessIdentity } from "./journal-powers.ts";
import { addNext, readNewest, type Series } from "./numbered-file.ts";

/** A chain that this process may write. */
export interface HeldChain {
  readonly head: ChainHead;
  /** The last record there is; newer than the head's after a process was killed. */
  readonly last: { readonly seq: number; readonly hash: string };
  /** The open segment and its length; absent where the next record begins a new one. */
  readonly segment?: { readonly name: SegmentName; readonly bytes: number };
  /** What was cut off from a torn end. */
  readonly repaired?: { readonly bytes: number; readonly digest: string };
  /** Lets others take the chain over. */
  release(): Promise<void>;
}

/** Takes over a free chain or begins a new one. `undefined` when the list of chains cannot be trusted. */
export async function holdChain(powers: JournalPowers): Promise<HeldChain | undefined> {
  const known = await readChains(powers);
  if (known.kind === "forged") return undefined;
  for (const chain of known.kind === "valid" ? known.value : []) {
    const held = await takeOver(powers, chain);
    if (held !== undefined) return held;
  }
  return begin(powers);
}

/** Takes over one chain: nothing where it is held by a living process or where it looks changed. */
export async function takeOver(powers: JournalPowers, chain: string): Promise<HeldChain | undefined> {
  const release = await lease(powers, chain);
  if (release === undefined) return undefined;
  const head = await readHead(powers, chain);
  const recovered = head.kind === "valid" ? await recover(powers, head.value) : undefined;
  if (recovered === undefined) await release();
  return recovered === undefined ? undefined : { ...recovered, release };
}

/** Whether a living process writes the chain. */
export async function isHeld(powers: JournalPowers, chain: string): Promise<boolean> {
  const owner = parseOwner((await readNewest(powers.heads, leaseOf(chain))).text);
  return owner !== undefined && powers.processes.isAlive(owner);
}

async function begin(powers: JournalPowers): Promise<HeldChain | undefined> {
  const chain = createChainName(powers.crypto);
  const release = await lease(powers, chain);
  if (release === undefined) return undefined;
  const prev = genesisHash(powers.crypto, chain);
  const head: ChainHead = {
    chain,
    first: { seq: 1, prev },
    last: { seq: 0, hash: prev },
    segment: "",
    offset: 0,
    archives: [],
  };
  // The head comes before the list: a chain that is listed and has no head was tampered with.
  await writeHead(powers, head);
  if (!(await addChain(powers, chain))) return undefined;
  return { head, last: head.last, release };
}

function leaseOf(chain: string): Series {
  return { prefix: chain, suffix: ".lease", durable: false };
}

async function lease(powers: JournalPowers, chain: string): Promise<(() => Promise<void>) | undefined> {
  const series = leaseOf(chain);
  const newest = await readNewest(powers.heads, series);
  const owner = parseOwner(newest.text);
  if (owner !== undefined && powers.processes.isAlive(owner)) return undefined;
  if (!(await addNext(powers.heads, series, newest.number, JSON.stringify(powers.processes.self)))) return undefined;
  return async () => {
    await addNext(powers.heads, series, newest.number + 1, "released");
  };
}

/** Nobody, where the text says "released" or was cut short by a power failure: all processes ended with it. */
function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    if (typeof raw !== "object" || raw === null) return undefined;
    const { pid, started, where }: { readonly [key: string]: unknown } = { ...raw };
    return typeof pid === "number" && typeof started === "string" && typeof where === "string"
      ? { pid, started, where }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Finds the end of a chain, starting from what its head vouches for. */
async function recover(powers: JournalPowers, head: ChainHead): Promise<Omit<HeldChain, "release"> | undefined> {
  const segments = (await listSegments(powers.log, head.chain)).filter(({ closed }) => !closed);
  const archived = new Set(head.archives.map(({ file }) => file));
  const open = segments.filter(({ file }) => !archived.has(`${file}.gz`));
  const atStart = head.segment === "";
  const at = atStart ? 0 : open.findIndex(({ file }) => file === head.segment);
  if (at < 0) return undefined; // the segment that holds the last durable record is gone

  let last = head.last;
  let segment: HeldChain["segment"];
  let repaired: HeldChain["repaired"];
  const rest = atStart ? open.filter(({ firstSeq }) => firstSeq > head.last.seq) : open.slice(at);
  for (const [index, name] of rest.entries()) {
    // The head's segment is read from the end of the record that the head vouches for, which has to be there.
    const vouched = name.file === head.segment ? new TextEncoder().encode(`"hash":"${head.last.hash}"}\n`) : undefined;
    const from = vouched === undefined ? 0 : head.offset - vouched.length;
    const content = await powers.log.read(name.file, from);
    if (content === undefined) return undefined;
    if (vouched === undefined ? name.firstSeq !== last.seq + 1 : !vouched.every((byte, at) => content[at] === byte))
      return undefined;
    let start = vouched?.length ?? 0;
    for (let end = content.indexOf(lineEnd, start); end >= 0; end = content.indexOf(lineEnd, start)) {
      const line = decodeLine(powers.crypto, new TextDecoder().decode(content.subarray(start, end)));
      if (line.kind !== "record" || !line.intact || line.record.seq !== last.seq + 1 || line.record.prev !== last.hash)
        return undefined;
      last = { seq: line.record.seq, hash: line.record.hash };
      start = end + 1;
    }
    const torn = content.subarray(start);
    if (torn.length > 0) {
      if (index < rest.length - 1) return undefined; // only the very end can be torn
      repaired = { bytes: torn.length, digest: powers.crypto.sha256(torn) };
      await powers.log.truncate(name.file, from + start);
    }
    segment = { name, bytes: from + start };
    if (last.seq > head.last.seq || torn.length > 0) {
      // Written by a process that was killed: from here on it is durable, so that heads may vouch for it.
      const file = powers.log.append(name.file);
      await file.sync();
      await file.close();
    }
  }
  return { head, last, ...(segment === undefined ? {} : { segment }), ...(repaired === undefined ? {} : { repaired }) };
}

const lineEnd = 10;
