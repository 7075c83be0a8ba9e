// Tables of the index in PostgreSQL, as those in SQLite. Texts that are ordered or compared by ranges use the collation
// "C", which orders by code point as SQLite does. Terms are an array with a GIN index; ranking needs no positions.

/** Creates every table in the schema that is first in the search path. */
export const createTables = `
CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE notes (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path text COLLATE "C" NOT NULL UNIQUE,
  name_key text NOT NULL,
  title text NOT NULL,
  content_hash text NOT NULL,
  size double precision NOT NULL,
  stamp text NOT NULL,
  created double precision NOT NULL,
  modified double precision NOT NULL,
  word_count integer NOT NULL,
  tags text NOT NULL,
  aliases text NOT NULL,
  frontmatter text NOT NULL,
  problems text NOT NULL
);
CREATE INDEX notes_name ON notes (name_key);
CREATE INDEX notes_content ON notes (content_hash);
CREATE TABLE faults (path text COLLATE "C" PRIMARY KEY, stamp text NOT NULL, reason text NOT NULL, line integer);
CREATE TABLE links (
  note integer NOT NULL REFERENCES notes ON DELETE CASCADE,
  ordinal integer NOT NULL,
  target text NOT NULL,
  key text NOT NULL,
  kind text NOT NULL,
  embed integer NOT NULL,
  heading text,
  block text,
  alias text,
  line integer NOT NULL,
  resolved integer,
  PRIMARY KEY (note, ordinal)
);
CREATE INDEX links_key ON links (key);
CREATE INDEX links_resolved ON links (resolved);
CREATE TABLE tags (note integer NOT NULL REFERENCES notes ON DELETE CASCADE, tag text COLLATE "C" NOT NULL, PRIMARY KEY (note, tag));
CREATE INDEX tags_tag ON tags (tag);
CREATE TABLE properties (note integer NOT NULL REFERENCES notes ON DELETE CASCADE, ordinal integer NOT NULL, key text NOT NULL, kind text NOT NULL,
  number double precision, text text COLLATE "C", PRIMARY KEY (note, ordinal));
CREATE TABLE chunks (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  note integer NOT NULL REFERENCES notes ON DELETE CASCADE,
  ordinal integer NOT NULL,
  heading text NOT NULL,
  line integer NOT NULL,
  text text NOT NULL,
  source_hash text NOT NULL,
  terms text[] NOT NULL
);
CREATE INDEX chunks_note ON chunks (note, ordinal);
CREATE INDEX chunks_terms ON chunks USING gin (terms);
CREATE TABLE generations (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, identity text NOT NULL UNIQUE, dimensions integer NOT NULL, state text NOT NULL);
CREATE TABLE vectors (generation integer NOT NULL REFERENCES generations ON DELETE CASCADE, chunk integer NOT NULL REFERENCES chunks ON DELETE CASCADE,
  vector vector NOT NULL, PRIMARY KEY (generation, chunk));
CREATE INDEX vectors_chunk ON vectors (chunk);
CREATE TABLE pending (generation integer NOT NULL REFERENCES generations ON DELETE CASCADE, chunk integer NOT NULL REFERENCES chunks ON DELETE CASCADE,
  PRIMARY KEY (generation, chunk));
CREATE INDEX pending_chunk ON pending (chunk);
`;
