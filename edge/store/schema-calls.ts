// What became of calls after they were recorded, and what they used up. Units as in schema.ts.

export const RESOLUTIONS = `
-- How the waiting of an unbillable call ended: once, and for ever.
CREATE TABLE call_resolution (
  call TEXT PRIMARY KEY REFERENCES call (id),
  up_seq INTEGER NOT NULL UNIQUE,
  outcome TEXT NOT NULL CHECK (outcome IN ('billed', 'watched', 'written-off')),
  by TEXT NOT NULL CHECK (by IN ('desk', 'schedule')),
  payer TEXT,
  prefix TEXT,
  destination TEXT,
  amount INTEGER,
  tax INTEGER,
  currency TEXT,
  -- Null for a price that a person set.
  working TEXT,
  at INTEGER NOT NULL,
  CHECK ((outcome = 'written-off') = (amount IS NULL)),
  CHECK ((amount IS NULL) = (payer IS NULL) AND (amount IS NULL) = (tax IS NULL) AND (amount IS NULL) = (currency IS NULL))
) STRICT;
CREATE TRIGGER resolution_is_final BEFORE UPDATE ON call_resolution BEGIN SELECT RAISE(ABORT, 'a resolution is final'); END;
CREATE TRIGGER resolution_stays BEFORE DELETE ON call_resolution BEGIN SELECT RAISE(ABORT, 'a resolution is final'); END;

-- What an unbillable call is rated by again; gone once it is resolved.
CREATE TABLE waiting_call (
  -- The call's own number: the order in which they are looked at.
  seq INTEGER PRIMARY KEY REFERENCES call (seq),
  -- 1: another tariff, policy or tenancy may give it a price.
  curable INTEGER NOT NULL CHECK (curable IN (0, 1)),
  -- 1: made while the site only watched. It is never debited.
  watched INTEGER NOT NULL CHECK (watched IN (0, 1)),
  record TEXT NOT NULL
) STRICT;
CREATE INDEX waiting_curable ON waiting_call (seq) WHERE curable = 1;
-- Waiting calls after this one are still to be rated again; null if none are.
CREATE TABLE rating_again (one INTEGER PRIMARY KEY CHECK (one = 1), after_seq INTEGER) STRICT;
INSERT INTO rating_again (one) VALUES (1);
`;

export const ALLOWANCES = `
-- Free allowances as the cloud told them last.
CREATE TABLE allowance (
  id TEXT PRIMARY KEY,
  -- Null: each student has one of his own.
  account TEXT,
  from_at INTEGER NOT NULL,
  to_at INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX allowance_of_account ON allowance (account);

-- What calls used of them. Its unit is its own: no money moves.
CREATE TABLE allowance_use (
  call TEXT NOT NULL REFERENCES call (id),
  allowance TEXT NOT NULL,
  account TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  unit TEXT NOT NULL CHECK (unit IN ('seconds', 'micros')),
  used INTEGER NOT NULL CHECK (used > 0),
  up_seq INTEGER NOT NULL,
  PRIMARY KEY (call, allowance)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER allowance_use_is_final BEFORE UPDATE ON allowance_use BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER allowance_use_stays BEFORE DELETE ON allowance_use BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- Sums of the uses, kept by trigger; 'opening' is what a snapshot said.
CREATE TABLE allowance_bucket (
  allowance TEXT NOT NULL,
  account TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  opening INTEGER NOT NULL DEFAULT 0 CHECK (opening >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  PRIMARY KEY (allowance, account, period_start)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER allowance_is_used AFTER INSERT ON allowance_use BEGIN
  INSERT INTO allowance_bucket (allowance, account, period_start, used) VALUES (NEW.allowance, NEW.account, NEW.period_start, NEW.used)
  ON CONFLICT (allowance, account, period_start) DO UPDATE SET used = used + excluded.used;
END;
`;

export const COSTS = `
-- What the carrier charges for the call, as JSON: a working, or why it is not known. Null where nobody wants to know.
ALTER TABLE call ADD COLUMN cost TEXT;
ALTER TABLE call_resolution ADD COLUMN cost TEXT;
`;

export const WAITING = `
-- What a waiting call counts for: more than so many of one line and payer within a day, and staff are told.
ALTER TABLE waiting_call ADD COLUMN extension TEXT;
ALTER TABLE waiting_call ADD COLUMN payer TEXT;
ALTER TABLE waiting_call ADD COLUMN started_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE waiting_call ADD COLUMN seconds INTEGER NOT NULL DEFAULT 0;
UPDATE waiting_call SET (extension, payer, started_at, seconds) =
  (SELECT call.extension, call.payer, call.started_at, call.duration FROM call WHERE call.seq = waiting_call.seq);
CREATE INDEX waiting_of_line ON waiting_call (extension, started_at);
CREATE INDEX waiting_since ON waiting_call (started_at);

-- What staff asked for calls that wait, until it is answered: a batch may bring more than fit into one transaction.
CREATE TABLE resolution_asked (
  -- The row of the down log that asks.
  seq INTEGER PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

-- JSON array: what is remarkable about the price that ended the waiting, such as late.
ALTER TABLE call_resolution ADD COLUMN flags TEXT NOT NULL DEFAULT '[]';
CREATE INDEX resolution_of_payer ON call_resolution (payer) WHERE payer IS NOT NULL;
`;
