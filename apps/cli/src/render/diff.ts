// What changed in a file, as a unified diff for a person.
import { createTwoFilesPatch } from "diff";
import type { OverlayChange } from "@crucible/kiln-store";
import type { Colors } from "../terminal.ts";

const maxLines = 200;

export function renderDiff({ path, before, after }: OverlayChange, colors: Colors): string {
  const name = (bytes: Uint8Array | undefined): string => (bytes === undefined ? "/dev/null" : path);
  const patch = createTwoFilesPatch(name(before), name(after), decode(before), decode(after), "", "", { context: 2 });
  const lines = patch
    .split("\n")
    .slice(1)
    .filter((line) => line !== "" && !/^=+$/.test(line));
  const shown = lines.slice(0, maxLines).map((line) => {
    if (line.startsWith("+++") || line.startsWith("---")) return colors.bold(line.trimEnd());
    if (line.startsWith("+")) return colors.green(line);
    if (line.startsWith("-")) return colors.red(line);
    return line.startsWith("@@") ? colors.cyan(line) : line;
  });
  if (lines.length > maxLines) shown.push(colors.dim(`… and ${lines.length - maxLines} more lines`));
  return shown.join("\n");
}

function decode(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}
