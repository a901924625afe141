// People, lines, who pays for which, sign-in, and who did what.
export const PEOPLE = `
CREATE TABLE staff (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  -- Lower case, for finding: the same address in another spelling is the same person.
  email_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  -- viewer looks; clerk moves money and lines; admin also makes sites, boxes, tariffs and staff.
  role TEXT NOT NULL CHECK (role IN ('viewer', 'clerk', 'admin')),
  -- None until the invitation was used.
  password_hash TEXT,
  created_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

-- The person behind a student's account. Money stays when the person is erased.
CREATE TABLE student (
  account TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES site (id),
  name TEXT NOT NULL,
  email TEXT,
  email_key TEXT UNIQUE,
  language TEXT NOT NULL DEFAULT 'en-GB',
  password_hash TEXT,
  created_at INTEGER NOT NULL,
  closed_at INTEGER,
  FOREIGN KEY (site, account) REFERENCES account (site, id)
) STRICT;
CREATE INDEX student_of_site ON student (site, name);

CREATE TABLE line (
  site TEXT NOT NULL REFERENCES site (id),
  extension TEXT NOT NULL,
  class TEXT NOT NULL CHECK (class IN ('student', 'staff', 'lift', 'emergency')),
  -- What people call the place, such as a room.
  label TEXT,
  PRIMARY KEY (site, extension)
) STRICT, WITHOUT ROWID;

-- Who pays for a line from when to when: half-open intervals that never overlap on a line.
CREATE TABLE tenancy (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  extension TEXT NOT NULL,
  account TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER CHECK (to_at IS NULL OR to_at >= from_at),
  FOREIGN KEY (site, extension) REFERENCES line (site, extension),
  FOREIGN KEY (site, account) REFERENCES account (site, id)
) STRICT;
CREATE INDEX tenancy_of_line ON tenancy (site, extension, from_at);
CREATE INDEX tenancy_of_account ON tenancy (site, account, from_at);
${['INSERT', 'UPDATE']
  .map(
    (act) => `CREATE TRIGGER tenancy_overlaps_none_${act.toLowerCase()} BEFORE ${act} ON tenancy BEGIN
  SELECT RAISE(ABORT, 'tenancies of a line overlap') WHERE EXISTS (
    SELECT 1 FROM tenancy AS other WHERE other.site = NEW.site AND other.extension = NEW.extension AND other.id <> NEW.id
      AND other.from_at < coalesce(NEW.to_at, 9007199254740991) AND NEW.from_at < coalesce(other.to_at, 9007199254740991)
      AND other.from_at < coalesce(other.to_at, 9007199254740991) AND NEW.from_at < coalesce(NEW.to_at, 9007199254740991));
END;`,
  )
  .join('\n')}

-- Codes that make an account pay for the call they are dialled with: of one account of a site at a time.
CREATE TABLE account_code (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  account TEXT NOT NULL,
  code TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER CHECK (to_at IS NULL OR to_at >= from_at),
  FOREIGN KEY (site, account) REFERENCES account (site, id)
) STRICT;
CREATE INDEX account_code_of_site ON account_code (site, code, from_at);
CREATE INDEX account_code_of_account ON account_code (account, from_at);
${['INSERT', 'UPDATE']
  .map(
    (act) => `CREATE TRIGGER account_code_of_one_${act.toLowerCase()} BEFORE ${act} ON account_code BEGIN
  SELECT RAISE(ABORT, 'two accounts have one code') WHERE EXISTS (
    SELECT 1 FROM account_code AS other WHERE other.site = NEW.site AND other.code = NEW.code AND other.id <> NEW.id
      AND other.from_at < coalesce(NEW.to_at, 9007199254740991) AND NEW.from_at < coalesce(other.to_at, 9007199254740991)
      AND other.from_at < coalesce(other.to_at, 9007199254740991) AND NEW.from_at < coalesce(NEW.to_at, 9007199254740991));
END;`,
  )
  .join('\n')}

-- SHA-256 of the cookie or the link: a copy of the database opens no door.
CREATE TABLE session (
  token_hash BLOB PRIMARY KEY,
  audience TEXT NOT NULL CHECK (audience IN ('student', 'staff')),
  subject TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_subject ON session (audience, subject);
CREATE TABLE one_time_link (
  token_hash BLOB PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('first-admin', 'staff-invite', 'staff-reset', 'student-register', 'student-reset')),
  -- The staff id or the account; empty for the first admin.
  subject TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX link_of_subject ON one_time_link (purpose, subject);

-- Who did what at the desk, chained: chain = SHA-256(previous chain ‖ the row's own JSON).
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  act TEXT NOT NULL,
  site TEXT,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  chain BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
`;
