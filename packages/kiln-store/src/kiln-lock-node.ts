// The lock of a kiln across processes: a write transaction on a database file that never gets any content.
// The kernel releases it with the process that holds it, so that nothing is left behind after kill -9.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { CrucibleError } from "@crucible/sandbox/outcome";
import { openSqlite } from "./sqlite/open-sqlite-node.ts";
import type { SqliteConnection } from "./sqlite/sqlite-connection.ts";

export interface KilnLock {
  /** Runs `work` alone. Callers of one object take turns in the order of their calls; processes compete. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  dispose(): void;
}

/** Creates a lock on a file, which is made on first use. `waitMs`: how long to wait for another process. */
export function createKilnLock(path: string, waitMs: number): KilnLock {
  let connection: SqliteConnection | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let disposed = false;

  const acquire = async (): Promise<SqliteConnection> => {
    if (disposed) throw new CrucibleError("host/unavailable", "The kiln is closed");
    const deadline = performance.now() + waitMs;
    for (let pause = 1; ; pause = Math.min(pause * 2, 25)) {
      try {
        connection ??= open(path);
        connection.exec("BEGIN IMMEDIATE");
        return connection;
      } catch (thrown) {
        if (!isBusy(thrown)) throw thrown;
        if (performance.now() > deadline) {
          throw new CrucibleError(
            "host/unavailable",
            `Another process has kept the kiln locked for ${waitMs} ms`,
            {},
            { cause: thrown },
          );
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  };

  return {
    exclusive(work) {
      const result = queue.then(async () => {
        const held = await acquire();
        try {
          return await work();
        } finally {
          held.exec("ROLLBACK");
        }
      });
      queue = result.catch(() => undefined);
      return result;
    },
    dispose() {
      disposed = true;
      connection?.close();
      connection = undefined;
    },
  };
}

function open(path: string): SqliteConnection {
  mkdirSync(dirname(path), { recursive: true });
  return openSqlite(path);
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && /database is locked|SQLITE_BUSY/u.test(thrown.message);
}
