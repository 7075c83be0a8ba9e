// Arbitrary source text that follows the whole grammar, and the comparison of syntax trees without places.

import * as fc from "fast-check";

/** Names that are no keywords. */
export const name: fc.Arbitrary<string> = fc.constantFrom("a", "b", "foo", "Bar", "x1", "_y", "übung", "日本");

const literal = fc.oneof(
  fc.constantFrom("true", "false", "0", "1", "42u8", "0x1F", "0b10", "0o17", "1_000i64", "1.5", "2.", "1e3", "5f64"),
  fc.constantFrom("'a'", "'\\n'", "'\\u{1F4AF}'", "'''".slice(0, 1) + "\\''", "b'a'", "b'\\xff'"),
  fc.constantFrom('""', '"a b"', '"\\t\\"\\\\"', '"é\\u{301}"', 'b"bytes\\x00"', '"line \\\n  joined"'),
);

const path = fc.oneof(
  name,
  fc.tuple(fc.constantFrom("self", "crate", "super", "Self", "std"), name).map((parts) => parts.join("::")),
  fc.tuple(name, name).map(([a, b]) => `::${a}::${b}`),
  fc.tuple(name, name).map(([a, b]) => `${a}::<${b}, ${b}::c>`),
);

const list = (item: fc.Arbitrary<string>, max = 3): fc.Arbitrary<string> =>
  fc.array(item, { maxLength: max }).map((items) => items.join(", "));

const operators = ["+", "-", "*", "/", "%", "<<", ">>", "&", "^", "|", "&&", "||"];

/** A type and no interface: only types are records to the combinator. */
type Text = {
  readonly expression: string;
  readonly pattern: string;
  readonly block: string;
  readonly statement: string;
  readonly item: string;
};

