import { packageName } from "@crucible/host-core";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/host-core");
});
