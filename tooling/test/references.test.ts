// The TypeScript references and tooling's own dependencies follow from the package.json files.
import { expect, test } from "vitest";
import { staleFiles } from "../sync-references.ts";

test("every derived file matches the package.json files (otherwise run pnpm sync)", () => {
  expect(staleFiles()).toEqual([]);
});
