// How calls that waited as unbillable ended: what staff asked, and what their box did.
export const RESOLUTION = `
-- As the box says, once and for ever. A price in it is the call's.
CREATE TABLE call_resolution (
  site TEXT NOT NULL,
  -- The up row of the call.
  call_seq INTEGER NOT NULL,
  -- The up row that says so: its money stands under this number.
  up_seq INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('billed', 'watched', 'written-off')),
  by TEXT NOT NULL CHECK (by IN ('desk', 'schedule')),
  payer TEXT,
  -- When the call began.
  started_at INTEGER,
  prefix TEXT,
  destination TEXT,
  amount INTEGER,
  tax INTEGER,
  at INTEGER NOT NULL,
  PRIMARY KEY (site, call_seq),
  UNIQUE (site, up_seq),
  FOREIGN KEY (site, call_seq) REFERENCES call (site, up_seq),
  FOREIGN KEY (site, up_seq) REFERENCES up_log (site, seq),
  CHECK ((outcome = 'written-off') = (amount IS NULL)),
  CHECK ((amount IS NULL) = (payer IS NULL) AND (amount IS NULL) = (tax IS NULL) AND (amount IS NULL) = (started_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX resolution_of_payer ON call_resolution (site, payer, started_at);
CREATE TRIGGER resolution_is_final BEFORE UPDATE ON call_resolution BEGIN SELECT RAISE(ABORT, 'a resolution is final'); END;
CREATE TRIGGER resolution_stays BEFORE DELETE ON call_resolution BEGIN SELECT RAISE(ABORT, 'a resolution is final'); END;

-- What staff asked of the box, and what it answered.
CREATE TABLE resolution_request (
  site TEXT NOT NULL,
  -- The down row that asks.
  down_seq INTEGER NOT NULL,
  call_seq INTEGER NOT NULL,
  act TEXT NOT NULL CHECK (act IN ('bill', 'write-off')),
  amount INTEGER,
  by TEXT NOT NULL,
  reason TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  outcome TEXT CHECK (outcome IN ('billed', 'watched', 'written-off', 'already-resolved', 'still-unbillable')),
  detail TEXT,
  answered_at INTEGER,
  PRIMARY KEY (site, down_seq),
  FOREIGN KEY (site, call_seq) REFERENCES call (site, up_seq),
  CHECK ((outcome IS NULL) = (answered_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX request_of_call ON resolution_request (site, call_seq, down_seq);
-- A call is asked about once at a time.
CREATE UNIQUE INDEX request_open ON resolution_request (site, call_seq) WHERE outcome IS NULL;

-- A dear bill by hand: one person writes it, another says yes or no.
CREATE TABLE resolution_proposal (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  call_seq INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  destination TEXT NOT NULL,
  payer TEXT,
  reason TEXT NOT NULL,
  by TEXT NOT NULL REFERENCES staff (id),
  at INTEGER NOT NULL,
  decision TEXT CHECK (decision IN ('approved', 'refused')),
  decided_by TEXT REFERENCES staff (id),
  decided_at INTEGER,
  FOREIGN KEY (site, call_seq) REFERENCES call (site, up_seq),
  CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
  CHECK (decision IS NOT 'approved' OR decided_by <> by)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX proposal_open ON resolution_proposal (site, call_seq) WHERE decision IS NULL;
`;
