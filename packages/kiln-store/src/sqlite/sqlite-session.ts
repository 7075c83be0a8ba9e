// A connection with its prepared statements.
import type { SqliteConnection, SqliteRow, SqliteStatement, SqliteValue } from "./sqlite-connection.ts";

/** A session with prepared statements, each made once. */
export interface SqliteSession {
  readonly connection: SqliteConnection;
  run(sql: string, ...values: SqliteValue[]): void;
  insert(sql: string, ...values: SqliteValue[]): number;
  get(sql: string, ...values: SqliteValue[]): SqliteRow | undefined;
  all(sql: string, ...values: SqliteValue[]): SqliteRow[];
}

/** Prepares each statement once. */
export function createSession(connection: SqliteConnection): SqliteSession {
  const statements = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const made = connection.prepare(sql);
    // Filters make statements of many shapes; those of the last hundred searches are enough.
    if (statements.size > 200) statements.clear();
    statements.set(sql, made);
    return made;
  };
  return {
    connection,
    run: (sql, ...values) => void prepare(sql).run(...values),
    insert: (sql, ...values) => Number(prepare(sql).run(...values).lastInsertRowid),
    get: (sql, ...values) => prepare(sql).get(...values),
    all: (sql, ...values) => prepare(sql).all(...values),
  };
}

/** Number of a column, or undefined where there is no row. */
export function numberOf(row: SqliteRow | undefined, column: string): number | undefined {
  return row === undefined ? undefined : Number(row[column]);
}
