// Re-rating: differences of calls that have their price, proposed, approved by their hash, posted.
export const ADJUSTMENT = `
-- Priced by an older schedule than the one that the cloud had published by then: found when the call is told.
CREATE TABLE tariff_late (
  site TEXT NOT NULL,
  call_seq INTEGER NOT NULL,
  -- By which tariff the box priced it, and by which it should have.
  priced_by TEXT NOT NULL,
  due TEXT NOT NULL,
  PRIMARY KEY (site, call_seq),
  FOREIGN KEY (site, call_seq) REFERENCES call (site, up_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE rerating (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES site (id),
  cause TEXT NOT NULL CHECK (cause IN ('tariff', 'tariff-late', 'move')),
  -- What was asked, as JSON: an interval and a tariff, or a move.
  wish TEXT NOT NULL,
  -- SHA-256 over its lines: what a person approves is exactly this.
  hash TEXT NOT NULL,
  calls INTEGER NOT NULL,
  -- Sum of what students pay more, and of what they get back; both from 0.
  more INTEGER NOT NULL,
  less INTEGER NOT NULL,
  reason TEXT NOT NULL,
  by TEXT NOT NULL REFERENCES staff (id),
  at INTEGER NOT NULL,
  decision TEXT CHECK (decision IN ('approved', 'refused', 'overtaken')),
  decided_by TEXT REFERENCES staff (id),
  decided_at INTEGER,
  CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX rerating_of_site ON rerating (site, at);

CREATE TABLE rerating_line (
  rerating TEXT NOT NULL REFERENCES rerating (id),
  -- The up row of the call.
  call_seq INTEGER NOT NULL,
  account TEXT NOT NULL,
  -- What the account has paid for the call so far, all adjustments included, and what it should.
  was INTEGER NOT NULL,
  was_tax INTEGER NOT NULL,
  due INTEGER NOT NULL,
  due_tax INTEGER NOT NULL,
  -- The new working as JSON; null where the price stays and only the payer changes.
  working TEXT,
  PRIMARY KEY (rerating, call_seq, account)
) STRICT, WITHOUT ROWID;

-- What was posted. The call and its first working stay as they are.
CREATE TABLE call_adjustment (
  site TEXT NOT NULL,
  call_seq INTEGER NOT NULL,
  n INTEGER NOT NULL CHECK (n > 0),
  -- Of its transfer: (call, n).
  ref TEXT NOT NULL,
  rerating TEXT NOT NULL REFERENCES rerating (id),
  account TEXT NOT NULL,
  amount INTEGER NOT NULL,
  tax INTEGER NOT NULL,
  working TEXT,
  down_seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (site, call_seq, n),
  FOREIGN KEY (site, call_seq) REFERENCES call (site, up_seq),
  FOREIGN KEY (site, down_seq) REFERENCES down_log (site, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX adjustment_of_account ON call_adjustment (site, account, down_seq);
CREATE TRIGGER adjustment_is_final BEFORE UPDATE ON call_adjustment BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER adjustment_stays BEFORE DELETE ON call_adjustment BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
`;
