// Names and texts of a kiln come from anywhere: what they print must not move the cursor, hide or colour anything.

/** A text in one line, with characters that control a terminal or reorder text written out. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