/** Productions of the grammar, each as an arbitrary of text. */
export const grammar: { readonly [Production in keyof Text]: fc.Arbitrary<string> } = fc.letrec<Text>((tie) => {
  const expression = tie("expression");
  const pattern = tie("pattern");
  const block = tie("block");
  // What may stand where an operand or a condition stands without being read as more than it is.
  const closed = expression.map((text) => `(${text})`);
  const label = fc.constantFrom("", "'a: ");
  const field = fc.oneof(
    name,
    fc.tuple(name, expression).map(([key, value]) => `${key}: ${value}`),
    fc.tuple(fc.constantFrom('"k"', '"a b"'), expression).map(([key, value]) => `${key}: ${value}`),
  );
  const compound = fc.oneof(
    expression.map((inner) => `(${inner})`),
    list(expression).map((items) => `[${items}]`),
    fc.tuple(expression, list(expression)).map(([first, rest]) => `(${first},${rest === "" ? "" : ` ${rest}`})`),
    list(field).map((fields) => `#{${fields}}`),
    fc.tuple(path, list(field)).map(([type, fields]) => `${type} { ${fields} }`),
    fc.tuple(fc.constantFrom("-", "!", "&", "*"), closed).map((parts) => parts.join("")),
    fc.tuple(closed, fc.constantFrom(...operators), closed).map((parts) => parts.join(" ")),
    fc.tuple(closed, fc.constantFrom("<", ">=", "==", "!="), closed).map((parts) => parts.join(" ")),
    fc.tuple(closed, fc.constantFrom("as", "is", "is not"), path).map((parts) => parts.join(" ")),
    fc.tuple(name, fc.constantFrom("=", "+=", "<<=", "|="), closed).map((parts) => parts.join(" ")),
    fc.tuple(name, expression).map((parts) => parts.join(" = ")),
    fc.tuple(closed, fc.constantFrom("..", "..="), closed).map((parts) => parts.join("")),
    fc.tuple(closed, list(expression)).map(([callee, args]) => `${callee}(${args})`),
    fc.tuple(closed, expression).map(([target, index]) => `${target}[${index}]`),
    fc.tuple(closed, fc.constantFrom(".b", ".0", ".await", "?", ".m(1)", ".m::<T>()")).map((parts) => parts.join("")),
    fc.tuple(label, fc.constantFrom("", "async ", "const ", "async move "), block).map((parts) => parts.join("")),
    fc.tuple(closed, block, block).map(([test, yes, no]) => `if ${test} ${yes} else if ${test} ${no} else ${yes}`),
    fc.tuple(pattern, closed, block).map(([bound, value, body]) => `if let ${bound} = ${value} ${body}`),
    fc
      .tuple(closed, pattern, closed, expression)
      .map(([value, bound, test, body]) => `match ${value} { ${bound} if ${test} => (${body}), _ => {} }`),
    fc.tuple(label, block).map(([at, body]) => `${at}loop ${body}`),
    fc.tuple(label, closed, block).map(([at, test, body]) => `${at}while ${test} ${body}`),
    fc.tuple(label, pattern, closed, block).map(([at, bound, of, body]) => `${at}for ${bound} in ${of} ${body}`),
    fc
      .tuple(fc.constantFrom("", "async ", "move "), list(pattern), expression)
      .map(([head, parameters, body]) => `${head}|${parameters}| ${body}`),
    fc
      .tuple(pattern, closed, closed)
      .map((parts) => `select { ${parts[0]} = ${parts[1]} => ${parts[2]}, default => 1 }`),
    expression.map((value) => `return ${value}`),
    expression.map((value) => `break 'a ${value}`),
    expression.map((value) => `yield ${value}`),
    fc.constantFrom("continue", "continue 'a", "break", "return", "..", "()"),
    fc.tuple(expression, closed).map(([first, second]) => `\`text \\\` \${${first}}$\{${second}}\``),
    fc.tuple(path, list(expression)).map(([macro, args]) => `${macro}!(${args})`),
  );
  return {
    expression: fc.oneof({ maxDepth: 4, depthIdentifier: "expression" }, literal, path, compound),
    pattern: fc.oneof(
      { maxDepth: 3, depthIdentifier: "pattern" },
      fc.oneof(name, fc.constantFrom("_", "1", "-7", "'a'", '"s"', 'b"x"', "true", "()", "self::A")),
      fc.oneof(
        fc.tuple(pattern, list(pattern)).map(([first, rest]) => `(${first}, ${rest})`),
        list(pattern).map((items) => `[${items === "" ? "" : `${items}, `}..]`),
        fc.tuple(path, list(pattern)).map(([type, items]) => `${type}(${items})`),
        fc.tuple(path, pattern).map(([type, inner]) => `${type} { a, "b c": ${inner}, .. }`),
        pattern.map((inner) => `#{a, b: ${inner}}`),
      ),
    ),
    block: fc.array(tie("statement"), { maxLength: 2 }).map((lines) => `{ ${lines.join(" ")} }`),
    statement: fc.oneof(
      { maxDepth: 3, depthIdentifier: "statement" },
      expression.map((text) => `${text};`),
      fc.tuple(pattern, expression).map(([bound, value]) => `let ${bound} = ${value};`),
      tie("item"),
    ),
    item: fc.oneof(
      { maxDepth: 3, depthIdentifier: "item" },
      fc
        .tuple(fc.constantFrom("", "pub ", "pub(crate) ", "pub(super) ", "#[test] ", "/// doc\n"), name)
        .map(([head, is]) => `${head}struct ${is};`),
      fc
        .tuple(fc.constantFrom("", "async ", "pub const "), name, list(pattern), block)
        .map(([head, is, parameters, body]) => `${head}fn ${is}(${parameters}) ${body}`),
      fc.tuple(name, list(name)).map(([is, fields]) => `struct ${is} { ${fields} }`),
      fc.tuple(name, list(name)).map(([is, fields]) => `enum ${is} { A, B(${fields}), C { ${fields} } }`),
      fc.tuple(path, block).map(([type, body]) => `impl ${type} { fn m(self) ${body} }`),
      fc.tuple(name, tie("item")).map(([is, inner]) => `mod ${is} { ${inner} }`),
      fc.tuple(name, expression).map(([is, value]) => `const ${is} = ${value};`),
      fc.tuple(name, expression).map(([is, value]) => `static ${is} = ${value};`),
      name.map((is) => `static ${is};`),
      fc.constantFrom(
        "use a::b;",
        "use ::std::{a, b as c, d::*, e::{f}};",
        "pub use self::x::*;",
        "use crate::y as z;",
      ),
    ),
  };
});

/** A tree as plain data without places, groups and the way documentation was written. */
export function withoutPlaces(node: unknown): unknown {
  if (node instanceof Uint8Array) return [...node];
  if (Array.isArray(node)) return node.map(withoutPlaces);
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node);
  const fields: Record<string, unknown> = Object.fromEntries(entries);
  if (fields["kind"] === "group" && "inner" in fields) return withoutPlaces(fields["inner"]);
  if (typeof fields["doc"] === "string") return { doc: fields["doc"] };
  if ("buffer" in fields) return tokenTexts(fields);
  if ("source" in fields && "start" in fields && "end" in fields) return "span";
  return Object.fromEntries(
    entries.filter(([key]) => !/span$/iu.test(key)).map(([key, value]) => [key, withoutPlaces(value)]),
  );
}

function tokenTexts(range: Record<string, unknown>): readonly string[] {
  const { buffer, from, to } = range as {
    readonly buffer: { readonly text: string; readonly starts: Int32Array; readonly ends: Int32Array };
    readonly from: number;
    readonly to: number;
  };
  const texts: string[] = [];
  for (let at = from; at < to; at += 1) texts.push(buffer.text.slice(buffer.starts[at], buffer.ends[at]));
  return texts;
}
