import { readFileSync } from "node:fs";
import { conformanceCases } from "@crucible/conformance";
import { expect, test } from "vitest";
import { target } from "./conformance-target.ts";

const expectedFailures = readFileSync(new URL("expected-failures.txt", import.meta.url), "utf8");
for (const { title, run } of conformanceCases(target, { expectedFailures }))
  test(title, async () => expect(run()).resolves.toBeUndefined());
