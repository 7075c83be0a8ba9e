import { packageName } from "@crucible/rune-compiler";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/rune-compiler");
});
