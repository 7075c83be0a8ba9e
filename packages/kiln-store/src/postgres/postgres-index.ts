// The index of a kiln in a PostgreSQL database with the extension pgvector, in a schema of its own.
import { CrucibleError } from "@crucible/sandbox/outcome";
import { filterToSql } from "../index/filter-sql.ts";
import { indexVersion, type Generation, type IndexDatabase } from "../index/index-database.ts";
import {
  chunkColumns,
  isClaimedByOther,
  noteColumns,
  textOf,
  toFault,
  toFoundChunk,
  toGeneration,
  toIndexedLink,
  toIndexedNote,
  toKnownFile,
  toPendingChunk,
  toProblems,
} from "../index/read-rows.ts";
import { applyChanges, nextRevision } from "./postgres-apply.ts";
import type { PostgresConnection, PostgresSession } from "./postgres-connection.ts";
import { createTables } from "./postgres-schema.ts";

export interface PostgresIndexOptions {
  /** Owned by the index. Its search path starts with `schema`. */
  readonly connection: PostgresConnection;
  /** Letters, digits and underscores. */
  readonly schema: string;
  /** Sets above this size get an approximate index (HNSW) when they are complete. Default 20,000 vectors. */
  readonly approximateAbove?: number;
}

const sweptAtOnce = 2000;

