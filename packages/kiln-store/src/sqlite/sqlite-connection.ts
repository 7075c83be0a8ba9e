// The part of SQLite's interface that the store uses; node:sqlite and @photostructure/sqlite both have it.

export type SqliteValue = null | number | bigint | string | Uint8Array;
export type SqliteRow = Readonly<Record<string, SqliteValue>>;

export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: SqliteValue[]): SqliteRow | undefined;
  all(...values: SqliteValue[]): SqliteRow[];
}

/** One open database. Calls are synchronous; errors are thrown. */
export interface SqliteConnection {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteOptions {
  readonly readOnly?: boolean;
  /** Loads the functions of sqlite-vec. */
  readonly vectors?: boolean;
  /** How long a statement waits for another process, in milliseconds. */
  readonly busyTimeoutMs?: number;
}
