// A number and what it counts: `1 file`, `2 files`.

export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
