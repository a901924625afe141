// Free allowances: what was granted, and what calls used of it, as the box says in their workings; what the carrier charges.
export const ALLOWANCE = `
-- As it was last sent down; ended by its own end.
CREATE TABLE allowance (
  site TEXT NOT NULL REFERENCES site (id),
  id TEXT NOT NULL,
  -- Null: each student of the site has one of his own.
  account TEXT,
  name TEXT NOT NULL,
  unit TEXT NOT NULL CHECK (unit IN ('seconds', 'micros')),
  amount INTEGER NOT NULL CHECK (amount > 0),
  period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'once')),
  -- JSON array of destinations as the tariff names them; empty: all.
  destinations TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER,
  PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX allowance_of_account ON allowance (site, account);

CREATE TABLE allowance_use (
  site TEXT NOT NULL,
  -- The up row that says so: of the call, or of the end of its waiting.
  up_seq INTEGER NOT NULL,
  allowance TEXT NOT NULL,
  account TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  -- When the call began: in the period.
  started_at INTEGER NOT NULL,
  unit TEXT NOT NULL CHECK (unit IN ('seconds', 'micros')),
  used INTEGER NOT NULL CHECK (used > 0),
  PRIMARY KEY (site, up_seq, allowance),
  FOREIGN KEY (site, up_seq) REFERENCES up_log (site, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX use_of_account ON allowance_use (site, account, started_at);
CREATE TRIGGER use_is_final BEFORE UPDATE ON allowance_use BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER use_stays BEFORE DELETE ON allowance_use BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- What the carrier charges the house for a call, where somebody wants to know it; its working is in the up row.
CREATE TABLE call_cost (
  site TEXT NOT NULL,
  -- The up row that says so: of the call, or of the end of its waiting.
  up_seq INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  -- Micros without tax; null with the reason why it is not known.
  net INTEGER,
  tax INTEGER,
  unknown TEXT,
  PRIMARY KEY (site, up_seq),
  FOREIGN KEY (site, up_seq) REFERENCES up_log (site, seq),
  CHECK ((net IS NULL) = (tax IS NULL) AND (net IS NULL) = (unknown IS NOT NULL))
) STRICT, WITHOUT ROWID;
`;
