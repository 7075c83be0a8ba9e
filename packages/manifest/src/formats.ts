// The formats of schemas, bounded: texts come from strangers, and some of the usual expressions take time that grows with
// the square of the text. What has a natural length is cut off there; what has none runs in a linear-time engine.
import ajvFormats from "ajv-formats";
import { RE2JS } from "re2js";
import { formatNames } from "./schema-keywords.ts";

/** Checks one text. */
export type FormatCheck = (text: string) => boolean;

const maxUnits = 16_384;

/** Longest texts that formats with a natural length can have, generously. */
const naturalUnits: Readonly<Record<string, number>> = {
  "date-time": 64,
  date: 16,
  time: 32,
  duration: 128,
  hostname: 254,
  ipv4: 15,
  ipv6: 64,
  uuid: 45,
  regex: 2_000,
};

/** Formats without one, whose expression is run in linear time. */
const linear: ReadonlySet<string> = new Set(["email", "uri-reference", "uri-template"]);

/** Makes the checks of all formats; expressions are compiled at their first use. */
export function createFormatChecks(): ReadonlyMap<string, FormatCheck> {
  const checks = new Map<string, FormatCheck>();
  for (const name of formatNames) {
    const check = linear.has(name) ? linearCheck(name) : usualCheck(name);
    const bound = naturalUnits[name] ?? maxUnits;
    checks.set(name, (text) => text.length <= bound && check(text));
  }
  const reference = checks.get("uri-reference") ?? (() => false);
  // A URI is a reference that begins with its scheme.
  checks.set("uri", (text) => /^[a-z][a-z0-9+\-.]*:/i.test(text) && reference(text));
  return checks;
}

function usualCheck(name: string): FormatCheck {
  const check = checkOf(name);
  return check instanceof RegExp ? (text) => check.test(text) : check;
}

function linearCheck(name: string): FormatCheck {
  let pattern: RE2JS | undefined;
  return (text) => {
    if (pattern === undefined) {
      const check = checkOf(name);
      if (!(check instanceof RegExp)) throw new TypeError(`The format "${name}" has no expression`);
      pattern = RE2JS.compile(
        RE2JS.translateRegExp(check.source),
        check.flags.includes("i") ? RE2JS.CASE_INSENSITIVE : 0,
      );
    }
    return pattern.test(text);
  };
}

function checkOf(name: string): RegExp | FormatCheck {
  // The library's record holds expressions, functions and records of either.
  const format = ajvFormats.default.get(name as "date") as
    | RegExp
    | FormatCheck
    | { readonly validate: RegExp | FormatCheck };
  return typeof format === "object" && "validate" in format ? format.validate : format;
}
