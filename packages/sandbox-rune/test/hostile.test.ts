import { createLoopWatch, createProcessProbe, hostileSuite } from "@crucible/conformance";
import { afterAll, expect, test } from "vitest";
import { target } from "./conformance-target.ts";

const suite = hostileSuite(target, createLoopWatch(), createProcessProbe());
for (const { title, timeoutMs, run } of suite.cases)
  test(title, { timeout: timeoutMs }, async () => expect(run()).resolves.toBeUndefined());
afterAll(async () => suite.dispose());
