// The index of a kiln in one SQLite file: what is stored about notes, links and chunks. Vectors are in sqlite-vectors.ts.
// One connection writes, in short transactions; another one reads, so that searches never wait for indexing.
import { CrucibleError } from "@crucible/sandbox/outcome";
import { filterToSql } from "../index/filter-sql.ts";
import { indexVersion, type IndexCounts, type IndexDatabase } from "../index/index-database.ts";
import {
  noteColumns,
  textOf,
  toFoundChunk,
  toFault,
  toIndexedLink,
  toIndexedNote,
  toKnownFile,
  toProblems,
} from "../index/read-rows.ts";
import { isEmptyFilter } from "../note-filter.ts";
import { applyChanges, nextRevision } from "./sqlite-apply.ts";
import type { SqliteConnection, SqliteOptions } from "./sqlite-connection.ts";
import { dumpIndex } from "./sqlite-dump.ts";
import { createTables, listTables } from "./sqlite-schema.ts";
import { createSession, type SqliteSession } from "./sqlite-session.ts";
import { createVectorStore, type VectorStore } from "./sqlite-vectors.ts";

export interface SqliteIndexOptions {
  /** Opens the index file, or makes it. */
  readonly open: (options: SqliteOptions) => SqliteConnection;
  /** Gives way for some milliseconds while another process writes. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Removes a file that is no database, with its companions. */
  readonly removeFile: () => void;
}

const maxWaits = 3000;

