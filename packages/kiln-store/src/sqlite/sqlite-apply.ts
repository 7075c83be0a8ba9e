// Carries out changes of notes in the index, inside of the caller's transaction.
import { storeScalar } from "../index/filter-sql.ts";
import type { NoteChange, NoteRecord } from "../index/index-database.ts";
import { isCurrent, pathOfChange } from "../index/note-change.ts";
import { textOf } from "../index/read-rows.ts";
import type { FileStamp } from "../kiln-files.ts";
import { tagKey } from "../note-filter.ts";
import { noteStem } from "../note-path.ts";
import { nameKey, resolveLink } from "../resolve-link.ts";
import type { SqliteRow } from "./sqlite-connection.ts";
import { numberOf, type SqliteSession } from "./sqlite-session.ts";

/**
 * Applies each change whose stamp is still that of the file.
 *
 * @returns the paths of the others
 */
export function applyChanges(
  session: SqliteSession,
  changes: readonly NoteChange[],
  stampOf: (path: string) => FileStamp | undefined,
): string[] {
  const stale: string[] = [];
  const changedKeys = new Set<string>();
  const relink: number[] = [];
  let isChanged = false;
  const generations = session
    .all("SELECT id FROM generations WHERE state <> 'retired'")
    .map((row) => Number(row["id"]));
  for (const change of changes) {
    const path = pathOfChange(change);
    if (!isCurrent(change, stampOf)) {
      stale.push(path);
      continue;
    }
    switch (change.kind) {
      case "put":
        isChanged ||= !isKnown(session, change.note);
        relink.push(
          putNote(
            session,
            change.note,
            stampOf(change.movedFrom ?? path) === undefined ? change.movedFrom : undefined,
            changedKeys,
            generations,
          ),
        );
        break;
      case "touch":
        isChanged ||=
          session.get(
            "SELECT 1 AS n FROM notes WHERE path = ? AND (created <> ? OR modified <> ?)",
            path,
            change.createdMs,
            change.modifiedMs,
          ) !== undefined;
        session.run(
          "UPDATE notes SET stamp = ?, created = ?, modified = ? WHERE path = ?",
          JSON.stringify(change.stamp),
          change.createdMs,
          change.modifiedMs,
          path,
        );
        session.run("UPDATE faults SET stamp = ? WHERE path = ?", JSON.stringify(change.stamp), path);
        break;
      case "fault":
        isChanged = removeNote(session, path, changedKeys) || isChanged;
        session.run(
          "INSERT OR REPLACE INTO faults VALUES (?, ?, ?, ?)",
          path,
          JSON.stringify(change.stamp),
          change.reason,
          change.line,
        );
        break;
      case "remove":
        isChanged = removeNote(session, path, changedKeys) || isChanged;
        session.run("DELETE FROM faults WHERE path = ?", path);
        break;
    }
  }
  resolveLinks(session, relink, changedKeys);
  if (isChanged) nextRevision(session);
  return stale;
}

/** Notes and links have another state after this transaction. */
export function nextRevision(session: SqliteSession): void {
  session.run("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'");
}

/** True when another process has put exactly this note meanwhile: all else follows from path and content. */
function isKnown(session: SqliteSession, { path, contentHash, createdMs, modifiedMs }: NoteRecord): boolean {
  return (
    session.get(
      "SELECT 1 AS n FROM notes WHERE path = ? AND content_hash = ? AND created = ? AND modified = ?",
      path,
      contentHash,
      createdMs,
      modifiedMs,
    ) !== undefined
  );
}

function putNote(
  session: SqliteSession,
  note: NoteRecord,
  movedFrom: string | undefined,
  changedKeys: Set<string>,
  generations: readonly number[],
): number {
  const key = nameKey(noteStem(note.path));
  session.run("DELETE FROM faults WHERE path = ?", note.path);
  let id = numberOf(session.get("SELECT id FROM notes WHERE path = ?", note.path), "id");
  if (id === undefined && movedFrom !== undefined) {
    id = numberOf(session.get("SELECT id FROM notes WHERE path = ?", movedFrom), "id");
    if (id !== undefined) {
      session.run("UPDATE notes SET path = ?, name_key = ? WHERE id = ?", note.path, key, id);
      changedKeys.add(key).add(nameKey(noteStem(movedFrom)));
    }
  }
  const values = [
    note.title,
    note.contentHash,
    note.stamp.size,
    JSON.stringify(note.stamp),
    note.createdMs,
    note.modifiedMs,
    note.wordCount,
    JSON.stringify(note.tags),
    JSON.stringify(note.aliases),
    note.frontmatter,
    JSON.stringify(note.problems),
  ];
  if (id === undefined) {
    id = session.insert(
      "INSERT INTO notes (title, content_hash, size, stamp, created, modified, word_count, tags, aliases, frontmatter, problems, path, name_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...values,
      note.path,
      key,
    );
    changedKeys.add(key);
  } else {
    session.run(
      "UPDATE notes SET title = ?, content_hash = ?, size = ?, stamp = ?, created = ?, modified = ?, word_count = ?, tags = ?, aliases = ?, frontmatter = ?, problems = ? WHERE id = ?",
      ...values,
      id,
    );
    for (const table of ["links", "tags", "properties"]) session.run(`DELETE FROM ${table} WHERE note = ?`, id);
  }
  for (const [ordinal, link] of note.links.entries()) {
    session.run(
      "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
      id,
      ordinal,
      link.target,
      link.key,
      link.kind,
      link.embed ? 1 : 0,
      link.heading,
      link.block,
      link.alias,
      link.line,
    );
  }
  for (const tag of note.tags) session.run("INSERT OR IGNORE INTO tags VALUES (?, ?)", id, tagKey(tag));
  for (const [ordinal, property] of note.properties.entries()) {
    const { kind, number, text: words } = storeScalar(property.value);
    session.run("INSERT INTO properties VALUES (?, ?, ?, ?, ?, ?)", id, ordinal, property.key, kind, number, words);
  }
  putChunks(session, id, note, generations);
  return id;
}

