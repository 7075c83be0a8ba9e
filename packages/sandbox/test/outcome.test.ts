import {
  CrucibleError,
  defaultLimits,
  errorCodes,
  fail,
  isErrorCode,
  limitNames,
  limitTable,
  succeed,
  toErrorValue,
  unwrap,
  valueMapping,
} from "@crucible/sandbox";
import { expect, test } from "vitest";

test("unwrap returns the value or throws the failure with its data", () => {
  expect(unwrap(succeed(1))).toBe(1);
  const failure = fail("limit/memory", "Too much", { hint: "use less" });
  expect(() => unwrap(failure)).toThrow(CrucibleError);
  try {
    unwrap(failure);
  } catch (thrown) {
    expect(toErrorValue(thrown)).toStrictEqual(failure.error);
  }
});

test("toErrorValue makes host/internal of foreign exceptions", () => {
  expect(toErrorValue(new TypeError("no"))).toStrictEqual({ code: "host/internal", message: "no" });
  expect(toErrorValue("text")).toStrictEqual({ code: "host/internal", message: "text" });
});

test("every error code has the form family/slug and tells cause and remedy", () => {
  for (const [code, { cause, remedy }] of Object.entries(errorCodes)) {
    expect(code).toMatch(/^[a-z]+\/[a-z-]+$/);
    expect(cause.length).toBeGreaterThan(10);
    expect(remedy.length).toBeGreaterThan(5);
    expect(isErrorCode(code)).toBe(true);
  }
  expect(isErrorCode("toString")).toBe(false);
});

test("the default limits are those of the table, within the maxima", () => {
  for (const name of limitNames) {
    const entry = limitTable[name];
    expect(defaultLimits[name] ?? null).toBe(entry.default);
    if (entry.default !== null) {
      expect(entry.default).toBeLessThanOrEqual(entry.maximum);
      expect(entry.default).toBeGreaterThanOrEqual(entry.minimum);
    }
  }
});

test("every kind of value has a spelling in every language", () => {
  for (const row of Object.values(valueMapping)) {
    for (const spelling of [row.lua, row.rune, row.javascript, row.component]) expect(spelling).not.toBe("");
  }
});
