// Dates and times. A moment is an int, Unix milliseconds; a time zone is a name of the IANA database, UTC by default.
import type { Outcome, Value, ValueObject } from "@crucible/sandbox";
import { float, Float, int, isObject, object, succeed } from "@crucible/sandbox";
import { DateTime, type DateTimeUnit, type DurationLikeObject } from "luxon";
import { refuse } from "./bounds.ts";

const units: readonly DateTimeUnit[] = [
  "year",
  "quarter",
  "month",
  "week",
  "day",
  "hour",
  "minute",
  "second",
  "millisecond",
];
const partNames = ["year", "month", "day", "hour", "minute", "second", "millisecond"] as const;
const locale = "en-US";

/**
 * Reads a moment from ISO 8601, or from a format in Luxon's tokens (`dd.MM.yyyy HH:mm`). What names no zone itself is
 * meant in `zone`.
 */
export function parseDate(text: string, format: string | undefined, zone = "utc"): Outcome<Value> {
  const options = { zone, locale, setZone: false };
  const date = format === undefined ? DateTime.fromISO(text, options) : DateTime.fromFormat(text, format, options);
  return date.isValid ? moment(date) : refuse(`read the date "${text}"`, explain(date));
}

/** Writes a moment: ISO 8601 with its offset, or in a format of Luxon's tokens, in English. */
export function formatDate(time: Value, format: string | undefined, zone = "utc"): Outcome<string> {
  return at(time, zone, (date) => succeed(format === undefined ? date.toISO() : date.toFormat(format)));
}

/** The parts of a moment in a zone: `year` … `millisecond`, `weekday` (1 is Monday), `week`, `day_of_year`, `offset` in minutes, `zone`. */
export function dateParts(time: Value, zone = "utc"): Outcome<Value> {
  return at(time, zone, (date) =>
    succeed(
      object([
        ...partNames.map((name) => [name, date[name]] as const),
        ["weekday", date.weekday],
        ["week", date.weekNumber],
        ["week_year", date.weekYear],
        ["day_of_year", date.ordinal],
        ["offset", date.offset],
        ["zone", zone],
      ]),
    ),
  );
}

/** The moment with these parts in a zone; parts that are absent are the least. A time that a clock change leaves out moves forward. */
export function dateFromParts(parts: ValueObject, zone = "utc"): Outcome<Value> {
  const known: Record<string, number> = {};
  for (const [name, value] of Object.entries(parts)) {
    if (!(partNames as readonly string[]).includes(name) || typeof value !== "number" || !Number.isInteger(value))
      return refuse("make a date", `"${name}" is none of ${partNames.join(", ")}, or no integer`);
    known[name] = value;
  }
  if (known["year"] === undefined) return refuse("make a date", "the year is missing");
  const date = DateTime.fromObject(known, { zone, locale });
  return date.isValid ? moment(date) : refuse("make a date", explain(date));
}

/** Moves a moment by years, months, weeks, days (as a calendar does in the zone), hours, minutes, seconds, milliseconds. */
export function addToDate(time: Value, amounts: ValueObject, zone = "utc"): Outcome<Value> {
  const duration = readDuration(amounts);
  if (!duration.ok) return duration;
  return at(time, zone, (date) => {
    const moved = date.plus(duration.value);
    return moved.isValid ? moment(moved) : refuse("move the date", "it leaves the calendar");
  });
}

/** How many units lie between two moments, as a float; negative when the second is earlier. */
export function dateDifference(from: Value, to: Value, unit: string, zone = "utc"): Outcome<Value> {
  const known = units.find((each) => each === unit || `${each}s` === unit);
  if (known === undefined) return refuse("compare the dates", `"${unit}" is none of ${units.join(", ")}`);
  return at(from, zone, (start) => at(to, zone, (end) => succeed(float(end.diff(start, known).as(known)))));
}

/** The first moment of the year, quarter, month, week (from Monday), day, hour, minute or second that a moment is in. */
export function startOfDate(time: Value, unit: string, zone = "utc"): Outcome<Value> {
  const known = units.find((each) => each === unit);
  if (known === undefined) return refuse("cut the date", `"${unit}" is none of ${units.join(", ")}`);
  return at(time, zone, (date) => moment(date.startOf(known)));
}

function at<T>(time: Value, zone: string, work: (date: DateTime<true>) => Outcome<T>): Outcome<T> {
  const milliseconds = time instanceof Float ? time.value : time;
  if (typeof milliseconds !== "number" || !Number.isFinite(milliseconds))
    return refuse("use the date", "it is no number of milliseconds");
  const date = DateTime.fromMillis(Math.floor(milliseconds), { zone, locale });
  return date.isValid ? work(date) : refuse("use the date", explain(date));
}

function moment(date: DateTime): Outcome<Value> {
  return succeed(int(BigInt(date.toMillis())));
}

function explain(date: DateTime): string {
  const { invalidReason, invalidExplanation } = date;
  return (invalidExplanation ?? invalidReason ?? "it is no date").replace(/[.:]$/u, "");
}

function readDuration(amounts: ValueObject): Outcome<DurationLikeObject> {
  const duration: Record<string, number> = {};
  for (const [name, value] of Object.entries(amounts)) {
    const unit = units.find((each) => each === name || `${each}s` === name);
    const number = value instanceof Float ? value.value : value;
    if (unit === undefined || isObject(number) || typeof number !== "number" || !Number.isFinite(number))
      return refuse(
        "move the date",
        `"${name}" is none of ${units.map((each) => `${each}s`).join(", ")}, or no number`,
      );
    duration[`${unit}s`] = number;
  }
  return succeed(duration);
}
