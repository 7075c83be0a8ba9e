// cru kiln init: makes a folder a kiln without touching what is in it.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { toErrorValue } from "@crucible/sandbox";
import type { CommandContext } from "../program.ts";

const ignored = "# Written by cru kiln init: what is personal or can be made again stays out of version control.\n*\n";

export function kilnInit({ terminal }: CommandContext, folder: string | undefined): Promise<number> {
  const path = resolve(terminal.streams.cwd, folder ?? ".");
  const before = existsSync(join(path, ".crucible"));
  try {
    mkdirSync(join(path, ".crucible", "plugins"), { recursive: true });
    mkdirSync(join(path, "plugins"), { recursive: true });
    const ignore = join(path, ".crucible", ".gitignore");
    if (!existsSync(ignore)) writeFileSync(ignore, ignored);
  } catch (thrown) {
    return Promise.resolve(terminal.fail(toErrorValue(thrown)));
  }
  terminal.printJson({ path, created: !before });
  terminal.print(path);
  terminal.note(
    before
      ? "It was a kiln already; nothing was changed"
      : "Made a kiln. Shared plugins go to plugins/, personal ones to .crucible/plugins/",
  );
  return Promise.resolve(0);
}
