// Everything in the index that follows from the files, for comparing two indexes of one kiln.
import type { SqliteSession } from "./sqlite-session.ts";

/** Reads all tables in an order that does not depend on internal numbers. */
export function dumpIndex(reader: SqliteSession): unknown {
  const rows = (sql: string): unknown[] => reader.all(sql).map((row) => ({ ...row }));
  return {
    notes: rows(
      "SELECT path, name_key, title, content_hash, size, created, modified, word_count, tags, aliases, frontmatter, problems FROM notes ORDER BY path",
    ),
    faults: rows("SELECT path, reason, line FROM faults ORDER BY path"),
    links: rows(
      `SELECT n.path, l.ordinal, l.target, l.key, l.kind, l.embed, l.heading, l.block, l.alias, l.line, m.path AS meant
       FROM links l JOIN notes n ON n.id = l.note LEFT JOIN notes m ON m.id = l.resolved ORDER BY n.path, l.ordinal`,
    ),
    tags: rows("SELECT n.path, t.tag FROM tags t JOIN notes n ON n.id = t.note ORDER BY n.path, t.tag"),
    properties: rows(
      "SELECT n.path, p.key, p.kind, p.number, p.text FROM properties p JOIN notes n ON n.id = p.note ORDER BY n.path, p.ordinal",
    ),
    chunks: rows(
      "SELECT n.path, c.ordinal, c.heading, c.line, c.text, c.source_hash FROM chunks c JOIN notes n ON n.id = c.note ORDER BY n.path, c.ordinal",
    ),
    terms: rows("SELECT term, doc, cnt FROM chunk_vocabulary ORDER BY term"),
    vectors: rows(
      `SELECT g.identity, n.path, c.ordinal, hex(v.vector) AS vector FROM vectors v JOIN generations g ON g.id = v.generation
       JOIN chunks c ON c.id = v.chunk JOIN notes n ON n.id = c.note ORDER BY g.identity, n.path, c.ordinal`,
    ),
    pending: rows(
      `SELECT g.identity, n.path, c.ordinal FROM pending p JOIN generations g ON g.id = p.generation
       JOIN chunks c ON c.id = p.chunk JOIN notes n ON n.id = c.note ORDER BY g.identity, n.path, c.ordinal`,
    ),
    orphans: rows(
      `SELECT (SELECT count(*) FROM chunks WHERE note NOT IN (SELECT id FROM notes)) AS chunks,
        (SELECT count(*) FROM vectors WHERE chunk NOT IN (SELECT id FROM chunks)) AS vectors,
        (SELECT count(*) FROM codes WHERE chunk NOT IN (SELECT id FROM chunks)) AS codes,
        (SELECT count(*) FROM pending WHERE chunk NOT IN (SELECT id FROM chunks)) AS pending`,
    ),
  };
}
