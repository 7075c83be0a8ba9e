// Cuts the part of a passage that shows why it was found.
import type { TermMaker } from "./terms.ts";

const maxLength = 220;

/** The stretch of a text with the most different terms of the query; its start when there are none. One line. */
export function makeSnippet(text: string, queryTerms: readonly string[], terms: TermMaker): string {
  const line = text.replace(/\s+/gu, " ").trim();
  if (line.length <= maxLength) return line;
  const wanted = new Set(queryTerms);
  const hits: { readonly at: number; readonly term: string }[] = [];
  for (const match of line.slice(0, 20_000).matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    for (const term of terms.terms(match[0])) if (wanted.has(term)) hits.push({ at: match.index, term });
  }
  let best = 0;
  let bestCount = 0;
  for (const [index, hit] of hits.entries()) {
    const inside = new Set<string>();
    for (let next = index; next < hits.length && (hits[next]?.at ?? 0) < hit.at + maxLength - 40; next += 1)
      inside.add(hits[next]?.term ?? "");
    if (inside.size > bestCount) {
      bestCount = inside.size;
      best = hit.at;
    }
  }
  let start = best <= 40 ? 0 : best - 40;
  if (start > 0) start = line.indexOf(" ", start) + 1;
  let end = Math.min(line.length, start + maxLength);
  if (end < line.length) {
    const space = line.lastIndexOf(" ", end);
    end = space > start + maxLength / 2 ? space : /[\udc00-\udfff]/u.test(line.charAt(end)) ? end - 1 : end;
  }
  return `${start > 0 ? "… " : ""}${line.slice(start, end)}${end < line.length ? " …" : ""}`;
}
