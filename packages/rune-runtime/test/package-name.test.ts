import { packageName } from "@crucible/rune-runtime";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/rune-runtime");
});
