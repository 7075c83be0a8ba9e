// A large kiln for benchmarks: notes of five sections with front matter, tags and links, and vectors that are spread like
// those of real text without the hours that a model would take to make them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Embedder } from "@crucible/kiln-store";
import { succeed, unwrap } from "@crucible/sandbox";

export interface SyntheticKiln {
  readonly root: string;
  /** A question in words that occur in the notes. */
  question(seed: number): string;
  remove(): void;
}

/** Writes notes below the system's folder for temporary files; the same count gives the same bytes. */
export function createSyntheticKiln(count: number): SyntheticKiln {
  const root = mkdtempSync(join(tmpdir(), "kiln-bench-"));
  const random = createRandom(12_345);
  const words = Array.from({ length: 20_000 }, () =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(syllables, random())).join(""),
  );
  const word = (): string => (random() < 0.4 ? pick(common, random()) : pick(words, random() ** 2.5));
  const sentence = (length: number): string => `${Array.from({ length }, word).join(" ")}.`;
  for (let index = 0; index < count; index += 1) {
    const folder = join(root, `area-${index % 40}`, `topic-${index % 7}`);
    if (index < 280) mkdirSync(folder, { recursive: true });
    let text = `---\ntitle: ${sentence(3)}\ntags: [t${index % 50}, area/x${index % 9}]\nstatus: ${index % 3 === 0 ? "draft" : "done"}\npriority: ${index % 5}\n---\n`;
    for (let section = 0; section < 5; section += 1) {
      const link = Math.floor(random() * count);
      text += `${section === 0 ? "#" : "##"} ${sentence(4)}\n\n${sentence(18)} [[note-${link}]] ${sentence(14)} #tag${Math.floor(random() * 30)}\n\n${sentence(16)}\n\n`;
    }
    writeFileSync(join(folder, `note-${index}.md`), text);
  }
  return {
    root,
    question: (seed) => {
      const own = createRandom(seed + 1);
      return Array.from({ length: 3 + (seed % 5) }, () => pick(words, own() ** 2.5)).join(" ");
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/**
 * Gives passages vectors that lie between those of real texts, with noise, and embeds queries for real.
 *
 * The identity is that of the model, so that a search with the model itself finds these vectors.
 *
 * @param model embeds the texts and the queries; owned by the result
 */
export async function createSpreadEmbedder(model: Embedder, texts: readonly string[]): Promise<Embedder> {
  const anchors: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += 16)
    anchors.push(...unwrap(await model.embed(texts.slice(start, start + 16), "passage")));
  const random = createRandom(99);
  return {
    ...model,
    batchSize: 500,
    embed(given, purpose) {
      if (purpose === "query") return model.embed(given, purpose);
      return Promise.resolve(
        succeed(
          given.map(() => {
            const near = pick(anchors, random());
            const far = pick(anchors, random());
            const share = 0.3 + random() * 0.4;
            const vector = near.map(
              (value, index) => value * share + (far[index] ?? 0) * (1 - share) + (random() - 0.5) * 0.1,
            );
            const length = Math.hypot(...vector);
            return vector.map((value) => value / length);
          }),
        ),
      );
    },
  };
}

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function pick<T>(from: readonly T[], at: number): T {
  const found = from[Math.floor(at * from.length)];
  if (found === undefined) throw new RangeError("There is nothing to choose from");
  return found;
}

const common = [
  "the",
  "of",
  "and",
  "to",
  "in",
  "is",
  "that",
  "for",
  "with",
  "as",
  "on",
  "a",
  "this",
  "by",
  "are",
] as const;
const syllables = [
  "ka",
  "lo",
  "mi",
  "ter",
  "an",
  "bri",
  "do",
  "sen",
  "fu",
  "gra",
  "hel",
  "is",
  "jun",
  "kor",
  "lam",
  "nor",
  "pel",
  "qui",
  "ros",
  "sta",
  "tin",
  "ul",
  "ver",
  "wen",
  "yor",
  "zim",
] as const;
