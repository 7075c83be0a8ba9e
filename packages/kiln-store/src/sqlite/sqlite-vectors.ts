// Vectors in SQLite: sets of them by embedder, which chunks still lack one, and the search for the nearest ones.
// A scan of one-bit codes in memory finds candidates; sqlite-vec compares those exactly.
import { createVectorCodes, encodeSigns, type VectorCodes } from "../index/vector-codes.ts";
import { filterToSql } from "../index/filter-sql.ts";
import type { Generation, IndexDatabase, VectorChunk } from "../index/index-database.ts";
import { chunkColumns, isClaimedByOther, toFoundChunk, toGeneration, toPendingChunk } from "../index/read-rows.ts";
import { isEmptyFilter } from "../note-filter.ts";
import type { SqliteRow } from "./sqlite-connection.ts";
import { numberOf, type SqliteSession } from "./sqlite-session.ts";

export type VectorStore = Pick<
  IndexDatabase,
  | "nearest"
  | "vectorsOf"
  | "generations"
  | "ensureGeneration"
  | "pending"
  | "pendingCount"
  | "storeVectors"
  | "sweepRetired"
  | "claimEmbedding"
>;

export interface VectorStoreOptions {
  readonly reader: SqliteSession;
  readonly write: <T>(work: (session: SqliteSession) => T) => Promise<T>;
}

interface LoadedCodes {
  readonly generation: number;
  readonly epoch: string;
  readonly codes: VectorCodes;
  lastSeq: number;
}

/** Up to this many vectors are compared without a look at their codes. */
const exactLimit = 4096;
/** So many candidates are compared exactly for each chunk that is wanted, and at least `minCandidates`. */
const candidatesPerResult = 20;
const minCandidates = 1000;
const maxCandidates = 8000;
const pageSize = 1024;
const sweptAtOnce = 2000;

