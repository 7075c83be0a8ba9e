// Functions of the module for dates, bytes, hashes and ids: date, base64, hex, hash, id.
import type { HostArguments, Outcome, Value } from "@crucible/sandbox";
import { succeed, textArgument } from "@crucible/sandbox";
import {
  bytesOf,
  createShortId,
  createTimeUuid,
  createUuid,
  decodeBase64,
  decodeHex,
  encodeBase64,
  encodeHex,
} from "./bytes.ts";
import { addToDate, dateDifference, dateFromParts, dateParts, formatDate, parseDate, startOfDate } from "./dates.ts";
import {
  optional,
  optionalInteger,
  optionalObject,
  optionalText,
  parameter,
  text,
  utility,
  type Utility,
} from "./utility.ts";

/** Names of hash functions; md5 and sha1 for old checksums only. */
export type HashAlgorithm = "sha256" | "sha512" | "sha1" | "md5";

/** Hashes bytes. */
export type Digest = (algorithm: HashAlgorithm, bytes: Uint8Array) => Uint8Array;

const algorithms: readonly HashAlgorithm[] = ["sha256", "sha512", "sha1", "md5"];
const string = { type: "string" } as const;
const moment = { type: "integer" } as const;
const time = parameter("time", moment, "Unix milliseconds");
const zone = optional(
  "zone",
  { type: "string", maxLength: 100 },
  "of the IANA database, such as Europe/Berlin; UTC by default",
);
const format = optional(
  "format",
  { type: "string", maxLength: 200 },
  "tokens such as yyyy-MM-dd HH:mm; ISO 8601 by default",
);
const unit = parameter("unit", string, "year, quarter, month, week, day, hour, minute, second, millisecond");
const content = parameter("content", true, "text, as UTF-8, or bytes");
const maxEncoded = 2_000_000;

export const dateFunctions: readonly Utility[] = [
  utility("date.now", "Tells the time of the host.", [], moment, (_, call) => succeed(Math.floor(call.now()))),
  utility(
    "date.parse",
    "Reads a moment from text.",
    [text("text", 200, "ISO 8601, or in the format"), format, zone],
    moment,
    (args) => parseDate(textArgument(args, "text"), optionalText(args, "format"), optionalText(args, "zone")),
  ),
  utility("date.format", "Writes a moment.", [time, format, zone], string, (args) =>
    formatDate(args["time"] ?? null, optionalText(args, "format"), optionalText(args, "zone")),
  ),
  utility(
    "date.parts",
    "Takes a moment apart: year to millisecond, weekday, week, day_of_year, offset.",
    [time, zone],
    { type: "object" },
    (args) => dateParts(args["time"] ?? null, optionalText(args, "zone")),
  ),
  utility(
    "date.from_parts",
    "Makes a moment of year, month, day, hour, minute, second, millisecond.",
    [parameter("parts", { type: "object" }, "at least the year"), zone],
    moment,
    (args) => dateFromParts(optionalObject(args, "parts"), optionalText(args, "zone")),
  ),
  utility(
    "date.add",
    "Moves a moment by years to milliseconds, as a calendar does in the zone.",
    [time, parameter("amounts", { type: "object" }, "unit to number, such as { days = 3 }"), zone],
    moment,
    (args) => addToDate(args["time"] ?? null, optionalObject(args, "amounts"), optionalText(args, "zone")),
  ),
  utility(
    "date.difference",
    "Counts the units between two moments.",
    [parameter("start", moment, "Unix milliseconds"), parameter("finish", moment, "Unix milliseconds"), unit, zone],
    { type: "number" },
    (args) =>
      dateDifference(
        args["start"] ?? null,
        args["finish"] ?? null,
        textArgument(args, "unit"),
        optionalText(args, "zone"),
      ),
  ),
  utility(
    "date.start_of",
    "Finds the first moment of the unit that a moment is in; weeks start on Monday.",
    [time, unit, zone],
    moment,
    (args) => startOfDate(args["time"] ?? null, textArgument(args, "unit"), optionalText(args, "zone")),
  ),
];

export const byteFunctions: readonly Utility[] = [
  utility("base64.encode", "Writes text or bytes as base64.", [content], string, (args) =>
    withBytes(args, encodeBase64),
  ),
  utility(
    "base64.decode",
    "Reads base64, the form for URLs too, as bytes.",
    [text("text", maxEncoded, "base64")],
    true,
    (args) => decodeBase64(textArgument(args, "text")),
  ),
  utility("hex.encode", "Writes text or bytes as hexadecimal digits.", [content], string, (args) =>
    withBytes(args, encodeHex),
  ),
  utility("hex.decode", "Reads hexadecimal digits as bytes.", [text("text", maxEncoded, "digits")], true, (args) =>
    decodeHex(textArgument(args, "text")),
  ),
  utility("id.uuid", "Makes a random UUID, of version 4.", [], string, (_, call) => succeed(createUuid(call.random))),
  utility("id.uuid_v7", "Makes a UUID that sorts by time, of version 7.", [], string, (_, call) =>
    succeed(createTimeUuid(call.random, call.now())),
  ),
  utility(
    "id.short",
    "Makes a random id of lower-case letters and digits.",
    [optional("length", { type: "integer", minimum: 4, maximum: 64 }, "12 by default")],
    string,
    (args, call) => succeed(createShortId(call.random, optionalInteger(args, "length") ?? 12)),
  ),
];

/** Functions that need the power to hash. */
export function hashFunctions(digest: Digest): readonly Utility[] {
  return [
    utility(
      "hash.digest",
      "Hashes text or bytes and writes the hash as hexadecimal digits.",
      [content, optional("algorithm", { enum: algorithms }, "sha256 by default; md5 and sha1 for old checksums only")],
      string,
      (args) => {
        const algorithm = algorithms.find((each) => each === args["algorithm"]) ?? "sha256";
        return withBytes(args, (bytes) => encodeHex(digest(algorithm, bytes)));
      },
    ),
  ];
}

function withBytes(args: HostArguments, write: (bytes: Uint8Array) => string): Outcome<Value> {
  const bytes = bytesOf(args["content"] ?? null);
  return bytes.ok ? succeed(write(bytes.value)) : bytes;
}
