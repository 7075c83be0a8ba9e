// The part of a PostgreSQL client that the index uses.

export type PostgresRow = Readonly<Record<string, unknown>>;

export interface PostgresSession {
  query(text: string, values?: readonly unknown[]): Promise<readonly PostgresRow[]>;
}

export interface PostgresConnection extends PostgresSession {
  /** Runs work in one transaction on one connection; what it throws rolls back. */
  transaction<T>(work: (session: PostgresSession) => Promise<T>): Promise<T>;
  dispose(): Promise<void>;
}