/** Keeps the chunks whose source is unchanged, and with them their vectors. */
function putChunks(session: SqliteSession, id: number, note: NoteRecord, generations: readonly number[]): void {
  const present = new Map<string, SqliteRow[]>();
  for (const row of session.all(
    "SELECT id, ordinal, heading, line, source_hash FROM chunks WHERE note = ? ORDER BY ordinal",
    id,
  )) {
    const hash = textOf(row, "source_hash");
    const rows = present.get(hash);
    if (rows === undefined) present.set(hash, [row]);
    else rows.push(row);
  }
  for (const [ordinal, chunk] of note.chunks.entries()) {
    const kept = present.get(chunk.sourceHash)?.shift();
    if (kept !== undefined) {
      if (
        Number(kept["ordinal"]) !== ordinal ||
        Number(kept["line"]) !== chunk.line ||
        kept["heading"] !== chunk.heading
      ) {
        session.run(
          "UPDATE chunks SET ordinal = ?, line = ?, heading = ?, text = ? WHERE id = ?",
          ordinal,
          chunk.line,
          chunk.heading,
          chunk.text,
          Number(kept["id"]),
        );
      }
      continue;
    }
    const made = session.insert(
      "INSERT INTO chunks (note, ordinal, heading, line, text, source_hash) VALUES (?, ?, ?, ?, ?, ?)",
      id,
      ordinal,
      chunk.heading,
      chunk.line,
      chunk.text,
      chunk.sourceHash,
    );
    session.run("INSERT INTO chunk_terms (rowid, terms) VALUES (?, ?)", made, chunk.terms);
    for (const generation of generations) session.run("INSERT INTO pending VALUES (?, ?)", generation, made);
  }
  for (const rows of present.values()) for (const row of rows) removeChunk(session, Number(row["id"]));
}

function removeChunk(session: SqliteSession, chunk: number): void {
  session.run("DELETE FROM chunks WHERE id = ?", chunk);
  session.run("DELETE FROM chunk_terms WHERE rowid = ?", chunk);
  session.run("DELETE FROM vectors WHERE chunk = ?", chunk);
  session.run("DELETE FROM codes WHERE chunk = ?", chunk);
  session.run("DELETE FROM pending WHERE generation IN (SELECT id FROM generations) AND chunk = ?", chunk);
}

/** True when there was such a note. */
function removeNote(session: SqliteSession, path: string, changedKeys: Set<string>): boolean {
  const id = numberOf(session.get("SELECT id FROM notes WHERE path = ?", path), "id");
  if (id === undefined) return false;
  for (const row of session.all("SELECT id FROM chunks WHERE note = ?", id)) removeChunk(session, Number(row["id"]));
  for (const table of ["links", "tags", "properties"]) session.run(`DELETE FROM ${table} WHERE note = ?`, id);
  session.run("DELETE FROM notes WHERE id = ?", id);
  changedKeys.add(nameKey(noteStem(path)));
  return true;
}

/** Resolves the links of these notes, and all links whose name has other notes than before. */
function resolveLinks(session: SqliteSession, notes: readonly number[], changedKeys: ReadonlySet<string>): void {
  const byKey = new Map<string, Map<string, number>>();
  const named = (key: string): Map<string, number> => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const found = new Map(
      session
        .all("SELECT path, id FROM notes WHERE name_key = ?", key)
        .map((row) => [textOf(row, "path"), Number(row["id"])]),
    );
    byKey.set(key, found);
    return found;
  };
  const names = { pathsOf: (key: string) => [...named(key).keys()] };
  const resolve = (row: SqliteRow): void => {
    const target = textOf(row, "target");
    const meant = resolveLink(target, textOf(row, "path"), names);
    const id =
      meant === undefined
        ? null
        : target === ""
          ? Number(row["note"])
          : (named(nameKey(noteStem(meant))).get(meant) ?? null);
    if (id !== (row["resolved"] === null ? null : Number(row["resolved"]))) {
      session.run(
        "UPDATE links SET resolved = ? WHERE note = ? AND ordinal = ?",
        id,
        Number(row["note"]),
        Number(row["ordinal"]),
      );
    }
  };
  const columns = "SELECT l.note, l.ordinal, l.target, l.resolved, n.path FROM links l JOIN notes n ON n.id = l.note";
  for (const note of notes) for (const row of session.all(`${columns} WHERE l.note = ?`, note)) resolve(row);
  for (const key of changedKeys) for (const row of session.all(`${columns} WHERE l.key = ?`, key)) resolve(row);
}
