// Sites, their rules, and the two logs of each.
export const SITES = `
CREATE TABLE site (
  -- As the box's configuration names it.
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  zone TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Rises at provisioning, replacement, restore, fork; fences batches.
  epoch INTEGER NOT NULL DEFAULT 1,
  -- The newest session any box of the site was given; a hello takes the next by compare-and-set.
  session INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Where the two logs of a site end. Numbers come from here, in the row's own transaction.
CREATE TABLE site_head (
  site TEXT NOT NULL REFERENCES site (id),
  log TEXT NOT NULL CHECK (log IN ('up', 'down')),
  seq INTEGER NOT NULL DEFAULT 0,
  chain BLOB NOT NULL,
  moved_at INTEGER,
  PRIMARY KEY (site, log)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER site_has_heads AFTER INSERT ON site BEGIN
  INSERT INTO site_head (site, log, chain) VALUES (NEW.id, 'up', zeroblob(32)), (NEW.id, 'down', zeroblob(32));
END;

-- The rules of a site and its tariff schedule, whole, as they were last sent down.
CREATE TABLE site_policy (site TEXT PRIMARY KEY REFERENCES site (id), body TEXT NOT NULL, changed_at INTEGER NOT NULL) STRICT;
CREATE TABLE tariff (hash TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE site_schedule (site TEXT PRIMARY KEY REFERENCES site (id), body TEXT NOT NULL, changed_at INTEGER NOT NULL) STRICT;
`;

export const LOGS = ['up', 'down']
  .map(
    (log) => `
CREATE TABLE ${log}_log (
  site TEXT NOT NULL REFERENCES site (id),
  seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  basis INTEGER NOT NULL,
  body BLOB NOT NULL,
  content_hash BLOB NOT NULL,
  chain BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (site, seq),
  UNIQUE (site, id)
) STRICT;
CREATE TABLE ${log}_personal (
  site TEXT NOT NULL,
  seq INTEGER NOT NULL,
  name TEXT NOT NULL,
  salt BLOB NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (site, seq, name),
  FOREIGN KEY (site, seq) REFERENCES ${log}_log (site, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER ${log}_is_final BEFORE UPDATE ON ${log}_log BEGIN SELECT RAISE(ABORT, 'a journal row is final'); END;
CREATE TRIGGER ${log}_stays BEFORE DELETE ON ${log}_log BEGIN SELECT RAISE(ABORT, 'a journal row is final'); END;
`,
  )
  .join('');