/** Opens the index; tables are made where there are none, and made anew for another version. */
export async function openPostgresIndex(options: PostgresIndexOptions): Promise<IndexDatabase> {
  const { connection, schema } = options;
  if (!/^[a-z_][a-z0-9_]{0,62}$/u.test(schema))
    throw new CrucibleError(
      "host/unavailable",
      `The name of a schema consists of small letters, digits and underscores: "${schema}"`,
    );
  const { query } = connection;
  /** One writer at a time, as in SQLite: changes are verified against the files under this lock. */
  const write = <T>(work: (session: PostgresSession) => Promise<T>): Promise<T> =>
    connection.transaction(async (session) => {
      await session.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`crucible ${schema}`]);
      return work(session);
    });
  await write(async (session) => {
    await session.query("CREATE EXTENSION IF NOT EXISTS vector");
    await session.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    const [table] = await session.query("SELECT to_regclass($1) AS name", [`${schema}.meta`]);
    const [version] =
      table?.["name"] === null ? [] : await session.query("SELECT value FROM meta WHERE key = 'version'");
    if (version?.["value"] === String(indexVersion)) return;
    await session.query(`DROP SCHEMA ${schema} CASCADE`);
    await session.query(`CREATE SCHEMA ${schema}`);
    await session.query(createTables);
    await session.query(
      "INSERT INTO meta VALUES ('version', $1), ('epoch', replace(gen_random_uuid()::text, '-', '')), ('revision', '0')",
      [String(indexVersion)],
    );
  });

  const generations = async (session: PostgresSession): Promise<Generation[]> =>
    (
      await session.query(
        "SELECT id, identity, dimensions, state FROM generations WHERE state <> 'retired' ORDER BY id",
      )
    ).map(toGeneration);

  return {
    knownFiles: async () =>
      (await query("SELECT path, stamp, content_hash FROM notes UNION ALL SELECT path, stamp, NULL FROM faults")).map(
        toKnownFile,
      ),
    async knownFile(path) {
      const [row] = await query(
        "SELECT path, stamp, content_hash FROM notes WHERE path = $1 UNION ALL SELECT path, stamp, NULL FROM faults WHERE path = $1",
        [path],
      );
      return row === undefined ? undefined : toKnownFile(row);
    },
    pathsWithContent: async (hash) =>
      (await query("SELECT path FROM notes WHERE content_hash = $1 ORDER BY path", [hash])).map((row) =>
        textOf(row, "path"),
      ),
    apply: (changes, stampOf) => write((session) => applyChanges(session, changes, stampOf)),
    async revision() {
      const [row] = await query(
        "SELECT e.value || '.' || r.value AS revision FROM meta e JOIN meta r ON r.key = 'revision' WHERE e.key = 'epoch'",
      );
      return textOf(row ?? {}, "revision");
    },
    async counts() {
      const [row] = await query(
        "SELECT (SELECT count(*) FROM notes) AS notes, (SELECT count(*) FROM chunks) AS chunks, (SELECT count(*) FROM links) AS links, (SELECT count(*) FROM faults) AS faults",
      );
      return {
        notes: Number(row?.["notes"]),
        chunks: Number(row?.["chunks"]),
        links: Number(row?.["links"]),
        faults: Number(row?.["faults"]),
      };
    },
    faults: async () => (await query("SELECT path, reason, line FROM faults ORDER BY path")).map(toFault),
    problems: async () =>
      (await query("SELECT path, problems FROM notes WHERE problems <> '[]' ORDER BY path")).flatMap(toProblems),
    async notes(filter, limit, after) {
      const condition = filterToSql(filter, (index) => `$${index}`, 3);
      return (
        await query(
          `SELECT ${noteColumns} FROM notes n WHERE n.path > $1 AND ${condition.sql} ORDER BY n.path LIMIT $2`,
          [after ?? "", limit, ...condition.values],
        )
      ).map(toIndexedNote);
    },
    notesAt: async (paths) =>
      (await query(`SELECT ${noteColumns} FROM notes n WHERE n.path = ANY($1) ORDER BY n.path`, [paths])).map(
        toIndexedNote,
      ),
    linksFrom: async (paths) =>
      (
        await query(
          `SELECT n.path AS source, m.path AS meant, l.* FROM notes n JOIN links l ON l.note = n.id LEFT JOIN notes m ON m.id = l.resolved
           WHERE n.path = ANY($1) ORDER BY n.path, l.ordinal`,
          [paths],
        )
      ).map(toIndexedLink),
    linksTo: async (paths) =>
      (
        await query(
          `SELECT n.path AS source, m.path AS meant, l.* FROM notes m JOIN links l ON l.resolved = m.id JOIN notes n ON n.id = l.note
           WHERE m.path = ANY($1) ORDER BY n.path, l.ordinal`,
          [paths],
        )
      ).map(toIndexedLink),
    async graphPage(limit, after) {
      const found = await query("SELECT id, path FROM notes WHERE path > $1 ORDER BY path LIMIT $2", [
        after ?? "",
        limit,
      ]);
      const notes = found.map((row) => ({ id: Number(row["id"]), path: textOf(row, "path") }));
      const links: number[] = [];
      for (const row of await query(
        "SELECT DISTINCT note, resolved FROM links WHERE resolved IS NOT NULL AND note = ANY($1)",
        [notes.map(({ id }) => id)],
      ))
        links.push(Number(row["note"]), Number(row["resolved"]));
      return { notes, links };
    },
    pathsLinking: async (keys) =>
      (
        await query(
          "SELECT DISTINCT n.path FROM links l JOIN notes n ON n.id = l.note WHERE l.key = ANY($1) ORDER BY n.path",
          [keys],
        )
      ).map((row) => textOf(row, "path")),
    tagCounts: async () =>
      (await query("SELECT tag, count(*) AS notes FROM tags GROUP BY tag ORDER BY tag")).map((row) => ({
        tag: textOf(row, "tag"),
        notes: Number(row["notes"]),
      })),
    async documentFrequencies(terms) {
      const rows = await query(
        "SELECT term, (SELECT count(*) FROM chunks WHERE terms @> ARRAY[term]) AS n FROM unnest($1::text[]) AS term",
        [terms],
      );
      const counts = new Map(rows.map((row) => [textOf(row, "term"), Number(row["n"])]));
      return terms.map((term) => counts.get(term) ?? 0);
    },
    async lexical(terms, filter, limit) {
      const condition = filterToSql(filter, (index) => `$${index}`, 3);
      const rows = await query(
        `SELECT ${chunkColumns}, (SELECT count(*) FROM unnest(c.terms) t WHERE t = ANY($1::text[])) + 1.0 / (1 + cardinality(c.terms)) AS rank
         FROM chunks c JOIN notes n ON n.id = c.note WHERE c.terms && $1::text[] AND ${condition.sql} ORDER BY rank DESC, n.path, c.ordinal LIMIT $2`,
        [terms, limit, ...condition.values],
      );
      return rows.map((row) => ({ ...toFoundChunk(row), rank: Number(row["rank"]) }));
    },
    async nearest(generation, vector, filter, limit, exact) {
      const condition = filterToSql(filter, (index) => `$${index}`, 4);
      const dimensions = vector.length;
      // The expression is that of the approximate index, so that the planner can use it.
      const distance = `(v.vector::vector(${dimensions})) <=> $1::vector(${dimensions})`;
      return connection.transaction(async (session) => {
        await session.query(exact === true ? "SET LOCAL enable_indexscan = off" : "SET LOCAL hnsw.ef_search = 400");
        if (exact !== true) await session.query("SET LOCAL hnsw.iterative_scan = 'strict_order'");
        const rows = await session.query(
          `SELECT ${chunkColumns}, f.distance FROM (
             SELECT v.chunk, ${distance} AS distance FROM vectors v
             WHERE v.generation = ${Math.floor(generation)} AND $2::int IS NOT NULL ${
               condition.sql === "true"
                 ? ""
                 : `AND v.chunk IN (SELECT k.id FROM chunks k JOIN notes n ON n.id = k.note WHERE ${condition.sql})`
             } ORDER BY ${distance} LIMIT $3
           ) f JOIN chunks c ON c.id = f.chunk JOIN notes n ON n.id = c.note WHERE f.distance <> 'NaN' ORDER BY f.distance, n.path, c.ordinal`,
          [formatVector(vector), generation, limit, ...condition.values],
        );
        return rows.map((row) => ({ ...toFoundChunk(row), cosine: 1 - Number(row["distance"]) }));
      });
    },
    async vectorsOf(generation, path) {
      const rows = await query(
        "SELECT v.vector::text AS vector FROM notes n JOIN chunks c ON c.note = n.id JOIN vectors v ON v.chunk = c.id AND v.generation = $1 WHERE n.path = $2 ORDER BY c.ordinal",
        [generation, path],
      );
      return rows.map((row) => Float32Array.from(JSON.parse(textOf(row, "vector")) as number[]));
    },
    generations: () => generations(connection),
    ensureGeneration: async (identity, dimensions) => {
      const known = (await generations(connection)).find(
        (each) => each.identity === identity && each.dimensions === dimensions,
      );
      if (known !== undefined) return known;
      return write(async (session) => {
        const present = (await generations(session)).find((each) => each.identity === identity);
        if (present !== undefined && present.dimensions === dimensions) return present;
        // A retired set may have lost vectors already.
        const [former] = await session.query("SELECT id FROM generations WHERE identity = $1", [identity]);
        if (former !== undefined) await dropGeneration(session, Number(former["id"]));
        const [row] = await session.query(
          "INSERT INTO generations (identity, dimensions, state) VALUES ($1, $2, 'building') RETURNING id",
          [identity, dimensions],
        );
        const id = Number(row?.["id"]);
        await session.query("INSERT INTO pending SELECT $1, id FROM chunks", [id]);
        return { id, identity, dimensions, state: "building" };
      });
    },
    pending: async (generation, limit) =>
      (
        await query(
          "SELECT c.id, c.heading, c.text, n.title FROM pending p JOIN chunks c ON c.id = p.chunk JOIN notes n ON n.id = c.note WHERE p.generation = $1 ORDER BY p.chunk LIMIT $2",
          [generation, limit],
        )
      ).map(toPendingChunk),
    pendingCount: async (generation) =>
      Number((await query("SELECT count(*) AS n FROM pending WHERE generation = $1", [generation]))[0]?.["n"] ?? 0),
    storeVectors: (generation, vectors) =>
      write(async (session) => {
        const target = (await generations(session)).find((each) => each.id === generation);
        if (target === undefined) return;
        // Only what is still pending: the rest is gone, or was made by another process.
        await session.query(
          `WITH given AS (SELECT * FROM unnest($2::int[], $3::text[]) AS g(chunk, vector)),
             due AS (DELETE FROM pending p USING given g WHERE p.generation = $1 AND p.chunk = g.chunk RETURNING p.chunk)
           INSERT INTO vectors SELECT $1, g.chunk, g.vector::vector FROM given g JOIN due ON due.chunk = g.chunk
           ON CONFLICT (generation, chunk) DO UPDATE SET vector = excluded.vector`,
          [generation, vectors.map((each) => each.chunk), vectors.map((each) => formatVector(each.vector))],
        );
        const [left] = await session.query("SELECT 1 AS n FROM pending WHERE generation = $1 LIMIT 1", [generation]);
        if (left !== undefined) return;
        // Later vectors of notes that changed take no other set's place: another embedder's may be under way.
        if (target.state === "building")
          await session.query("UPDATE generations SET state = CASE id WHEN $1 THEN 'serving' ELSE 'retired' END", [
            generation,
          ]);
        const [size] = await session.query("SELECT count(*) AS n FROM vectors WHERE generation = $1", [generation]);
        if (Number(size?.["n"]) > (options.approximateAbove ?? 20_000)) {
          await session.query(
            `CREATE INDEX IF NOT EXISTS vectors_near_${Math.floor(generation)} ON vectors USING hnsw ((vector::vector(${target.dimensions})) vector_cosine_ops) WHERE generation = ${Math.floor(generation)}`,
          );
        }
      }),
    async sweepRetired() {
      const [some] = await query("SELECT 1 AS n FROM generations WHERE state = 'retired' LIMIT 1");
      if (some === undefined) return false;
      return write(async (session) => {
        const retired = await session.query("SELECT id FROM generations WHERE state = 'retired' ORDER BY id");
        const id = Number(retired[0]?.["id"]);
        if (retired.length === 0) return false;
        const swept = await session.query(
          "DELETE FROM vectors WHERE generation = $1 AND chunk IN (SELECT chunk FROM vectors WHERE generation = $1 LIMIT $2) RETURNING 1",
          [id, sweptAtOnce],
        );
        if (swept.length === sweptAtOnce) return true;
        await dropGeneration(session, id);
        return retired.length > 1;
      });
    },
    claimEmbedding: (owner, nowMs, untilMs) =>
      write(async (session) => {
        const [row] = await session.query("SELECT value FROM meta WHERE key = 'embedding_claim'");
        if (isClaimedByOther(row, owner, nowMs)) return false;
        await session.query(
          "INSERT INTO meta VALUES ('embedding_claim', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
          [JSON.stringify({ owner, untilMs })],
        );
        return true;
      }),
    dump: () => dumpIndex(connection),
    reset: () =>
      write(async (session) => {
        for (const { id } of await session.query("SELECT id FROM generations"))
          await dropGeneration(session, Number(id));
        const [some] = await session.query("SELECT 1 AS n FROM notes LIMIT 1");
        if (some !== undefined) await nextRevision(session);
        await session.query("DELETE FROM notes");
        await session.query("DELETE FROM faults");
      }),
    dispose: () => connection.dispose(),
  };
}

