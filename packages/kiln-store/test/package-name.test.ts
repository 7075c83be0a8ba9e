import { packageName } from "@crucible/kiln-store";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/kiln-store");
});
