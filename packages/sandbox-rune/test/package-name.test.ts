import { packageName } from "@crucible/sandbox-rune";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/sandbox-rune");
});
