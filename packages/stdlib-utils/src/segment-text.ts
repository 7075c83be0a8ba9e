// Text cut into what people see as characters, and into words. The segmenter of the engine takes time with the square of a
// text's length, so that it gets a text in windows, none of which ends inside of what it cuts.

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const words = new Intl.Segmenter("en", { granularity: "word" });
const windowLength = 256;
/** A word that is longer is cut: scripts without blanks are found by dictionaries, which need no more than a sentence. */
const longestWindow = 4096;

/** True for text whose every unit is a character of its own. */
export function isPlain(text: string): boolean {
  return /^[\t\n\x20-\x7e]*$/u.test(text);
}

/** Characters as people see them (grapheme clusters), in order. */
export function* charactersOf(text: string): Generator<string> {
  if (isPlain(text)) {
    yield* text;
    return;
  }
  for (let at = 0; at < text.length;) {
    let found: readonly string[] = [];
    let isLast = false;
    for (let length = windowLength; ; length *= 2) {
      const end = endOfWindow(text, at + length);
      isLast = end === text.length;
      found = Array.from(graphemes.segment(text.slice(at, end)), ({ segment }) => segment);
      if (isLast || found.length > 1) break;
    }
    // The last one may go on behind the window.
    const whole = isLast ? found : found.slice(0, -1);
    yield* whole;
    for (const character of whole) at += character.length;
  }
}

/** Words as the language's rules cut them, without blanks and punctuation. */
export function* wordsOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + windowLength);
    // Blanks end words.
    while (end < text.length && end < at + longestWindow && !/\s/u.test(text.charAt(end))) end += 1;
    end = endOfWindow(text, end);
    for (const { segment, isWordLike } of words.segment(text.slice(at, end))) if (isWordLike === true) yield segment;
    at = end;
  }
}

// Never between the two halves of a code point.
function endOfWindow(text: string, wanted: number): number {
  if (wanted >= text.length) return text.length;
  const unit = text.charCodeAt(wanted - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? wanted + 1 : wanted;
}
