import { packageName } from "@crucible/manifest";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/manifest");
});