async function dropGeneration(session: PostgresSession, generation: number): Promise<void> {
  await session.query(`DROP INDEX IF EXISTS vectors_near_${Math.floor(generation)}`);
  await session.query("DELETE FROM generations WHERE id = $1", [generation]);
}

async function dumpIndex(session: PostgresSession): Promise<unknown> {
  const tables: Readonly<Record<string, string>> = {
    notes:
      "SELECT path, name_key, title, content_hash, size, created, modified, word_count, tags, aliases, frontmatter, problems FROM notes ORDER BY path",
    faults: "SELECT path, reason, line FROM faults ORDER BY path",
    links: `SELECT n.path, l.ordinal, l.target, l.key, l.kind, l.embed, l.heading, l.block, l.alias, l.line, m.path AS meant
      FROM links l JOIN notes n ON n.id = l.note LEFT JOIN notes m ON m.id = l.resolved ORDER BY n.path, l.ordinal`,
    tags: "SELECT n.path, t.tag FROM tags t JOIN notes n ON n.id = t.note ORDER BY n.path, t.tag",
    properties:
      "SELECT n.path, p.key, p.kind, p.number, p.text FROM properties p JOIN notes n ON n.id = p.note ORDER BY n.path, p.ordinal",
    chunks:
      "SELECT n.path, c.ordinal, c.heading, c.line, c.text, c.source_hash, c.terms FROM chunks c JOIN notes n ON n.id = c.note ORDER BY n.path, c.ordinal",
    vectors: `SELECT g.identity, n.path, c.ordinal, v.vector::text AS vector FROM vectors v JOIN generations g ON g.id = v.generation
      JOIN chunks c ON c.id = v.chunk JOIN notes n ON n.id = c.note ORDER BY g.identity, n.path, c.ordinal`,
    pending: `SELECT g.identity, n.path, c.ordinal FROM pending p JOIN generations g ON g.id = p.generation
      JOIN chunks c ON c.id = p.chunk JOIN notes n ON n.id = c.note ORDER BY g.identity, n.path, c.ordinal`,
  };
  const dump: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(tables)) dump[name] = await session.query(sql);
  return dump;
}

function formatVector(vector: Float32Array): string {
  return `[${vector.join(",")}]`;
}
