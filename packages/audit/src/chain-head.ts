// What is known for certain about a chain: where it begins, where it ended when it was last made durable, and the digests
// of its closed segments. Authenticated with a key and kept outside of the log.
import type { JournalCrypto, JournalFolder, JournalPowers } from "./journal-powers.ts";
import { addNext, readNewest, type Series } from "./numbered-file.ts";

/** A closed segment. */
export interface ArchivedSegment {
  readonly file: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastHash: string;
  /** Time of its last record, by which retention goes. */
  readonly lastTime: string;
  /** SHA-256 of the compressed file. */
  readonly digest: string;
}

export interface ChainHead {
  readonly chain: string;
  /** The first record that has to be there, and the hash of the one before; retention moves it. */
  readonly first: { readonly seq: number; readonly prev: string };
  /** The last record that was durable. */
  readonly last: { readonly seq: number; readonly hash: string };
  /** Where it stands: what follows `offset` in `segment` is newer. Empty where the next record begins a segment. */
  readonly segment: string;
  readonly offset: number;
  readonly archives: readonly ArchivedSegment[];
}

/** Result of reading something that is authenticated. */
export type Authenticated<T> =
  | { readonly kind: "valid"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "forged"; readonly reason: string };

const chainList: Series = { prefix: "chains", suffix: ".json", durable: true };
const chainName = /^[a-z0-9]{16}$/;

export function headFile(chain: string): string {
  return `${chain}.head.json`;
}

/** Reads a head and checks its authenticity. */
export async function readHead(powers: JournalPowers, chain: string): Promise<Authenticated<ChainHead>> {
  const content = await powers.heads.read(headFile(chain));
  if (content === undefined) return { kind: "absent" };
  const opened = openSealed(powers, new TextDecoder().decode(content));
  if (opened.kind !== "valid") return opened;
  return isChainHead(opened.value) && opened.value.chain === chain
    ? { kind: "valid", value: opened.value }
    : { kind: "forged", reason: "it is not the head of this chain" };
}

/** Replaces a head. Only the holder of the chain's lease may do so. */
export async function writeHead(powers: JournalPowers, head: ChainHead): Promise<void> {
  await powers.heads.write(headFile(head.chain), seal(powers, head));
}

/** The names of all chains that ever were; a chain whose files are all gone is still missed. */
export async function readChains(powers: JournalPowers): Promise<Authenticated<readonly string[]>> {
  const newest = await readNewest(powers.heads, chainList);
  if (newest.number === 0) return { kind: "absent" };
  const opened = openSealed(powers, newest.text);
  if (opened.kind !== "valid") return opened;
  const { value } = opened;
  return Array.isArray(value) && value.every((name): name is string => typeof name === "string" && chainName.test(name))
    ? { kind: "valid", value }
    : { kind: "forged", reason: "it is not a list of chains" };
}

/** Adds a chain to the list. A list that cannot be authenticated is not built upon. */
export async function addChain(powers: JournalPowers, chain: string): Promise<boolean> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const newest = await readNewest(powers.heads, chainList);
    const known = newest.number === 0 ? { kind: "valid" as const, value: [] } : openSealed(powers, newest.text);
    if (known.kind !== "valid" || !Array.isArray(known.value)) return false;
    const names: readonly unknown[] = known.value;
    if (names.includes(chain)) return true;
    if (await addNext(powers.heads, chainList, newest.number, seal(powers, [...names, chain]))) return true;
  }
  return false;
}

/** A name that no other chain has: 16 characters, lower case and digits. */
export function createChainName(crypto: JournalCrypto): string {
  return Array.from(crypto.randomBytes(16), (byte) => (byte % 36).toString(36)).join("");
}

function seal(powers: JournalPowers, value: unknown): string {
  const body = JSON.stringify(value);
  return `${body}\n${powers.crypto.hmac(powers.key, body)}\n`;
}

function openSealed(powers: JournalPowers, text: string): Authenticated<unknown> {
  const [body = "", mac = "", ...rest] = text.split("\n");
  if (mac !== powers.crypto.hmac(powers.key, body) || rest.join("") !== "" || rest.length !== 1)
    return { kind: "forged", reason: "its authentication code does not match" };
  const value: unknown = JSON.parse(body);
  return { kind: "valid", value };
}

function isChainHead(value: unknown): value is ChainHead {
  // Its authenticity was checked: only this file writes what carries a valid code.
  return typeof value === "object" && value !== null && "chain" in value && "archives" in value;
}

/** Files of the log: `2026-11-20-<chain>-<first seq>.jsonl`, with `.gz` once closed. */
export interface SegmentName {
  readonly file: string;
  readonly day: string;
  readonly chain: string;
  readonly firstSeq: number;
  readonly closed: boolean;
}

const segmentPattern = /^(\d{4}-\d{2}-\d{2})-([a-z0-9]{16})-(\d{12})\.jsonl(\.gz)?$/;

export function segmentFile(day: string, chain: string, firstSeq: number): string {
  return `${day}-${chain}-${String(firstSeq).padStart(12, "0")}.jsonl`;
}

export function parseSegmentName(file: string): SegmentName | undefined {
  const match = segmentPattern.exec(file);
  if (match === null) return undefined;
  const [, day = "", chain = "", seq = "", closed] = match;
  return { file, day, chain, firstSeq: Number(seq), closed: closed !== undefined };
}

/** Segments of the log, of all chains or of one, in the order of their records. */
export async function listSegments(log: JournalFolder, chain?: string): Promise<readonly SegmentName[]> {
  const found: SegmentName[] = [];
  for (const { name } of await log.list()) {
    const segment = parseSegmentName(name);
    if (segment !== undefined && (chain === undefined || segment.chain === chain)) found.push(segment);
  }
  return found.sort(
    (left, right) =>
      left.chain.localeCompare(right.chain) ||
      left.firstSeq - right.firstSeq ||
      Number(right.closed) - Number(left.closed),
  );
}
