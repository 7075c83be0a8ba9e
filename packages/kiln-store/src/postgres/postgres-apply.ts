// Carries out changes of notes in PostgreSQL, table by table for a whole batch, inside of the caller's transaction.
import { storeScalar } from "../index/filter-sql.ts";
import type { NoteChange, NoteRecord } from "../index/index-database.ts";
import { isCurrent, pathOfChange } from "../index/note-change.ts";
import { textOf } from "../index/read-rows.ts";
import type { FileStamp } from "../kiln-files.ts";
import { tagKey } from "../note-filter.ts";
import { noteStem } from "../note-path.ts";
import { nameKey, resolveLink } from "../resolve-link.ts";
import type { PostgresSession } from "./postgres-connection.ts";

/**
 * Applies each change whose stamp is still that of the file.
 *
 * @returns the paths of the others
 */
export async function applyChanges(
  session: PostgresSession,
  changes: readonly NoteChange[],
  stampOf: (path: string) => FileStamp | undefined,
): Promise<string[]> {
  const fresh = changes.filter((change) => isCurrent(change, stampOf));
  const changedKeys = new Set<string>();
  const puts = fresh.flatMap((change) => (change.kind === "put" ? [change] : []));
  const touches = fresh.flatMap((change) => (change.kind === "touch" ? [change] : []));
  const faults = fresh.flatMap((change) => (change.kind === "fault" ? [change] : []));
  const gone = fresh.flatMap((change) => (change.kind === "remove" || change.kind === "fault" ? [change.path] : []));

  if (gone.length > 0) {
    for (const row of await session.query("DELETE FROM notes WHERE path = ANY($1) RETURNING path", [gone]))
      changedKeys.add(nameKey(noteStem(textOf(row, "path"))));
  }
  const isChanged =
    changedKeys.size > 0 ||
    (await differs(session, [
      ...puts.map(({ note: { path, contentHash, createdMs, modifiedMs } }) => ({
        path,
        hash: contentHash,
        created: createdMs,
        modified: modifiedMs,
      })),
      ...touches.map(({ path, createdMs, modifiedMs }) => ({ path, created: createdMs, modified: modifiedMs })),
    ]));
  await session.query("DELETE FROM faults WHERE path = ANY($1)", [[...gone, ...puts.map(({ note }) => note.path)]]);
  await insert(
    session,
    "INSERT INTO faults SELECT path, stamp, reason, line FROM json_to_recordset($1) AS r(path text, stamp text, reason text, line int)",
    faults.map(({ path, stamp, reason, line }) => ({ path, stamp: JSON.stringify(stamp), reason, line })),
  );
  for (const { path, stamp, createdMs, modifiedMs } of touches) {
    await session.query("UPDATE notes SET stamp = $2, created = $3, modified = $4 WHERE path = $1", [
      path,
      JSON.stringify(stamp),
      createdMs,
      modifiedMs,
    ]);
    await session.query("UPDATE faults SET stamp = $2 WHERE path = $1", [path, JSON.stringify(stamp)]);
  }
  const ids = await putNotes(session, puts, stampOf, changedKeys);
  await resolveLinks(session, [...ids.values()], changedKeys);
  if (isChanged) await nextRevision(session);
  return changes.filter((change) => !fresh.includes(change)).map(pathOfChange);
}

/** Notes and links have another state after this transaction. */
export async function nextRevision(session: PostgresSession): Promise<void> {
  await session.query("UPDATE meta SET value = (value::bigint + 1)::text WHERE key = 'revision'");
}

/**
 * True when the index has not exactly these notes, of which all else follows. Without a hash a note is only touched: one
 * that is not there stays away.
 */
async function differs(
  session: PostgresSession,
  notes: readonly {
    readonly path: string;
    readonly hash?: string;
    readonly created: number;
    readonly modified: number;
  }[],
): Promise<boolean> {
  if (notes.length === 0) return false;
  const rows = await session.query(
    `SELECT 1 AS n FROM json_to_recordset($1) AS r(path text, hash text, created float8, modified float8) LEFT JOIN notes n ON n.path = r.path
     WHERE (n.path IS NULL AND r.hash IS NOT NULL) OR n.content_hash <> r.hash OR n.created <> r.created OR n.modified <> r.modified LIMIT 1`,
    [JSON.stringify(notes)],
  );
  return rows.length > 0;
}

