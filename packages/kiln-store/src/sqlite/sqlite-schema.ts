// Tables of the index in SQLite. `notes`, `links`, `chunks` follow from the files; `vectors` follow from `chunks` and an
// embedder; `pending`, `codes` and `code_pages` serve the making and finding of vectors.

/** Creates every table; runs in one transaction on an empty database. */
export const createTables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  name_key TEXT NOT NULL,
  title TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  size INTEGER NOT NULL,
  stamp TEXT NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  word_count INTEGER NOT NULL,
  tags TEXT NOT NULL,
  aliases TEXT NOT NULL,
  frontmatter TEXT NOT NULL,
  problems TEXT NOT NULL
);
CREATE INDEX notes_name ON notes (name_key);
CREATE INDEX notes_content ON notes (content_hash);
CREATE TABLE faults (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, reason TEXT NOT NULL, line INTEGER) WITHOUT ROWID;
CREATE TABLE links (
  note INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  target TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  embed INTEGER NOT NULL,
  heading TEXT,
  block TEXT,
  alias TEXT,
  line INTEGER NOT NULL,
  resolved INTEGER,
  PRIMARY KEY (note, ordinal)
) WITHOUT ROWID;
CREATE INDEX links_key ON links (key);
CREATE INDEX links_resolved ON links (resolved);
CREATE TABLE tags (note INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (note, tag)) WITHOUT ROWID;
CREATE INDEX tags_tag ON tags (tag);
CREATE TABLE properties (note INTEGER NOT NULL, ordinal INTEGER NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, number REAL, text TEXT,
  PRIMARY KEY (note, ordinal)) WITHOUT ROWID;
CREATE TABLE chunks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  note INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  heading TEXT NOT NULL,
  line INTEGER NOT NULL,
  text TEXT NOT NULL,
  source_hash TEXT NOT NULL
);
CREATE INDEX chunks_note ON chunks (note, ordinal);
CREATE VIRTUAL TABLE chunk_terms USING fts5(terms, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE chunk_vocabulary USING fts5vocab(chunk_terms, 'row');
CREATE TABLE generations (id INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL UNIQUE, dimensions INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE vectors (generation INTEGER NOT NULL, chunk INTEGER NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (generation, chunk));
CREATE INDEX vectors_chunk ON vectors (chunk);
CREATE TABLE pending (generation INTEGER NOT NULL, chunk INTEGER NOT NULL, PRIMARY KEY (generation, chunk)) WITHOUT ROWID;
CREATE TABLE codes (seq INTEGER PRIMARY KEY AUTOINCREMENT, generation INTEGER NOT NULL, chunk INTEGER NOT NULL, code BLOB NOT NULL);
CREATE INDEX codes_chunk ON codes (chunk);
-- seqs and chunks: 64-bit floats; codes: the codes of 1,024 rows of "codes", one after the other.
CREATE TABLE code_pages (last_seq INTEGER NOT NULL, generation INTEGER NOT NULL, seqs BLOB NOT NULL, chunks BLOB NOT NULL, codes BLOB NOT NULL,
  PRIMARY KEY (generation, last_seq)) WITHOUT ROWID;
`;

/** Names of everything in a database, for starting anew inside of one transaction. */
export const listTables =
  "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'chunk_terms_%' ORDER BY name DESC";
