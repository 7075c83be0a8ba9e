// Values that every language can write as literals and give back unchanged, for laws about structured results.
import { float, object, type Value } from "@crucible/sandbox";
import fc from "fast-check";

/** No null, no bytes, no empty collections; keys are names. What else a language keeps is in the tests of its backend. */
export const structuredValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.boolean(),
    fc.string({ unit: "grapheme" }),
    fc.double({ noNaN: true }).map(float),
    fc.array(tie("value"), { minLength: 1, maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), tie("value")), {
        minLength: 1,
        maxLength: 4,
        selector: ([key]) => key,
      })
      .map(object),
  ),
})).value;