/** Opens the index; an index of another version, or a file that is no database, is replaced by an empty one. */
export async function openSqliteIndex(options: SqliteIndexOptions): Promise<IndexDatabase> {
  const writer = await openWriter(options);
  const reader = createSession(options.open({ vectors: true, busyTimeoutMs: 2000 }));

  const write = async <T>(work: (session: SqliteSession) => T): Promise<T> => {
    await begin(writer, options.pause);
    try {
      const result = work(writer);
      writer.connection.exec("COMMIT");
      return result;
    } catch (thrown) {
      writer.connection.exec("ROLLBACK");
      throw thrown;
    }
  };
  const vectors: VectorStore = createVectorStore({ reader, write });
  let disposed = false;
  let frequencies: { readonly version: unknown; readonly known: Map<string, number> } = {
    version: undefined,
    known: new Map(),
  };
  let counted: { readonly version: unknown; readonly counts: IndexCounts } | undefined;

  const database: IndexDatabase = {
    ...vectors,
    knownFiles: async () =>
      reader
        .all("SELECT path, stamp, content_hash FROM notes UNION ALL SELECT path, stamp, NULL FROM faults")
        .map(toKnownFile),
    async knownFile(path) {
      const row = reader.get(
        "SELECT path, stamp, content_hash FROM notes WHERE path = ?1 UNION ALL SELECT path, stamp, NULL FROM faults WHERE path = ?1",
        path,
      );
      return row === undefined ? undefined : toKnownFile(row);
    },
    pathsWithContent: async (contentHash) =>
      reader
        .all("SELECT path FROM notes WHERE content_hash = ? ORDER BY path", contentHash)
        .map((row) => textOf(row, "path")),
    apply: (changes, stampOf) => write((session) => applyChanges(session, changes, stampOf)),
    revision: async () =>
      textOf(
        reader.get(
          "SELECT e.value || '.' || r.value AS revision FROM meta e JOIN meta r ON r.key = 'revision' WHERE e.key = 'epoch'",
        ) ?? {},
        "revision",
      ),
    async counts() {
      // Each search asks for them; they change only when some connection has committed.
      const version = reader.get("PRAGMA data_version")?.["data_version"];
      const latest =
        counted !== undefined && counted.version === version ? counted : { version, counts: countRows(reader) };
      counted = latest;
      return latest.counts;
    },
    faults: async () => reader.all("SELECT path, reason, line FROM faults ORDER BY path").map(toFault),
    problems: async () =>
      reader.all("SELECT path, problems FROM notes WHERE problems <> '[]' ORDER BY path").flatMap(toProblems),
    async notes(filter, limit, after) {
      const condition = filterToSql(filter, (index) => `?${index}`, 1);
      const values = [...condition.values, after ?? "", limit];
      const count = condition.values.length;
      return reader
        .all(
          `SELECT ${noteColumns} FROM notes n WHERE ${condition.sql} AND n.path > ?${count + 1} ORDER BY n.path LIMIT ?${count + 2}`,
          ...values,
        )
        .map(toIndexedNote);
    },
    notesAt: async (paths) =>
      reader
        .all(
          `SELECT ${noteColumns} FROM notes n WHERE n.path IN (SELECT value FROM json_each(?1)) ORDER BY n.path`,
          JSON.stringify(paths),
        )
        .map(toIndexedNote),
    linksFrom: async (paths) =>
      reader
        .all(
          `SELECT n.path AS source, m.path AS meant, l.* FROM notes n JOIN links l ON l.note = n.id LEFT JOIN notes m ON m.id = l.resolved
           WHERE n.path IN (SELECT value FROM json_each(?1)) ORDER BY n.path, l.ordinal`,
          JSON.stringify(paths),
        )
        .map(toIndexedLink),
    linksTo: async (paths) =>
      reader
        .all(
          `SELECT n.path AS source, m.path AS meant, l.* FROM notes m JOIN links l ON l.resolved = m.id JOIN notes n ON n.id = l.note
           WHERE m.path IN (SELECT value FROM json_each(?1)) ORDER BY n.path, l.ordinal`,
          JSON.stringify(paths),
        )
        .map(toIndexedLink),
    async graphPage(limit, after) {
      const notes = reader
        .all("SELECT id, path FROM notes WHERE path > ?1 ORDER BY path LIMIT ?2", after ?? "", limit)
        .map((row) => ({ id: Number(row["id"]), path: textOf(row, "path") }));
      const links: number[] = [];
      for (const row of reader.all(
        "SELECT DISTINCT note, resolved FROM links WHERE resolved IS NOT NULL AND note IN (SELECT value FROM json_each(?1))",
        JSON.stringify(notes.map(({ id }) => id)),
      ))
        links.push(Number(row["note"]), Number(row["resolved"]));
      return { notes, links };
    },
    pathsLinking: async (keys) =>
      reader
        .all(
          "SELECT DISTINCT n.path FROM links l JOIN notes n ON n.id = l.note WHERE l.key IN (SELECT value FROM json_each(?1)) ORDER BY n.path",
          JSON.stringify(keys),
        )
        .map((row) => textOf(row, "path")),
    tagCounts: async () =>
      reader
        .all("SELECT tag, count(*) AS notes FROM tags GROUP BY tag ORDER BY tag")
        .map((row) => ({ tag: textOf(row, "tag"), notes: Number(row["notes"]) })),
    async documentFrequencies(terms) {
      // Counting a word that is everywhere takes milliseconds, and every question has some.
      const version = reader.get("PRAGMA data_version")?.["data_version"];
      if (version !== frequencies.version || frequencies.known.size > 10_000)
        frequencies = { version, known: new Map() };
      const { known } = frequencies;
      return terms.map((term) => {
        const count =
          known.get(term) ?? Number(reader.get("SELECT doc FROM chunk_vocabulary WHERE term = ?1", term)?.["doc"] ?? 0);
        known.set(term, count);
        return count;
      });
    },
    async lexical(terms, filter, limit) {
      const query = terms.map((term) => `"${term.replaceAll('"', "")}"`).join(" OR ");
      const condition = filterToSql(filter, (index) => `?${index}`, 3);
      // Chunks that match are few beside those that a filter may pass, so that the filter is asked for each match.
      const matches = isEmptyFilter(filter)
        ? "SELECT rowid AS chunk, -rank AS score FROM chunk_terms WHERE chunk_terms MATCH ?1 ORDER BY rank LIMIT ?2"
        : `SELECT t.rowid AS chunk, -t.rank AS score FROM chunk_terms t CROSS JOIN chunks k ON k.id = t.rowid CROSS JOIN notes n ON n.id = k.note
           WHERE t.chunk_terms MATCH ?1 AND ${condition.sql} ORDER BY t.rank LIMIT ?2`;
      return reader
        .all(
          `SELECT f.score, c.id, c.ordinal, c.heading, c.line, c.text, m.path, m.title
           FROM (${matches}) f JOIN chunks c ON c.id = f.chunk JOIN notes m ON m.id = c.note ORDER BY f.score DESC, m.path, c.ordinal`,
          query,
          limit,
          ...condition.values,
        )
        .map((row) => ({ ...toFoundChunk(row), rank: Number(row["score"]) }));
    },
    dump: async () => dumpIndex(reader),
    reset: () => write(emptyTables),
    dispose() {
      if (!disposed) {
        disposed = true;
        reader.connection.close();
        writer.connection.close();
      }
      return Promise.resolve();
    },
  };
  return database;
}

