// Connects to a PostgreSQL server with the package pg.
import pg from "pg";
import type { PostgresConnection, PostgresSession } from "./postgres-connection.ts";

/** Makes a small pool; nothing is connected before the first query. Everything is looked up in `schema` first. */
export function connectPostgres(connectionString: string, schema: string, maxConnections = 4): PostgresConnection {
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    application_name: "crucible-kiln",
    // The pool lends a new connection after this statement; start-up options would be refused or ignored by poolers.
    verify: (client, done) => {
      client.query("SELECT set_config('search_path', $1, false)", [`${schema},public`], (error) => done(error));
    },
  });
  // A connection that breaks while it idles is replaced by the pool; the next query says what is wrong.
  pool.on("error", () => undefined);
  const over = (client: Pick<pg.Pool, "query">): PostgresSession => ({
    query: async (text, values) =>
      (await client.query<Record<string, unknown>>(text, values === undefined ? [] : [...values])).rows,
  });
  return {
    ...over(pool),
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const result = await work(over(client));
        await client.query("COMMIT");
        client.release();
        return result;
      } catch (thrown) {
        // A connection whose rollback fails is not used again.
        const broken = await client.query("ROLLBACK").then(
          () => false,
          () => true,
        );
        client.release(broken);
        throw thrown;
      }
    },
    dispose: () => pool.end(),
  };
}
