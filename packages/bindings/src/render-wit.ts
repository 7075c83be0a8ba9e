// Host modules as WIT interfaces, for WebAssembly components: one interface for each module and each table within it.
// WIT has no recursive types: what a record cannot describe crosses as `value`, which is JSON text.
import type { HostFunctionDeclaration, HostModuleDeclaration, JsonSchema } from "@crucible/sandbox";
import { listHostFunctions } from "@crucible/sandbox";
import { describeFunction } from "./describe-function.ts";
import { readShape } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** Renders modules as one package with a world that imports them all. `name` has the form `namespace:package@version`. */
export function renderWit(modules: readonly HostModuleDeclaration[], name = "crucible:host@0.1.0"): string {
  const interfaces = modules.flatMap(interfacesOf);
  const lines = [
    "// Generated from the declarations of the host modules; edits are lost.",
    `package ${name};`,
    "",
    "/// Types that all interfaces use.",
    "interface types {",
    "  /// Any value, as JSON text.",
    "  type value = string;",
    "  /// Why a host function failed.",
    "  record error {",
    "    code: string,",
    "    message: string,",
    "  }",
    "}",
    ...interfaces.flatMap(({ lines: inner }) => ["", ...inner]),
    "",
    "/// What a plugin may import; it gets only what its manifest declares.",
    "world plugin {",
    "  import types;",
    ...interfaces.map((item) => `  import ${item.name};`),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

/** An identifier of WIT: `expected_hash` → `expected-hash`, `executionId` → `execution-id`; nothing where none can be made. */
export function witName(name: string): string | undefined {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[-_.]+/)
    .filter((word) => word !== "");
  return words.length > 0 && words.every((word) => /^[a-z][a-z0-9]*$/.test(word)) ? words.join("-") : undefined;
}

interface Interface {
  readonly name: string;
  readonly lines: readonly string[];
}

/** Types that functions of one interface declare on the way. */
interface Declared {
  readonly lines: string[];
  readonly names: Set<string>;
  /** Names by content: what is declared twice alike is declared once. */
  readonly bodies: Map<string, string>;
}

function interfacesOf(module: HostModuleDeclaration): readonly Interface[] {
  const groups = new Map<string, { readonly name: string; readonly declaration: HostFunctionDeclaration }[]>([
    [module.name, []],
  ]);
  for (const declaration of listHostFunctions(module)) {
    const parts = declaration.name.split(".");
    const owner = [module.name, ...parts.slice(0, -1)].join("-");
    const group = groups.get(owner) ?? [];
    group.push({ name: parts.at(-1) ?? "", declaration });
    groups.set(owner, group);
  }
  return [...groups]
    .filter(([, functions]) => functions.length > 0)
    .map(([owner, functions]) => {
      const name = witName(owner) ?? owner;
      const declared: Declared = { lines: [], names: new Set(["value", "error"]), bodies: new Map() };
      const rendered = functions.flatMap((entry) => ["", ...functionLines(entry.name, entry.declaration, declared)]);
      const lines = [
        ...(owner === module.name ? doc(module.summary.split("\n"), "") : []),
        `interface ${name} {`,
        "  use types.{value, error};",
        ...declared.lines,
        ...rendered,
        "}",
      ];
      return { name, lines };
    });
}

function functionLines(name: string, declaration: HostFunctionDeclaration, declared: Declared): readonly string[] {
  const plain = witName(name) ?? name;
  const parameters = declaration.parameters.map((parameter) => {
    const own = witName(parameter.name) ?? parameter.name;
    const type = typeOf(parameter.schema, `${plain}-${own}`, declared);
    return `${escaped(own)}: ${parameter.optional === true && !type.startsWith("option<") ? `option<${type}>` : type}`;
  });
  const shape = readShape(declaration.returns);
  const result =
    shape.kind === "null" ? "result<_, error>" : `result<${formatShape(shape, `${plain}-result`, declared)}, error>`;
  return [
    ...doc(describeFunction(declaration), "  "),
    `  ${escaped(plain)}: func(${parameters.join(", ")}) -> ${result};`,
  ];
}

function typeOf(schema: JsonSchema, name: string, declared: Declared): string {
  return formatShape(readShape(schema), name, declared);
}

function formatShape(shape: Shape, name: string, declared: Declared): string {
  switch (shape.kind) {
    case "any":
    case "null":
    case "named":
      return "value";
    case "bool":
      return "bool";
    case "int":
      return "s64";
    case "float":
      return "f64";
    case "string":
      return "string";
    case "bytes":
      return "list<u8>";
    case "literal":
      return typeof shape.value === "string"
        ? enumeration([shape.value], name, declared)
        : typeof shape.value === "boolean"
          ? "bool"
          : "f64";
    case "array":
      return `list<${formatShape(shape.items, `${name}-item`, declared)}>`;
    case "tuple":
      return shape.items.length === 0
        ? "value"
        : `tuple<${shape.items.map((item, index) => formatShape(item, `${name}-part${index}`, declared)).join(", ")}>`;
    case "object":
      return record(shape, name, declared);
    case "union": {
      const options = shape.options.filter(({ kind }) => kind !== "null");
      const [only] = options;
      const inner =
        options.length === 1 && only !== undefined
          ? formatShape(only, name, declared)
          : options.every((option) => option.kind === "literal" && typeof option.value === "string")
            ? enumeration(
                options.map((option) => (option.kind === "literal" ? String(option.value) : "")),
                name,
                declared,
              )
            : "value";
      // JSON text has its own null.
      return options.length === shape.options.length || inner === "value" ? inner : `option<${inner}>`;
    }
  }
}

function record(shape: Extract<Shape, { kind: "object" }>, name: string, declared: Declared): string {
  const fields = shape.members.map((member) => ({ ...member, own: witName(member.name) }));
  const names = new Set(fields.map(({ own }) => own));
  // Open objects, and members that WIT has no names for, stay JSON.
  if (fields.length === 0 || shape.rest !== undefined || names.has(undefined) || names.size < fields.length)
    return "value";
  const lines = fields.flatMap(({ own = "", shape: inner, optional, summary }) => {
    const type = formatShape(inner, `${name}-${own}`, declared);
    return [
      ...(summary === undefined ? [] : doc(summary.split("\n"), "    ")),
      `    ${escaped(own)}: ${optional && !type.startsWith("option<") ? `option<${type}>` : type},`,
    ];
  });
  return declare("record", name, lines, declared);
}

function enumeration(words: readonly string[], name: string, declared: Declared): string {
  const cases = words.map(witName);
  if (cases.includes(undefined) || new Set(cases).size < cases.length) return "string";
  return declare(
    "enum",
    name,
    cases.map((word) => `    ${escaped(word ?? "")},`),
    declared,
  );
}

function declare(kind: "record" | "enum", name: string, lines: readonly string[], declared: Declared): string {
  const body = [kind, ...lines].join("\n");
  const same = declared.bodies.get(body);
  if (same !== undefined) return same;
  let unique = name;
  for (let number = 2; declared.names.has(unique); number += 1) unique = `${name}-v${number}`;
  declared.names.add(unique);
  declared.bodies.set(body, escaped(unique));
  declared.lines.push("", `  ${kind} ${escaped(unique)} {`, ...lines, "  }");
  return escaped(unique);
}

const witKeywords: ReadonlySet<string> = new Set(
  `as async bool borrow char constructor enum export f32 f64 flags from func future import include interface list map option own package
  record resource result s16 s32 s64 s8 static stream string tuple type u16 u32 u64 u8 use variant with world error-context`.split(
    /\s+/,
  ),
);

function escaped(name: string): string {
  return witKeywords.has(name) ? `%${name}` : name;
}

function doc(lines: readonly string[], indent: string): readonly string[] {
  return lines.map((line) => `${indent}/// ${line}`.trimEnd());
}