function countRows(reader: SqliteSession): IndexCounts {
  const count = (table: string): number => Number(reader.get(`SELECT count(*) AS n FROM ${table}`)?.["n"] ?? 0);
  return { notes: count("notes"), chunks: count("chunks"), links: count("links"), faults: count("faults") };
}

async function openWriter(options: SqliteIndexOptions): Promise<SqliteSession> {
  for (let attempt = 0; ; attempt += 1) {
    let connection: SqliteConnection | undefined;
    try {
      connection = options.open({ vectors: true, busyTimeoutMs: 20 });
      await retryBusy(
        () =>
          connection?.exec(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 10000; PRAGMA journal_size_limit = 16000000",
          ),
        options.pause,
      );
      const session = createSession(connection);
      await begin(session, options.pause);
      if (readVersion(session) !== String(indexVersion)) {
        recreate(session);
      }
      connection.exec("COMMIT");
      return session;
    } catch (thrown) {
      connection?.close();
      if (attempt > 0 || !isDamaged(thrown)) throw thrown;
      options.removeFile();
    }
  }
}

function recreate(session: SqliteSession): void {
  const { connection } = session;
  for (const row of connection.prepare(listTables).all())
    connection.exec(`DROP TABLE IF EXISTS "${textOf(row, "name")}"`);
  connection.exec(createTables);
  session.run(
    "INSERT INTO meta VALUES ('version', ?), ('epoch', lower(hex(randomblob(8)))), ('revision', '0')",
    String(indexVersion),
  );
}

/** Deletes all rows; numbers are not used again, so that what other processes have in memory names nothing new. */
function emptyTables(session: SqliteSession): void {
  if (session.get("SELECT 1 AS n FROM notes LIMIT 1") !== undefined) nextRevision(session);
  for (const table of [
    "notes",
    "faults",
    "links",
    "tags",
    "properties",
    "chunks",
    "chunk_terms",
    "generations",
    "vectors",
    "pending",
    "codes",
    "code_pages",
  ]) {
    session.run(`DELETE FROM ${table}`);
  }
}

function readVersion(session: SqliteSession): string | undefined {
  const tables = session.connection.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'meta'").get();
  if (Number(tables?.["n"]) === 0) return undefined;
  const row = session.connection.prepare("SELECT value FROM meta WHERE key = 'version'").get();
  return row === undefined ? undefined : textOf(row, "value");
}

function isDamaged(thrown: unknown): boolean {
  return thrown instanceof Error && /not a database|malformed|corrupt/iu.test(thrown.message);
}

async function begin(session: SqliteSession, pause: (milliseconds: number) => Promise<void>): Promise<void> {
  await retryBusy(() => session.connection.exec("BEGIN IMMEDIATE"), pause);
}

/** Other processes hold the write lock for one short transaction at a time, so that waiting ends. */
async function retryBusy(work: () => void, pause: (milliseconds: number) => Promise<void>): Promise<void> {
  for (let waits = 0; ; waits += 1) {
    try {
      work();
      return;
    } catch (thrown) {
      if (!(thrown instanceof Error) || !/locked|busy/iu.test(thrown.message)) throw thrown;
      if (waits > maxWaits)
        throw new CrucibleError("host/unavailable", "Another process keeps the index locked", {}, { cause: thrown });
      await pause(10);
    }
  }
}