export function createVectorStore({ reader, write }: VectorStoreOptions): VectorStore {
  let loaded: LoadedCodes | undefined;
  let seenVersion: unknown;

  /** Brings the codes in memory up to date with what any process has stored. */
  const loadCodes = (generation: number, dimensions: number): VectorCodes => {
    const version = reader.get("PRAGMA data_version")?.["data_version"];
    if (loaded?.generation === generation && version === seenVersion) return loaded.codes;
    const epoch = String(reader.get("SELECT value FROM meta WHERE key = 'code_epoch'")?.["value"] ?? "0");
    if (loaded?.generation !== generation || loaded.epoch !== epoch) {
      loaded = { generation, epoch, codes: createVectorCodes(dimensions), lastSeq: 0 };
    }
    const { codes } = loaded;
    const codeBytes = Math.ceil(dimensions / 32) * 4;
    let last = loaded.lastSeq;
    reader.connection.exec("BEGIN");
    try {
      for (const page of reader.all(
        "SELECT seqs, chunks, codes FROM code_pages WHERE generation = ? AND last_seq > ? ORDER BY last_seq",
        generation,
        loaded.lastSeq,
      )) {
        const seqs = floats(page["seqs"]);
        const chunks = floats(page["chunks"]);
        const bytes = page["codes"] as Uint8Array;
        for (const [index, seq] of seqs.entries()) {
          if (seq <= loaded.lastSeq) continue;
          codes.add(chunks[index] ?? 0, bytes.subarray(index * codeBytes, (index + 1) * codeBytes));
          last = Math.max(last, seq);
        }
      }
      for (const row of reader.all(
        "SELECT seq, chunk, code FROM codes WHERE generation = ? AND seq > ? ORDER BY seq",
        generation,
        loaded.lastSeq,
      )) {
        codes.add(Number(row["chunk"]), row["code"] as Uint8Array);
        last = Math.max(last, Number(row["seq"]));
      }
    } finally {
      reader.connection.exec("COMMIT");
    }
    loaded.lastSeq = last;
    seenVersion = version;
    return codes;
  };

  const compare = (generation: number, vector: Float32Array, limit: number, among: string | undefined): SqliteRow[] =>
    reader.all(
      `SELECT f.distance, ${chunkColumns} FROM (
         SELECT chunk, vec_distance_cosine(vector, ?2) AS distance FROM vectors
         WHERE generation = ?1 ${among === undefined ? "" : "AND chunk IN (SELECT value FROM json_each(?4))"}
         ORDER BY distance IS NULL, distance LIMIT ?3
       ) f JOIN chunks c ON c.id = f.chunk JOIN notes n ON n.id = c.note WHERE f.distance IS NOT NULL ORDER BY f.distance, n.path, c.ordinal`,
      generation,
      bytesOf(vector),
      limit,
      ...(among === undefined ? [] : [among]),
    );

  const readGenerations = (session: SqliteSession): Generation[] =>
    session
      .all("SELECT id, identity, dimensions, state FROM generations WHERE state <> 'retired' ORDER BY id")
      .map(toGeneration);

  return {
    async nearest(generation, vector, filter, limit, exact) {
      const condition = filterToSql(filter, (index) => `?${index + 1}`, 1);
      const fitting = (among: string | undefined): number[] =>
        reader
          .all(
            `SELECT c.id FROM chunks c JOIN notes n ON n.id = c.note WHERE ${condition.sql} ${among === undefined ? "AND ?1 IS NULL" : "AND c.id IN (SELECT value FROM json_each(?1))"}`,
            among ?? null,
            ...condition.values,
          )
          .map((row) => Number(row["id"]));
      const results = (among: string | undefined): VectorChunk[] =>
        compare(generation, vector, limit, among).map((row) => ({
          ...toFoundChunk(row),
          cosine: 1 - Number(row["distance"]),
        }));

      if (exact === true) return results(isEmptyFilter(filter) ? undefined : JSON.stringify(fitting(undefined)));
      const codes = loadCodes(generation, vector.length);
      const count = Math.max(
        minCandidates,
        limit * candidatesPerResult,
        Math.min(maxCandidates, Math.floor(codes.size / 40)),
      );
      if (isEmptyFilter(filter)) {
        return results(codes.size <= exactLimit ? undefined : JSON.stringify(codes.nearest(vector, count)));
      }
      if (codes.size > exactLimit) {
        // A filter that many notes pass is asked about the candidates only; a narrow one chooses the candidates.
        const passing = fitting(JSON.stringify(codes.nearest(vector, count)));
        if (passing.length >= limit * 4) return results(JSON.stringify(passing));
      }
      const allowed = fitting(undefined);
      return results(
        JSON.stringify(allowed.length <= exactLimit ? allowed : codes.nearest(vector, count, new Set(allowed))),
      );
    },
    vectorsOf: async (generation, path) =>
      reader
        .all(
          "SELECT v.vector FROM notes n JOIN chunks c ON c.note = n.id JOIN vectors v ON v.chunk = c.id AND v.generation = ?1 WHERE n.path = ?2 ORDER BY c.ordinal",
          generation,
          path,
        )
        .map((row) => new Float32Array((row["vector"] as Uint8Array).slice().buffer)),
    generations: async () => readGenerations(reader),
    async ensureGeneration(identity, dimensions) {
      const known = readGenerations(reader).find(
        (each) => each.identity === identity && each.dimensions === dimensions,
      );
      if (known !== undefined) return known;
      return write((session) => {
        const present = readGenerations(session).find((each) => each.identity === identity);
        if (present !== undefined && present.dimensions === dimensions) return present;
        // A retired set may have lost vectors already.
        const former = numberOf(session.get("SELECT id FROM generations WHERE identity = ?", identity), "id");
        if (former !== undefined) dropGeneration(session, former);
        const id = session.insert(
          "INSERT INTO generations (identity, dimensions, state) VALUES (?, ?, 'building')",
          identity,
          dimensions,
        );
        session.run("INSERT INTO pending SELECT ?, id FROM chunks", id);
        return { id, identity, dimensions, state: "building" };
      });
    },
    pending: async (generation, limit) =>
      reader
        .all(
          `SELECT c.id, c.heading, c.text, n.title FROM pending p JOIN chunks c ON c.id = p.chunk JOIN notes n ON n.id = c.note
           WHERE p.generation = ? ORDER BY p.chunk LIMIT ?`,
          generation,
          limit,
        )
        .map(toPendingChunk),
    pendingCount: async (generation) =>
      Number(reader.get("SELECT count(*) AS n FROM pending WHERE generation = ?", generation)?.["n"] ?? 0),
    storeVectors: (generation, vectors) =>
      write((session) => {
        const target = readGenerations(session).find((each) => each.id === generation);
        if (target === undefined) return;
        for (const { chunk, vector } of vectors) {
          // Gone meanwhile, or made by another process: there is nothing to do.
          if (
            session.get("SELECT 1 AS n FROM pending WHERE generation = ? AND chunk = ?", generation, chunk) ===
            undefined
          )
            continue;
          session.run("DELETE FROM pending WHERE generation = ? AND chunk = ?", generation, chunk);
          session.run("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", generation, chunk, bytesOf(vector));
          session.run(
            "INSERT INTO codes (generation, chunk, code) VALUES (?, ?, ?)",
            generation,
            chunk,
            encodeSigns(vector),
          );
        }
        packCodes(session, generation);
        if (session.get("SELECT 1 AS n FROM pending WHERE generation = ? LIMIT 1", generation) === undefined) {
          repackCodes(session, generation);
          // Later vectors of notes that changed take no other set's place: another embedder's may be under way.
          if (target.state === "building")
            session.run("UPDATE generations SET state = CASE id WHEN ? THEN 'serving' ELSE 'retired' END", generation);
        }
      }),
    async sweepRetired() {
      if (retired(reader) === undefined) return false;
      return write((session) => {
        const id = retired(session);
        if (id === undefined) return false;
        if (sweepVectors(session, id)) return true;
        dropGeneration(session, id);
        return retired(session) !== undefined;
      });
    },
    claimEmbedding: (owner, nowMs, untilMs) =>
      write((session) => {
        const row = session.get("SELECT value FROM meta WHERE key = 'embedding_claim'");
        if (isClaimedByOther(row, owner, nowMs)) return false;
        session.run("INSERT OR REPLACE INTO meta VALUES ('embedding_claim', ?)", JSON.stringify({ owner, untilMs }));
        return true;
      }),
  };
}

