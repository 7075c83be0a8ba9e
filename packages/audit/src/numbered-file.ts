// Agreement between processes without locks: files with ascending numbers, of which the highest counts. A number is made
// at most once, and whoever finds a higher one after making his own was late and has lost.
import type { JournalFolder } from "./journal-powers.ts";

/** The newest of a series: `number` 0 where there is none. */
export interface Numbered {
  readonly number: number;
  readonly text: string;
}

/** Files named `<prefix>.<number><suffix>`. */
export interface Series {
  readonly prefix: string;
  readonly suffix: string;
  /** Whether a new file has to survive a power failure. */
  readonly durable: boolean;
}

/** Reads the newest file of a series. */
export async function readNewest(folder: JournalFolder, { prefix, suffix }: Series): Promise<Numbered> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const number = await highest(folder, prefix, suffix);
    if (number === 0) return { number: 0, text: "" };
    const content = await folder.read(fileName(prefix, number, suffix));
    if (content !== undefined) return { number, text: new TextDecoder().decode(content) };
  }
  throw new Error(`"${prefix}" in "${folder.place}" changes all the time`);
}

/** Adds the file after `newest`; false where somebody else was first. Older ones are removed. */
export async function addNext(folder: JournalFolder, series: Series, newest: number, text: string): Promise<boolean> {
  const { prefix, suffix, durable } = series;
  const number = newest + 1;
  const name = fileName(prefix, number, suffix);
  if (!(await folder.create(name, text, durable))) return false;
  if ((await highest(folder, prefix, suffix)) !== number) {
    await folder.remove(name);
    return false;
  }
  for (const old of await numbersOf(folder, prefix, suffix))
    if (old < number) await folder.remove(fileName(prefix, old, suffix));
  return true;
}

function fileName(prefix: string, number: number, suffix: string): string {
  return `${prefix}.${String(number).padStart(8, "0")}${suffix}`;
}

async function highest(folder: JournalFolder, prefix: string, suffix: string): Promise<number> {
  return Math.max(0, ...(await numbersOf(folder, prefix, suffix)));
}

async function numbersOf(folder: JournalFolder, prefix: string, suffix: string): Promise<number[]> {
  const numbers: number[] = [];
  for (const { name } of await folder.list()) {
    if (!name.startsWith(`${prefix}.`) || !name.endsWith(suffix)) continue;
    const digits = name.slice(prefix.length + 1, name.length - suffix.length);
    if (/^\d{8,15}$/.test(digits)) numbers.push(Number(digits));
  }
  return numbers.sort((left, right) => left - right);
}
