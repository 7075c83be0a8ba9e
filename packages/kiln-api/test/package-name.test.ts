import { packageName } from "@crucible/kiln-api";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/kiln-api");
});