async function putNotes(
  session: PostgresSession,
  puts: readonly Extract<NoteChange, { kind: "put" }>[],
  stampOf: (path: string) => FileStamp | undefined,
  changedKeys: Set<string>,
): Promise<ReadonlyMap<string, number>> {
  const notes = puts.map(({ note }) => note);
  if (notes.length === 0) return new Map();
  const present = new Set(
    (await session.query("SELECT path FROM notes WHERE path = ANY($1)", [notes.map((note) => note.path)])).map((row) =>
      textOf(row, "path"),
    ),
  );
  for (const { note, movedFrom } of puts) {
    const key = nameKey(noteStem(note.path));
    if (present.has(note.path)) continue;
    changedKeys.add(key);
    if (movedFrom === undefined || stampOf(movedFrom) !== undefined) continue;
    changedKeys.add(nameKey(noteStem(movedFrom)));
    await session.query("UPDATE notes SET path = $2, name_key = $3 WHERE path = $1", [movedFrom, note.path, key]);
  }
  const rows = await session.query(
    `INSERT INTO notes (path, name_key, title, content_hash, size, stamp, created, modified, word_count, tags, aliases, frontmatter, problems)
     SELECT * FROM json_to_recordset($1) AS r(path text, name_key text, title text, content_hash text, size float8, stamp text, created float8, modified float8,
       word_count int, tags text, aliases text, frontmatter text, problems text)
     ON CONFLICT (path) DO UPDATE SET title = excluded.title, content_hash = excluded.content_hash, size = excluded.size, stamp = excluded.stamp,
       created = excluded.created, modified = excluded.modified, word_count = excluded.word_count, tags = excluded.tags, aliases = excluded.aliases,
       frontmatter = excluded.frontmatter, problems = excluded.problems
     RETURNING id, path`,
    [
      JSON.stringify(
        notes.map((note) => ({
          path: note.path,
          name_key: nameKey(noteStem(note.path)),
          title: note.title,
          content_hash: note.contentHash,
          size: note.stamp.size,
          stamp: JSON.stringify(note.stamp),
          created: note.createdMs,
          modified: note.modifiedMs,
          word_count: note.wordCount,
          tags: JSON.stringify(note.tags),
          aliases: JSON.stringify(note.aliases),
          frontmatter: note.frontmatter,
          problems: JSON.stringify(note.problems),
        })),
      ),
    ],
  );
  const ids = new Map(rows.map((row) => [textOf(row, "path"), Number(row["id"])]));
  const all = [...ids.values()];
  for (const table of ["links", "tags", "properties"])
    await session.query(`DELETE FROM ${table} WHERE note = ANY($1)`, [all]);
  const each = <T>(derive: (note: NoteRecord, id: number) => readonly T[]): T[] =>
    notes.flatMap((note) => derive(note, ids.get(note.path) ?? 0));
  await insert(
    session,
    `INSERT INTO links SELECT note, ordinal, target, key, kind, embed, heading, block, alias, line, NULL FROM json_to_recordset($1)
     AS r(note int, ordinal int, target text, key text, kind text, embed int, heading text, block text, alias text, line int)`,
    each((note, id) => note.links.map((link, ordinal) => ({ ...link, note: id, ordinal, embed: link.embed ? 1 : 0 }))),
  );
  await insert(
    session,
    "INSERT INTO tags SELECT note, tag FROM json_to_recordset($1) AS r(note int, tag text) ON CONFLICT DO NOTHING",
    each((note, id) => note.tags.map((tag) => ({ note: id, tag: tagKey(tag) }))),
  );
  await insert(
    session,
    "INSERT INTO properties SELECT note, ordinal, key, kind, number, text FROM json_to_recordset($1) AS r(note int, ordinal int, key text, kind text, number float8, text text)",
    each((note, id) =>
      note.properties.map(({ key, value }, ordinal) => ({ note: id, ordinal, key, ...storeScalar(value) })),
    ),
  );
  await putChunks(session, notes, ids);
  return ids;
}

