// Opens SQLite databases with what the running Node has: its own SQLite where that can load extensions, otherwise the
// package with the same interface and prebuilt binaries.
import { createRequire } from "node:module";
import type { SqliteConnection, SqliteOptions } from "./sqlite-connection.ts";

interface DatabaseConstructor {
  new (
    path: string,
    options?: Readonly<Record<string, unknown>>,
  ): SqliteConnection & {
    enableLoadExtension(allow: boolean): void;
    loadExtension(path: string): void;
  };
}

const load = createRequire(import.meta.url);

/** Opens or creates a database file. Throws what SQLite throws, for example when the file is no database. */
export function openSqlite(path: string, options: SqliteOptions = {}): SqliteConnection {
  const { DatabaseSync } = sqliteModule();
  const database = new DatabaseSync(path, {
    readOnly: options.readOnly === true,
    allowExtension: options.vectors === true,
    timeout: options.busyTimeoutMs ?? 0,
  });
  try {
    database.exec(`PRAGMA busy_timeout = ${Math.floor(options.busyTimeoutMs ?? 0)}`);
    if (options.vectors === true) {
      const { getLoadablePath } = load("sqlite-vec") as { getLoadablePath(): string };
      database.enableLoadExtension(true);
      database.loadExtension(getLoadablePath());
      database.enableLoadExtension(false);
    }
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function sqliteModule(): { readonly DatabaseSync: DatabaseConstructor } {
  const builtin = builtinSqlite();
  if (builtin !== undefined && "loadExtension" in builtin.DatabaseSync.prototype) return builtin;
  return load("@photostructure/sqlite") as { readonly DatabaseSync: DatabaseConstructor };
}

function builtinSqlite(): { readonly DatabaseSync: DatabaseConstructor } | undefined {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 22) return undefined;
  // Node 22 announces its SQLite as experimental on stderr; a command's output should not depend on that.
  const emitWarning = process.emitWarning;
  try {
    process.emitWarning = () => undefined;
    return load("node:sqlite") as { readonly DatabaseSync: DatabaseConstructor };
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
