// Bytes as text and back, and the ids that randomness and time give.
import type { Outcome, Value } from "@crucible/sandbox";
import { succeed } from "@crucible/sandbox";
import { refuse } from "./bounds.ts";

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const idLetters = "0123456789abcdefghijklmnopqrstuvwxyz";

/** The bytes of a value that is text (as UTF-8) or bytes. */
export function bytesOf(content: Value): Outcome<Uint8Array> {
  if (typeof content === "string") return succeed(new TextEncoder().encode(content));
  if (content instanceof Uint8Array) return succeed(content);
  return refuse("use the content", "it is neither text nor bytes");
}

export function encodeHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function decodeHex(text: string): Outcome<Uint8Array> {
  if (!/^(?:[0-9a-fA-F]{2})*$/u.test(text)) return refuse("read hexadecimal text", "it is not pairs of 0-9 and a-f");
  return succeed(Uint8Array.from(text.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16)));
}

/** RFC 4648 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const bits = (a << 16) | (b << 8) | c;
    const letters = [18, 12, 6, 0].map((shift) => base64Letters[(bits >> shift) & 63]).join("");
    parts.push(
      at + 1 >= bytes.length
        ? `${letters.slice(0, 2)}==`
        : at + 2 >= bytes.length
          ? `${letters.slice(0, 3)}=`
          : letters,
    );
  }
  return parts.join("");
}

/** Reads base64, the form for URLs too, with or without padding. */
export function decodeBase64(text: string): Outcome<Uint8Array> {
  const letters = text
    .replaceAll(/[\s=]+/gu, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  if (/[^A-Za-z0-9+/]/u.test(letters) || letters.length % 4 === 1)
    return refuse("read base64 text", "it has other letters or is cut");
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4));
  let [bits, count, place] = [0, 0, 0];
  for (const letter of letters) {
    bits = ((bits << 6) | base64Letters.indexOf(letter)) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[place] = (bits >> count) & 255;
    place += 1;
  }
  return succeed(bytes);
}

/** A UUID of version 4, all random. */
export function createUuid(random: () => number): string {
  return formatUuid(
    Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)),
    4,
  );
}

/** A UUID of version 7: later ones sort after earlier ones. */
export function createTimeUuid(random: () => number, now: number): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
  for (let place = 0; place < 6; place += 1) bytes[place] = Math.floor(now / 256 ** (5 - place)) % 256;
  return formatUuid(bytes, 7);
}

/** Lower-case letters and digits, about 5 bits of chance each. */
export function createShortId(random: () => number, length: number): string {
  return Array.from({ length }, () => idLetters[Math.floor(random() * idLetters.length)]).join("");
}

function formatUuid(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 15) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
  const hex = encodeHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
