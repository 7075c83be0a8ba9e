// The name an author probably meant: the nearest of those that exist.

/** Names that are looked at; a search must not cost more than the compilation. */
const MAX_CANDIDATES = 5000;

/** "Did you mean …?" for the nearest candidate, or undefined when none is near. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | null = null;
  let bestDistance = name.length <= 2 ? 1 : name.length <= 5 ? 2 : 3;
  let count = 0;
  for (const candidate of candidates) {
    count += 1;
    if (count > MAX_CANDIDATES) break;
    if (candidate === name || candidate === "" || Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate, bestDistance);
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best === null ? undefined : `Did you mean \`${best}\`?`;
}

/** Insertions, deletions, replacements and swaps of neighbours between two names; `limit` when it is that or more. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    if (Math.min(...current) >= limit) return limit;
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? limit;
}
