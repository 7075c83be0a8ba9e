// The meaning of a manifest's fields, after its structure was checked: names, versions, capabilities, limits.
// Fields of the wrong type are passed over here, because the structure check has reported them.
import { coerce, valid, validRange } from "semver";
import type { Language, LimitName, Value } from "@crucible/sandbox";
import { capabilityNames, defaultLimits, isCapabilityName, isLimitName, limitTable } from "@crucible/sandbox";
import type { Finding, Mark } from "./diagnostic.ts";
import { itemsAt, mapAt, textAt, valueMark } from "./field-context.ts";
import type { FieldContext } from "./field-context.ts";
import { isLanguage, languageOfPath, languages } from "./language.ts";
import { defaultCapabilities, defaultVersion, reservedNames } from "./manifest.ts";
import type { DeclaredCapability, DeclaredScope, Manifest, RaisedLimit } from "./manifest.ts";
import { pluginNamePattern } from "./manifest-schema.ts";
import { readActions } from "./read-actions.ts";
import { readCalls } from "./read-calls.ts";
import { readHooks } from "./read-hooks.ts";
import type { Located, LocatedMap } from "./read-yaml.ts";
import { keyMark, toValue } from "./read-yaml.ts";
import { suggest } from "./suggest.ts";

/** Reads all fields; nothing comes back when something required is missing, which was reported. */
export function readFields(context: FieldContext): Manifest | undefined {
  const { root, source, front, docs, collector } = context;
  const name = readName(context, "name");
  const namespace = readName(context, "namespace");
  const language = readLanguage(context);
  const kind = textAt(root, "kind") === "library" ? "library" : "plugin";
  const version = readVersion(context);
  const dependencies = readDependencies(context, name);
  if (kind === "library") refuseForLibrary(context);
  const capabilities = kind === "library" ? [] : readCapabilities(context);
  const { limits, raisedLimits } = readLimits(context);
  const description = textAt(root, "description");
  const entry = readEntry(context, language);
  const actions = kind === "library" ? [] : readActions(context, description ?? "", capabilities);
  const { examples, tests } = readCalls(context, actions);
  const hooks = kind === "library" ? [] : readHooks(context, actions);
  if (name === undefined || description === undefined || language === undefined || collector.hasErrors())
    return undefined;
  const author = textAt(root, "author");
  const license = textAt(root, "license");
  const documentation = docs.file;
  return {
    path: source.path,
    kind,
    name,
    description: description.trim(),
    version,
    language,
    capabilities,
    actions,
    dependencies,
    limits,
    raisedLimits,
    examples,
    tests,
    hooks,
    extensions: readExtensions(root),
    bodyLine: front.bodyLine,
    code: front.code,
    ...(author === undefined ? {} : { author }),
    ...(license === undefined ? {} : { license }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(entry === undefined ? {} : { entry }),
    ...(documentation === undefined ? {} : { documentation }),
  };
}

function readName({ root, source, collector }: FieldContext, field: "name" | "namespace"): string | undefined {
  const name = textAt(root, field);
  if (name === undefined || !new RegExp(pluginNamePattern).test(name) || name.length > 64) return undefined;
  const reserved = [...reservedNames, ...(source.reservedNames ?? []).map((word) => word.replaceAll("_", "-"))];
  if (field === "name" && reserved.includes(name)) {
    collector.report(
      {
        code: "manifest/reserved-name",
        message: `Cannot use the name "${name}": it belongs to the platform`,
        field,
        hint: `Choose another name, such as my-${name}`,
      },
      valueMark(root, field),
    );
  }
  return name;
}

function readLanguage({ root, source, isFolderManifest, language, collector }: FieldContext): Language | undefined {
  const declared = textAt(root, "language");
  const byFile =
    source.language ?? (isFolderManifest ? languageOfPath(textAt(root, "entry") ?? "") : languageOfPath(source.path));
  if (declared !== undefined && isLanguage(declared) && byFile !== undefined && declared !== byFile) {
    const message = `Cannot use the language "${declared}": the ending of the code file says ${byFile}`;
    collector.report(
      {
        code: "manifest/unknown-language",
        message,
        field: "language",
        hint: `Write language: ${byFile}, or rename the file`,
      },
      valueMark(root, "language"),
    );
  }
  if (language === undefined && declared === undefined) {
    const message = "Cannot tell the plugin's language";
    collector.report(
      {
        code: "manifest/missing-field",
        message,
        field: "language",
        hint: `Add language: with one of ${languages.join(", ")}`,
      },
      { ...root.mark, width: 1 },
    );
  }
  return language;
}

function readVersion({ root, collector }: FieldContext): string {
  const version = textAt(root, "version");
  if (version === undefined) return defaultVersion;
  const exact = valid(version);
  // Build metadata does not take part in comparison, and a leading v is no part of a version.
  if (exact !== null && (exact === version || version.startsWith(`${exact}+`))) return version;
  collector.report(
    {
      code: "manifest/invalid-version",
      message: `Cannot use the version "${version}": it must be a semantic version`,
      field: "version",
      suggestion: exact ?? coerce(version)?.version,
      hint: "Write three numbers, such as 1.0.0, and nothing in front",
    },
    valueMark(root, "version"),
  );
  return defaultVersion;
}

function readDependencies({ root, collector }: FieldContext, ownName: string | undefined): Record<string, string> {
  const dependencies: Record<string, string> = {};
  for (const [name, { keyMark: mark, node }] of mapAt(root, "dependencies")?.entries ?? []) {
    const field = `dependencies.${name}`;
    const report = (finding: Omit<Finding, "field">, at: Mark): void => collector.report({ ...finding, field }, at);
    // A namespaced plugin is depended upon by its plain name.
    if (!new RegExp(pluginNamePattern).test(name) || name.length > 64) {
      report(
        {
          code: "manifest/invalid-name",
          message: `Cannot depend on "${name}": it is no plugin name`,
          hint: "Use small letters, digits and single hyphens",
        },
        mark,
      );
      continue;
    }
    if (name === ownName) {
      report(
        {
          code: "manifest/invalid-value",
          message: `Cannot depend on "${name}": it is this plugin itself`,
          hint: "Remove the line",
        },
        mark,
      );
      continue;
    }
    if (node.kind !== "scalar" || typeof node.value !== "string") continue;
    if (validRange(node.value) === null) {
      const version = coerce(node.value)?.version;
      report(
        {
          code: "manifest/invalid-range",
          message: `Cannot use the range "${node.value}" of "${name}": it must be a range of semantic versions`,
          suggestion: version === undefined ? undefined : `^${version}`,
          hint: 'Write a range such as "^1.2.0", "~1.2.3", ">=1.0.0 <2.0.0" or "*"',
        },
        node.mark,
      );
      continue;
    }
    dependencies[name] = node.value;
  }
  return dependencies;
}

function readCapabilities({ root, source, collector }: FieldContext): readonly DeclaredCapability[] {
  if (!root.entries.has("capabilities")) return defaultCapabilities;
  const claims: DeclaredCapability[] = [];
  for (const [index, item] of itemsAt(root, "capabilities").entries()) {
    const field = `capabilities[${index}]`;
    const name =
      item.kind === "map"
        ? textAt(item, "name")
        : item.kind === "scalar" && typeof item.value === "string"
          ? item.value
          : undefined;
    if (name === undefined) continue;
    const mark = item.kind === "map" ? valueMark(item, "name") : item.mark;
    if (!isCapabilityName(name)) {
      const message = `Cannot declare the capability "${name}": there is no such capability`;
      collector.report(
        {
          code: "manifest/unknown-capability",
          message,
          field,
          suggestion: suggestCapability(name),
          hint: `Capabilities are ${capabilityNames.join(", ")}`,
        },
        mark,
      );
      continue;
    }
    const scope = item.kind === "map" ? readScope(item) : undefined;
    if (scope === undefined && claims.some((claim) => claim.name === name && claim.scope === undefined)) {
      collector.report(
        { code: "manifest/invalid-value", message: `Cannot declare "${name}" twice`, field, hint: "Keep one of them" },
        mark,
      );
      continue;
    }
    const fault = scope === undefined ? undefined : source.checkScope?.(name, scope);
    if (fault !== undefined && item.kind === "map") {
      collector.report(
        { code: "manifest/invalid-scope", message: fault, field: `${field}.scope` },
        valueMark(item, "scope"),
      );
    }
    claims.push(scope === undefined ? { name } : { name, scope });
  }
  return claims;
}

function suggestCapability(name: string): string | undefined {
  const near = suggest(name, capabilityNames);
  if (near !== undefined) return near;
  const word = name.toLowerCase();
  if (/net|http|web|fetch/.test(word)) return "NetworkHttps";
  if (/file|fs|disk/.test(word)) return /write/.test(word) ? "FsWrite" : "FsRead";
  if (/note|kiln|vault/.test(word)) return /write|create|edit/.test(word) ? "KilnWrite" : "KilnRead";
  if (/state|store|storage/.test(word)) return "StateManage";
  return /plugin|invoke/.test(word) ? "PluginInvoke" : undefined;
}

function readScope(item: LocatedMap): DeclaredScope | undefined {
  const node = item.entries.get("scope")?.node;
  if (node === undefined) return undefined;
  if (node.kind === "map") {
    return Object.fromEntries([...node.entries].map(([key, entry]) => [key, patternsOf(entry.node)] as const));
  }
  return patternsOf(node);
}

function patternsOf(node: Located): string | readonly string[] {
  if (node.kind === "list")
    return node.items.flatMap((item) => (item.kind === "scalar" && typeof item.value === "string" ? [item.value] : []));
  return node.kind === "scalar" && typeof node.value === "string" ? node.value : [];
}

function readLimits({ root, collector }: FieldContext): {
  limits: Record<string, number>;
  raisedLimits: readonly RaisedLimit[];
} {
  const limits: Partial<Record<LimitName, number>> = {};
  const raisedLimits: RaisedLimit[] = [];
  for (const [name, { node }] of mapAt(root, "limits")?.entries ?? []) {
    if (!isLimitName(name) || node.kind !== "scalar") continue;
    const value = Number(node.value);
    if (typeof node.value !== "number" || !Number.isSafeInteger(value)) continue;
    const { maximum } = limitTable[name];
    if (value > maximum) {
      const message = `Cannot set the limit "${name}" to ${value}: at most ${maximum} is allowed`;
      collector.report(
        {
          code: "manifest/limit-above-maximum",
          message,
          field: `limits.${name}`,
          hint: `Lower it to ${maximum} or less`,
        },
        node.mark,
      );
      continue;
    }
    limits[name] = value;
    const usual = defaultLimits[name];
    if (usual !== undefined && value > usual) raisedLimits.push({ name, value, default: usual, maximum });
  }
  return { limits, raisedLimits };
}

function readEntry(
  { root, isFolderManifest, collector }: FieldContext,
  language: Language | undefined,
): string | undefined {
  const entry = textAt(root, "entry");
  if (entry === undefined) return undefined;
  const report = (message: string, hint: string): void => {
    collector.report(
      { code: "manifest/invalid-value", message: `Cannot use the entry "${entry}": ${message}`, field: "entry", hint },
      valueMark(root, "entry"),
    );
  };
  if (!isFolderManifest) report("this file is the code itself", "Remove the line");
  else if (
    /^[/\\]|^[A-Za-z]:|\\|\0/.test(entry) ||
    entry.split("/").some((part) => part === ".." || part === "." || part === "")
  ) {
    report("it must be a relative path inside the plugin's folder", "Write a path such as main.lua or src/main.rune");
  } else if (languageOfPath(entry) === undefined) {
    report(
      `its ending is that of no language${language === undefined ? "" : `, must be one of ${language}`}`,
      "Use an ending such as .lua, .rune, .js or .wasm",
    );
  }
  return entry;
}

/** What gives a plugin authority or makes it a tool has no meaning for a library. */
const notForLibraries = [
  "capabilities",
  "parameters",
  "returns",
  "actions",
  "limits",
  "examples",
  "tests",
  "hooks",
  "annotations",
] as const;

function refuseForLibrary({ root, collector }: FieldContext): void {
  for (const field of notForLibraries) {
    if (!root.entries.has(field)) continue;
    const message = `Cannot use "${field}" in a library: it runs inside its importers, under their authority`;
    collector.report(
      { code: "manifest/invalid-value", message, field, hint: "Remove the field, or remove kind: library" },
      keyMark(root, field),
    );
  }
}

function readExtensions(root: LocatedMap): Record<string, Value> {
  const extensions = [...root.entries].filter(([key]) => key.startsWith("x-"));
  return Object.fromEntries(extensions.map(([key, { node }]) => [key, toValue(node)] as const));
}
