// How the demo speaks: chapters, lines and verdicts for a person; facts for `--json`.
import type { Outcome, Value } from "@crucible/sandbox";
import { fromPlain, object } from "@crucible/sandbox";
import type { Terminal } from "../terminal.ts";

export interface Storyteller {
  chapter(title: string): void;
  line(text: string): void;
  detail(text: string): void;
  row(name: string, text: string): void;
  success(text: string): void;
  alarm(text: string): void;
  /** Shows why something was refused; a success where a refusal was expected is an error. */
  refusal(outcome: Outcome<Value>, remark?: string): void;
  end(text: string): void;
  fact(name: string, value: unknown): void;
  facts(): Value;
}

export function createStoryteller(terminal: Terminal): Storyteller {
  const { bold, dim, green, red, yellow, cyan } = terminal.payloadColors;
  const facts: [string, Value][] = [];
  let chapters = 0;
  return {
    chapter: (title) => terminal.print(`\n${cyan(`${++chapters}.`)} ${bold(title)}`),
    line: (text) => terminal.print(`   ${text}`),
    detail: (text) => terminal.print(`     ${dim(text)}`),
    row: (name, text) => terminal.print(`   ${name.padEnd(18)}${dim(text)}`),
    success: (text) => terminal.print(`   ${green("✓")} ${text}`),
    alarm: (text) => terminal.print(`   ${red("!")} ${red(text)}`),
    refusal: (outcome, remark) => {
      if (outcome.ok) throw new Error("The demo expected a refusal");
      const { code, message, details } = outcome.error;
      terminal.print(`   ${yellow("✋")} ${bold(code)}${remark === undefined ? "" : dim(` ${remark}`)}  ${message}`);
      if (details?.place !== undefined)
        terminal.print(
          `     ${dim(`at ${details.place.file.split(/[/\\]/).at(-1) ?? ""}:${details.place.line}${details.place.approximate === true ? " (about here)" : ""}`)}`,
        );
      if (details?.hint !== undefined) terminal.print(`     ${dim(details.hint)}`);
    },
    end: (text) => terminal.print(`\n${text}`),
    fact: (name, value) => facts.push([name, fromPlain(value)]),
    facts: () => object(facts),
  };
}
