// Regular expressions in time linear in the text (RE2): patterns may come from anywhere. Places count characters of
// the text (UTF-16 units) from 0.
import type { Outcome, Value } from "@crucible/sandbox";
import { object, succeed } from "@crucible/sandbox";
import { compilePattern } from "@crucible/manifest";
import { RE2JS, type Matcher } from "re2js";
import { maxItems, maxPatternSteps, refuse, textBounds } from "./bounds.ts";

/** Whether the pattern is somewhere in the text. */
export function testRegex(pattern: string, text: string, flags = ""): Outcome<Value> {
  const compiled = compile(pattern, text, flags);
  return compiled.ok ? succeed(compiled.value.matcher(text).find()) : compiled;
}

/** The first place where the pattern is: `text`, `start`, `end`, `groups` and `named`; null where it is nowhere. */
export function findRegex(pattern: string, text: string, flags = ""): Outcome<Value> {
  const compiled = compile(pattern, text, flags);
  if (!compiled.ok) return compiled;
  const matcher = compiled.value.matcher(text);
  return succeed(matcher.find() ? readMatch(matcher) : null);
}

/** Every place where the pattern is, without overlaps. */
export function findAllRegex(pattern: string, text: string, flags = ""): Outcome<Value> {
  const compiled = compile(pattern, text, flags);
  if (!compiled.ok) return compiled;
  const matcher = compiled.value.matcher(text);
  const matches: Value[] = [];
  while (matcher.find()) {
    if (matches.length >= maxItems) return refuse("find the pattern", `it is there more than ${maxItems} times`);
    matches.push(readMatch(matcher));
  }
  return succeed(matches);
}

/** Replaces every place; `$1`, `${name}` and `$0` stand for groups, `$$` for a dollar. */
export function replaceRegex(pattern: string, text: string, replacement: string, flags = ""): Outcome<Value> {
  const compiled = compile(pattern, text, flags);
  if (!compiled.ok) return compiled;
  const matcher = compiled.value.matcher(text);
  let written = "";
  let at = 0;
  let count = 0;
  while (matcher.find()) {
    count += 1;
    written += text.slice(at, matcher.start()) + expand(replacement, matcher);
    at = matcher.end();
    if (count > maxItems || written.length > textBounds.text)
      return refuse(
        "replace the pattern",
        `the result has more than ${maxItems} places or ${textBounds.text} characters`,
      );
  }
  return succeed(written + text.slice(at));
}

/** The parts of the text between the places where the pattern is. */
export function splitRegex(pattern: string, text: string, flags = ""): Outcome<Value> {
  const compiled = compile(pattern, text, flags);
  if (!compiled.ok) return compiled;
  const matcher = compiled.value.matcher(text);
  const parts: Value[] = [];
  let at = 0;
  while (matcher.find()) {
    // Nothing between two characters is a border, nothing at either end is none.
    if (matcher.end() === matcher.start() && (matcher.start() === 0 || matcher.start() === text.length)) continue;
    if (parts.length >= maxItems) return refuse("split the text", `it has more than ${maxItems} parts`);
    parts.push(text.slice(at, matcher.start()));
    at = matcher.end();
  }
  return succeed([...parts, text.slice(at)]);
}

/** A pattern that stands for exactly this text. */
export function escapeRegex(text: string): string {
  return RE2JS.quote(text);
}

function compile(source: string, text: string, flags: string): Outcome<RE2JS> {
  if (!/^[ims]*$/u.test(flags)) return refuse("read the pattern", `its flags are i, m and s, not "${flags}"`);
  // Says what is wrong with a pattern in the words of the platform.
  const checked = compilePattern(source);
  if ("fault" in checked) return refuse("read the pattern", checked.fault);
  let bits = 0;
  if (flags.includes("i")) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes("m")) bits |= RE2JS.MULTILINE;
  if (flags.includes("s")) bits |= RE2JS.DOTALL;
  const compiled = RE2JS.compile(RE2JS.translateRegExp(source), bits);
  const steps = compiled.programSize() * text.length;
  if (steps > maxPatternSteps)
    return refuse(
      "look for the pattern",
      `its ${compiled.programSize()} instructions times ${text.length} characters are more than ${maxPatternSteps}; simplify it, or look through parts of the text`,
    );
  return succeed(compiled);
}

function readMatch(matcher: Matcher): Value {
  const groups = Array.from({ length: matcher.groupCount() }, (_, group) => matcher.group(group + 1));
  return object([
    ["text", matcher.group() ?? ""],
    ["start", matcher.start()],
    ["end", matcher.end()],
    ["groups", groups],
    ["named", object(Object.entries(matcher.getNamedGroups()))],
  ]);
}

function expand(replacement: string, matcher: Matcher): string {
  return replacement.replaceAll(
    /\$(?:\$|(\d{1,2})|\{([A-Za-z_]\w*)\})/gu,
    (whole, number: string | undefined, name: string | undefined) => {
      if (number !== undefined)
        return Number(number) <= matcher.groupCount() ? (matcher.group(Number(number)) ?? "") : whole;
      if (name === undefined) return "$";
      const named = matcher.getNamedGroups();
      return Object.hasOwn(named, name) ? (named[name] ?? "") : whole;
    },
  );
}
