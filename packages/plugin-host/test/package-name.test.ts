import { packageName } from "@crucible/plugin-host";
import { expect, test } from "vitest";

test("packageName is the published name", () => {
  expect(packageName).toBe("@crucible/plugin-host");
});
