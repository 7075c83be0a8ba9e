// Standard output holds the payload and nothing else; everything for a person goes to standard error.
import type { ErrorValue, Value } from "@crucible/sandbox";
import { formatJson, fromPlain } from "@crucible/sandbox";
import { createColors } from "picocolors";
import { exitCodeOf } from "./exit-code.ts";
import { renderError } from "./render/error.ts";
import type { Column } from "./render/table.ts";
import { renderTable } from "./render/table.ts";

export type Colors = ReturnType<typeof createColors>;

export interface Streams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stdin: NodeJS.ReadStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

export interface Terminal {
  readonly streams: Streams;
  readonly json: boolean;
  /** Colours of standard error. */
  readonly colors: Colors;
  /** Colours of standard output. */
  readonly payloadColors: Colors;
  /** A person can be asked: both ends are a terminal. */
  readonly interactive: boolean;
  /** The payload as text; nothing with `--json`. */
  print(text: string): void;
  /** The payload as data; nothing without `--json`. */
  printJson(value: unknown): void;
  printTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void;
  /** For a person; silent with `--quiet`. */
  note(text: string): void;
  /** Shows an error where it belongs and returns its exit code. */
  fail(error: ErrorValue): number;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  /** `always`, `never`, or `auto`: on a terminal. */
  readonly color: string;
  /** `table`, `plain`, or `auto`: tables on a terminal. */
  readonly format: string;
}

export function createTerminal(streams: Streams, options: TerminalOptions): Terminal {
  const { stdout, stderr } = streams;
  const isColored = (isTTY: boolean | undefined): boolean =>
    options.color === "always" || (options.color === "auto" && isTTY === true);
  const colors = createColors(isColored(stderr.isTTY));
  const payloadColors = createColors(isColored(stdout.isTTY));
  const printJson = (value: unknown): void => {
    if (options.json) stdout.write(`${formatJson(isValue(value) ? value : fromPlain(value), 2)}\n`);
  };
  return {
    streams,
    json: options.json,
    colors,
    payloadColors,
    interactive: stderr.isTTY === true && streams.stdin.isTTY,
    print: (text) => {
      if (!options.json) stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    },
    printJson,
    printTable: (rows, columns) => {
      if (!options.json)
        stdout.write(
          renderTable(rows, columns, {
            aligned: options.format === "table" || (options.format === "auto" && stdout.isTTY === true),
            width: stdout.columns ?? 100,
            colors: payloadColors,
          }),
        );
    },
    note: (text) => {
      if (!options.quiet) stderr.write(`${text}\n`);
    },
    fail: (error) => {
      if (options.json) stdout.write(`${formatJson(fromPlain({ error }), 2)}\n`);
      stderr.write(renderError(error, colors));
      return exitCodeOf(error.code);
    },
  };
}

// Values of plugins are printed exactly; other data is converted.
function isValue(value: unknown): value is Value {
  return (
    value === null || typeof value !== "object" || Object.getPrototypeOf(value) === null || value instanceof Uint8Array
  );
}
