// The type that a JSON Schema describes, in the few forms that type systems of guest languages know.
// Bounds, patterns and formats are left out: they are checked when a function is called.
import type { JsonSchema } from "@crucible/sandbox";

/** A type without its constraints. */
export type Shape =
  | { readonly kind: "any" | "null" | "bool" | "int" | "float" | "string" | "bytes" }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "array"; readonly items: Shape }
  | { readonly kind: "tuple"; readonly items: readonly Shape[] }
  | { readonly kind: "object"; readonly members: readonly Member[]; readonly rest: Shape | undefined }
  | { readonly kind: "union"; readonly options: readonly Shape[] }
  /** A type that a module declares: a value whose `$type` is this name. */
  | { readonly kind: "named"; readonly name: string };

export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly optional: boolean;
  readonly summary?: string;
}

const any: Shape = { kind: "any" };
const maxDepth = 12;

type Keywords = Readonly<Record<string, unknown>>;

/** Reads the shape of a schema. References are followed within it; where they recur, and deeper than 12 levels, it is `any`. */
export function readShape(schema: JsonSchema): Shape {
  return shapeOf({ root: schema, open: new Set() }, schema, 0);
}

/** A union without repetitions; one option is itself, `any` swallows all. */
export function unionOf(options: readonly Shape[]): Shape {
  const flat = options.flatMap((option) => (option.kind === "union" ? option.options : [option]));
  if (flat.length === 0 || flat.some(({ kind }) => kind === "any")) return any;
  const distinct = [...new Map(flat.map((option) => [JSON.stringify(option), option] as const)).values()];
  const [only] = distinct;
  return distinct.length === 1 && only !== undefined ? only : { kind: "union", options: distinct };
}

interface Reader {
  readonly root: JsonSchema;
  /** References that are being followed. */
  readonly open: ReadonlySet<string>;
}

function shapeOf(reader: Reader, schema: unknown, depth: number): Shape {
  if (depth > maxDepth || typeof schema !== "object" || schema === null || Array.isArray(schema)) return any;
  const keywords = schema as Keywords;
  const reference = keywords["$ref"];
  if (typeof reference === "string") {
    if (reader.open.has(reference)) return any;
    return shapeOf(
      { ...reader, open: new Set([...reader.open, reference]) },
      lookUp(reader.root, reference),
      depth + 1,
    );
  }
  if ("const" in keywords) return literalOf(keywords["const"]);
  if (Array.isArray(keywords["enum"])) return unionOf(keywords["enum"].map(literalOf));
  for (const key of ["anyOf", "oneOf"]) {
    const branches = keywords[key];
    if (Array.isArray(branches))
      return unionOf(
        branches.map((branch) => shapeOf(reader, { ...without(keywords, key), ...asKeywords(branch) }, depth + 1)),
      );
  }
  const parts = keywords["allOf"];
  if (Array.isArray(parts))
    return mergeObjects(
      [without(keywords, "allOf"), ...(parts as readonly unknown[])].map((part) => shapeOf(reader, part, depth + 1)),
    );
  const named = typeNameOf(keywords);
  if (named !== undefined) return { kind: "named", name: named };
  const { type } = keywords;
  if (Array.isArray(type)) return unionOf(type.map((name) => shapeOfType(reader, String(name), keywords, depth)));
  if (typeof type === "string") return shapeOfType(reader, type, keywords, depth);
  return keywords["properties"] === undefined ? any : shapeOfType(reader, "object", keywords, depth);
}

function shapeOfType(reader: Reader, type: string, keywords: Keywords, depth: number): Shape {
  switch (type) {
    case "null":
      return { kind: "null" };
    case "boolean":
      return { kind: "bool" };
    case "integer":
      return { kind: "int" };
    case "number":
      return { kind: "float" };
    case "string":
      return { kind: keywords["contentEncoding"] === "base64" ? "bytes" : "string" };
    case "array": {
      const prefix = keywords["prefixItems"];
      if (Array.isArray(prefix) && keywords["items"] === false)
        return { kind: "tuple", items: prefix.map((item) => shapeOf(reader, item, depth + 1)) };
      return { kind: "array", items: Array.isArray(prefix) ? any : shapeOf(reader, keywords["items"], depth + 1) };
    }
    case "object":
      return objectShape(reader, keywords, depth);
    default:
      return any;
  }
}

function objectShape(reader: Reader, keywords: Keywords, depth: number): Shape {
  const required: readonly unknown[] = Array.isArray(keywords["required"]) ? keywords["required"] : [];
  const members = Object.entries(asKeywords(keywords["properties"])).map(([name, property]): Member => {
    const summary = asKeywords(property)["description"];
    return {
      name,
      shape: shapeOf(reader, property, depth + 1),
      optional: !required.includes(name),
      ...(typeof summary === "string" ? { summary } : {}),
    };
  });
  const additional = keywords["additionalProperties"];
  const rest =
    typeof additional === "object"
      ? shapeOf(reader, additional, depth + 1)
      : additional === false || members.length > 0
        ? undefined
        : any;
  return { kind: "object", members, rest };
}

/** Parts of `allOf` are joined where they are objects; a part that says nothing adds nothing. */
function mergeObjects(parts: readonly Shape[]): Shape {
  const told = parts.filter(({ kind }) => kind !== "any");
  const objects = told.filter((part) => part.kind === "object");
  const [first] = told;
  if (first === undefined) return any;
  if (objects.length !== told.length) return told.length === 1 ? first : any;
  const members = new Map(objects.flatMap((part) => part.members.map((member) => [member.name, member] as const)));
  return {
    kind: "object",
    members: [...members.values()],
    rest: objects.find((part) => part.rest !== undefined)?.rest,
  };
}

function literalOf(value: unknown): Shape {
  if (value === null) return { kind: "null" };
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? { kind: "literal", value }
    : any;
}

function typeNameOf(keywords: Keywords): string | undefined {
  const tag = asKeywords(asKeywords(keywords["properties"])["$type"])["const"];
  return typeof tag === "string" ? tag : undefined;
}

function lookUp(root: JsonSchema, reference: string): unknown {
  let node: unknown = root;
  for (const step of reference.split("/").slice(1))
    node = asKeywords(node)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  return node;
}

function asKeywords(node: unknown): Keywords {
  return typeof node === "object" && node !== null && !Array.isArray(node) ? (node as Keywords) : {};
}

function without(keywords: Keywords, key: string): Keywords {
  return Object.fromEntries(Object.entries(keywords).filter(([name]) => name !== key));
}