/** Moves full pages of codes out of the table of single ones, so that loading them takes milliseconds. */
function packCodes(session: SqliteSession, generation: number): void {
  for (;;) {
    const rows = session.all(
      "SELECT seq, chunk, code FROM codes WHERE generation = ? ORDER BY seq LIMIT ?",
      generation,
      pageSize,
    );
    if (rows.length < pageSize) break;
    const seqs = new Float64Array(rows.map((row) => Number(row["seq"])));
    const chunks = new Float64Array(rows.map((row) => Number(row["chunk"])));
    const single = rows.map((row) => row["code"] as Uint8Array);
    const size = single[0]?.length ?? 0;
    const codes = new Uint8Array(size * rows.length);
    for (const [index, code] of single.entries()) codes.set(code, index * size);
    const last = seqs.at(-1) ?? 0;
    session.run(
      "INSERT INTO code_pages VALUES (?, ?, ?, ?, ?)",
      last,
      generation,
      new Uint8Array(seqs.buffer),
      new Uint8Array(chunks.buffer),
      codes,
    );
    session.run("DELETE FROM codes WHERE generation = ? AND seq <= ?", generation, last);
  }
}

/** Pages keep the codes of chunks that are gone; when these are a third, the pages are made anew. */
function repackCodes(session: SqliteSession, generation: number): void {
  const pages = Number(
    session.get("SELECT count(*) AS n FROM code_pages WHERE generation = ?", generation)?.["n"] ?? 0,
  );
  if (pages < 4) return;
  const vectors = Number(session.get("SELECT count(*) AS n FROM vectors WHERE generation = ?", generation)?.["n"] ?? 0);
  if (vectors > pages * pageSize * 0.67) return;
  session.run("DELETE FROM code_pages WHERE generation = ?", generation);
  session.run("DELETE FROM codes WHERE generation = ?", generation);
  for (let last = -1; ;) {
    const rows = session.all(
      "SELECT chunk, vector FROM vectors WHERE generation = ? AND chunk > ? ORDER BY chunk LIMIT ?",
      generation,
      last,
      pageSize,
    );
    for (const row of rows) {
      last = Number(row["chunk"]);
      const code = encodeSigns(new Float32Array((row["vector"] as Uint8Array).slice().buffer));
      session.run("INSERT INTO codes (generation, chunk, code) VALUES (?, ?, ?)", generation, last, code);
    }
    packCodes(session, generation);
    if (rows.length < pageSize) break;
  }
  session.run(
    "INSERT OR REPLACE INTO meta SELECT 'code_epoch', COALESCE((SELECT CAST(value AS INTEGER) + 1 FROM meta WHERE key = 'code_epoch'), 1)",
  );
}

function retired(session: SqliteSession): number | undefined {
  return numberOf(session.get("SELECT id FROM generations WHERE state = 'retired' LIMIT 1"), "id");
}

/** Deletes some vectors of a set; false when it has none. */
function sweepVectors(session: SqliteSession, generation: number): boolean {
  session.run(
    "DELETE FROM vectors WHERE generation = ?1 AND chunk IN (SELECT chunk FROM vectors WHERE generation = ?1 LIMIT ?2)",
    generation,
    sweptAtOnce,
  );
  return session.get("SELECT 1 AS n FROM vectors WHERE generation = ? LIMIT 1", generation) !== undefined;
}

function dropGeneration(session: SqliteSession, generation: number): void {
  for (const table of ["vectors", "pending", "codes", "code_pages"])
    session.run(`DELETE FROM ${table} WHERE generation = ?`, generation);
  session.run("DELETE FROM generations WHERE id = ?", generation);
}

function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function floats(blob: unknown): Float64Array {
  return new Float64Array((blob as Uint8Array).slice().buffer);
}
