// The list of expected failures: read exactly, and refused where it says nothing or says it twice.
import { parseExpectedFailures, scenarios } from "@crucible/conformance";
import fc from "fast-check";
import { expect, test } from "vitest";

test("parseExpectedFailures reads back every list that was written, whatever stands between its lines", () => {
  const reason = fc.stringMatching(/^[a-z]{1,8}( [a-z]{1,8}){0,3}$/);
  const entries = fc
    .subarray(scenarios.map(({ id }) => id))
    .chain((ids) => fc.tuple(...ids.map((id) => fc.tuple(fc.constant(id), reason))));
  const filler = fc.constantFrom("", "# a remark", "   ", "\t# MS-01.1 not an entry");
  fc.assert(
    fc.property(entries, filler, (listed, between) => {
      const text = listed.map(([id, why]) => `${id}   ${why}\n${between}\n`).join("");
      const { reasons, problems } = parseExpectedFailures(text);
      expect(problems).toEqual([]);
      expect([...reasons]).toEqual(listed);
    }),
  );
});

test("parseExpectedFailures reports unknown scenarios, missing reasons and repetitions with their lines", () => {
  const { reasons, problems } = parseExpectedFailures("MS-01.1 why\nMS-99.9 why\n\nMS-01.2\nMS-01.1 again\n");
  expect([...reasons]).toEqual([["MS-01.1", "why"]]);
  expect(problems).toEqual([
    'line 2: there is no scenario "MS-99.9"',
    "line 4: MS-01.2 has no reason",
    "line 5: MS-01.1 stands there twice",
  ]);
});
