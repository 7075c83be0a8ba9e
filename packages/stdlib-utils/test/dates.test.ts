import { Float, isObject, object, unwrap } from "@crucible/sandbox";
import {
  addToDate,
  dateDifference,
  dateFromParts,
  dateParts,
  formatDate,
  parseDate,
  startOfDate,
} from "@crucible/stdlib-utils";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const zones = ["utc", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"];
const moments = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2100, 0, 1) });

describe("dates", () => {
  test("have the parts that the platform's own calendar gives them, in every zone", () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...zones), (time, zone) => {
        const parts = unwrap(dateParts(time, zone));
        const calendar = new Intl.DateTimeFormat("en-US", {
          timeZone: zone,
          hourCycle: "h23",
          year: "numeric",
          month: "numeric",
          day: "numeric",
          hour: "numeric",
          minute: "numeric",
          second: "numeric",
        });
        const expected = Object.fromEntries(
          calendar
            .formatToParts(time)
            .flatMap(({ type, value }) => (type === "literal" ? [] : [[type, Number(value)]])),
        );
        expect(parts).toMatchObject(expected);
      }),
    );
  });

  test("survive being written and read, and offsets are kept", () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...zones), (time, zone) => {
        const text = unwrap(formatDate(time, undefined, zone));
        expect(unwrap(parseDate(text, undefined, zone))).toBe(time);
        const written = unwrap(formatDate(time, "yyyy-MM-dd HH:mm:ss.SSS ZZ", zone));
        expect(unwrap(parseDate(written, "yyyy-MM-dd HH:mm:ss.SSS ZZ"))).toBe(time);
      }),
    );
  });

  test("are made of their parts again, but for the hour that comes twice", () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...zones), (time, zone) => {
        const parts = unwrap(dateParts(time, zone));
        if (!isObject(parts)) throw new TypeError("The parts are no object");
        const names = ["year", "month", "day", "hour", "minute", "second", "millisecond"];
        const back = unwrap(dateFromParts(object(names.map((name) => [name, parts[name] ?? null])), zone));
        expect(unwrap(formatDate(back, "yyyy-MM-dd HH:mm:ss.SSS", zone))).toBe(
          unwrap(formatDate(time, "yyyy-MM-dd HH:mm:ss.SSS", zone)),
        );
      }),
    );
  });

  test("move by days as a calendar does, and by hours as a clock does", () => {
    const evening = unwrap(parseDate("2026-03-28T20:00", undefined, "Europe/Berlin"));
    expect(
      unwrap(formatDate(unwrap(addToDate(evening, { days: 1 }, "Europe/Berlin")), "dd HH:mm", "Europe/Berlin")),
    ).toBe("29 20:00");
    expect(
      unwrap(formatDate(unwrap(addToDate(evening, { hours: 24 }, "Europe/Berlin")), "dd HH:mm", "Europe/Berlin")),
    ).toBe("29 21:00");
    expect(
      unwrap(formatDate(unwrap(addToDate(unwrap(parseDate("2024-01-31", undefined)), { month: 1 })), "yyyy-MM-dd")),
    ).toBe("2024-02-29");
    expect(unwrap(dateDifference(0, 36 * 3_600_000, "days"))).toBe(1.5);
    expect(unwrap(dateDifference(86_400_000, 0, "hour"))).toStrictEqual(new Float(-24));
  });

  test("start their units where the zone has them start, weeks on Monday", () => {
    const time = unwrap(parseDate("2026-11-20T23:30:00Z", undefined));
    expect(unwrap(formatDate(unwrap(startOfDate(time, "day", "Europe/Berlin")), undefined, "Europe/Berlin"))).toBe(
      "2026-11-21T00:00:00.000+01:00",
    );
    expect(unwrap(formatDate(unwrap(startOfDate(time, "week")), "cccc yyyy-MM-dd"))).toBe("Monday 2026-11-16");
  });

  test.each<readonly [string, () => { readonly ok: boolean }]>([
    ["text that is no date", () => parseDate("tomorrow", undefined)],
    ["the thirtieth of February", () => dateFromParts({ year: 2026, month: 2, day: 30 })],
    ["parts without a year", () => dateFromParts({ month: 2 })],
    ["a part that there is not", () => dateFromParts({ year: 2026, era: 1 })],
    ["a zone that there is not", () => formatDate(0, undefined, "Mars/Olympus")],
    ["a unit that there is not", () => dateDifference(0, 1, "fortnight")],
    ["an amount that is no number", () => addToDate(0, { days: "1" })],
    ["a moment beyond the calendar", () => formatDate(9e15, undefined)],
    ["a moment that is no number", () => dateParts("now")],
  ])("refuse %s", (_, work) => {
    expect(work()).toMatchObject({ ok: false, error: { code: "host/invalid-argument" } });
  });
});
