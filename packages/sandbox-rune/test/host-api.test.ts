import { hostApiCases } from "@crucible/conformance";
import { expect, test } from "vitest";
import { target } from "./conformance-target.ts";

for (const { title, run } of hostApiCases(target)) test(title, async () => expect(run()).resolves.toBeUndefined());