/** Keeps the chunks whose source is unchanged, and with them their vectors. */
async function putChunks(
  session: PostgresSession,
  notes: readonly NoteRecord[],
  ids: ReadonlyMap<string, number>,
): Promise<void> {
  const present = new Map<string, number[]>();
  for (const row of await session.query(
    "SELECT id, note, source_hash FROM chunks WHERE note = ANY($1) ORDER BY note, ordinal",
    [[...ids.values()]],
  )) {
    const key = `${Number(row["note"])} ${textOf(row, "source_hash")}`;
    const rows = present.get(key);
    if (rows === undefined) present.set(key, [Number(row["id"])]);
    else rows.push(Number(row["id"]));
  }
  const kept: Record<string, unknown>[] = [];
  const added: Record<string, unknown>[] = [];
  for (const note of notes) {
    const id = ids.get(note.path) ?? 0;
    for (const [ordinal, chunk] of note.chunks.entries()) {
      const known = present.get(`${id} ${chunk.sourceHash}`)?.shift();
      const row = {
        note: id,
        ordinal,
        heading: chunk.heading,
        line: chunk.line,
        text: chunk.text,
        source_hash: chunk.sourceHash,
      };
      if (known !== undefined) kept.push({ ...row, id: known });
      else added.push({ ...row, terms: [...new Set(chunk.terms.split(" ").filter((term) => term !== ""))].sort() });
    }
  }
  const left = [...present.values()].flat();
  if (left.length > 0) await session.query("DELETE FROM chunks WHERE id = ANY($1)", [left]);
  await insert(
    session,
    `UPDATE chunks c SET ordinal = r.ordinal, line = r.line, heading = r.heading, text = r.text
     FROM json_to_recordset($1) AS r(id int, ordinal int, line int, heading text, text text) WHERE c.id = r.id`,
    kept,
  );
  await insert(
    session,
    `WITH made AS (
       INSERT INTO chunks (note, ordinal, heading, line, text, source_hash, terms)
       SELECT note, ordinal, heading, line, text, source_hash, ARRAY(SELECT json_array_elements_text(terms)) FROM json_to_recordset($1)
         AS r(note int, ordinal int, heading text, line int, text text, source_hash text, terms json)
       RETURNING id
     ) INSERT INTO pending SELECT g.id, made.id FROM generations g CROSS JOIN made WHERE g.state <> 'retired'`,
    added,
  );
}

/** Resolves the links of these notes, and all links whose name has other notes than before. */
async function resolveLinks(
  session: PostgresSession,
  notes: readonly number[],
  changedKeys: ReadonlySet<string>,
): Promise<void> {
  const links = await session.query(
    "SELECT l.note, l.ordinal, l.target, l.key, l.resolved, n.path FROM links l JOIN notes n ON n.id = l.note WHERE l.note = ANY($1) OR l.key = ANY($2)",
    [notes, [...changedKeys]],
  );
  const keys = [...new Set(links.map((row) => textOf(row, "key")))];
  const byKey = new Map<string, string[]>();
  const ids = new Map<string, number>();
  for (const row of await session.query(
    "SELECT id, path, name_key FROM notes WHERE name_key = ANY($1) OR id = ANY($2)",
    [keys, links.map((each) => each["note"])],
  )) {
    const path = textOf(row, "path");
    ids.set(path, Number(row["id"]));
    const key = textOf(row, "name_key");
    const paths = byKey.get(key);
    if (paths === undefined) byKey.set(key, [path]);
    else paths.push(path);
  }
  const names = { pathsOf: (key: string) => byKey.get(key) ?? [] };
  const updates = links.flatMap((row) => {
    const meant = resolveLink(textOf(row, "target"), textOf(row, "path"), names);
    const resolved = meant === undefined ? null : (ids.get(meant) ?? null);
    return resolved === row["resolved"] ? [] : [{ note: row["note"], ordinal: row["ordinal"], resolved }];
  });
  await insert(
    session,
    "UPDATE links l SET resolved = r.resolved FROM json_to_recordset($1) AS r(note int, ordinal int, resolved int) WHERE l.note = r.note AND l.ordinal = r.ordinal",
    updates,
  );
}

async function insert(session: PostgresSession, sql: string, rows: readonly object[]): Promise<void> {
  if (rows.length > 0) await session.query(sql, [JSON.stringify(rows)]);
}
