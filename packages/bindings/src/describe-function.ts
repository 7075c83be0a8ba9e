// The facts of a host function as lines of text, worded alike in every form of documentation.
import type { HostFunctionDeclaration } from "@crucible/sandbox";

const effects: Readonly<Record<HostFunctionDeclaration["effect"], string | undefined>> = {
  none: undefined,
  read: undefined,
  write: "Changes something.",
  external: "Reaches outside.",
};

/** Summary, documentation, capability, effect and errors; no line is empty except between paragraphs. */
export function describeFunction(declaration: HostFunctionDeclaration): readonly string[] {
  const { summary, documentation, capability, effect, errors = [] } = declaration;
  const facts = [
    ...(capability === null ? [] : [`Needs \`${capability}\`.`]),
    ...[effects[effect]].filter((text) => text !== undefined),
    ...(errors.length === 0 ? [] : [`Fails with ${errors.map((code) => `\`${code}\``).join(", ")}.`]),
  ];
  return [
    ...summary.split("\n"),
    ...(documentation === undefined ? [] : ["", ...documentation.split("\n")]),
    ...(facts.length === 0 ? [] : ["", facts.join(" ")]),
  ];
}

/** A text on one line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
