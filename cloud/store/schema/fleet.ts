// Boxes, what is known of them and what they told.
export const FLEET = `
CREATE TABLE box (
  site TEXT NOT NULL REFERENCES site (id),
  id TEXT NOT NULL,
  -- PEM. The same key signs its batches and authenticates its connection.
  public_key TEXT NOT NULL,
  certificate TEXT NOT NULL,
  -- SHA-256 of the certificate, hex: what a connection is recognised by.
  fingerprint TEXT NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL,
  enrolled_at INTEGER NOT NULL,
  revoked_at INTEGER,
  PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE enrolment (
  code_hash BLOB PRIMARY KEY,
  site TEXT NOT NULL REFERENCES site (id),
  box TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

-- Three independent facts about a box: its session, its heartbeat, the last row it acknowledged. Each with its time.
CREATE TABLE box_state (
  site TEXT NOT NULL,
  box TEXT NOT NULL,
  session INTEGER NOT NULL DEFAULT 0,
  nonce TEXT,
  build TEXT,
  connected_at INTEGER,
  disconnected_at INTEGER,
  heartbeat_at INTEGER,
  heartbeat TEXT,
  down_acked INTEGER NOT NULL DEFAULT 0,
  down_acked_at INTEGER,
  PRIMARY KEY (site, box),
  FOREIGN KEY (site, box) REFERENCES box (site, id)
) STRICT, WITHOUT ROWID;

-- Of the boxes, as they tell, and with an empty site the cloud's own.
CREATE TABLE incident (
  site TEXT NOT NULL,
  code TEXT NOT NULL,
  subject TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  detail TEXT NOT NULL,
  cure TEXT NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (site, code, subject, began_at)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX incident_open ON incident (site, code, subject) WHERE ended_at IS NULL;
`;
