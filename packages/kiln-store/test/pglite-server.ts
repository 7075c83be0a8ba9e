// PostgreSQL as WebAssembly, behind the wire protocol on a local socket, so that the laws run on every machine over the same
// client as on a server. One instance has one session, whatever the number of connections: each is lent to one index at a time.
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import type { PostgresPlace } from "@crucible/kiln-store";

export interface LentPlace {
  readonly place: Omit<PostgresPlace, "schema">;
  /** Gives the instance back, for the next index to use. */
  release(): void;
}

export interface PgliteServers {
  lend(): Promise<LentPlace>;
  stop(): Promise<void>;
}

interface Instance {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts no instance before it is needed, and as many as are lent at once. */
export function startPgliteServers(): PgliteServers {
  const all: Instance[] = [];
  const free: Instance[] = [];
  return {
    async lend() {
      const instance = free.pop() ?? (await startInstance());
      if (!all.includes(instance)) all.push(instance);
      let released = false;
      return {
        place: { url: instance.url, maxConnections: 1 },
        release: () => {
          if (!released) free.push(instance);
          released = true;
        },
      };
    },
    async stop() {
      await Promise.all(all.map((instance) => instance.stop()));
    },
  };
}

async function startInstance(): Promise<Instance> {
  const database = await PGlite.create({ extensions: { vector } });
  // The former client's socket may still be closing when the next one connects.
  const server = new PGLiteSocketServer({ db: database, port: 0, maxConnections: 4 });
  await server.start();
  return {
    url: `postgresql://postgres@${server.getServerConn()}/postgres`,
    stop: async () => {
      await server.stop();
      await database.close();
    },
  };
}
