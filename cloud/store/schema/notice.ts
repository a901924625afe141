// Mail that waits to be sent.
export const NOTICE = `
CREATE TABLE mail (
  id TEXT PRIMARY KEY,
  -- The same event never mails twice.
  dedupe TEXT NOT NULL UNIQUE,
  recipient TEXT NOT NULL,
  language TEXT NOT NULL,
  template TEXT NOT NULL,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  failure TEXT,
  given_up_at INTEGER
) STRICT;
CREATE INDEX mail_waiting ON mail (next_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
`;
