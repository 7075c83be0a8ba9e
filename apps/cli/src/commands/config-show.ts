// cru config show: every setting with its value, and where it comes from.
import { formatSource, loadConfig, presentValue, settingNames, settings } from "@crucible/config";
import { findKiln } from "../find-kiln.ts";
import type { CommandContext } from "../program.ts";

interface ShowOptions {
  readonly sources?: boolean;
}

export async function configShow({ terminal, kiln }: CommandContext, options: ShowOptions): Promise<number> {
  const { env, cwd } = terminal.streams;
  const folder = findKiln(kiln, env, cwd);
  if (!folder.ok) return terminal.fail(folder.error);
  const loaded = await loadConfig({ environment: env, ...(folder.value === undefined ? {} : { kiln: folder.value }) });
  if (!loaded.ok) return terminal.fail(loaded.error);
  const { values, sources, warnings } = loaded.value;
  const rows = settingNames.map((name) => ({
    name,
    value: presentValue(name, values[name]),
    sources: sources[name].map(formatSource),
  }));
  terminal.printJson(
    Object.fromEntries(
      rows.map((row) => [row.name, options.sources === true ? { value: row.value, sources: row.sources } : row.value]),
    ),
  );
  terminal.printTable(rows, [
    { title: "SETTING", value: ({ name }) => name },
    { title: "VALUE", value: ({ value }) => (typeof value === "object" ? value.join(", ") : String(value)) },
    ...(options.sources === true
      ? [{ title: "FROM", value: (row: (typeof rows)[number]) => row.sources.join(", ") }]
      : []),
    { title: "MEANING", value: ({ name }) => settings[name].summary, flexible: true },
  ]);
  for (const { message } of warnings) terminal.note(terminal.colors.yellow(message));
  return 0;
}
