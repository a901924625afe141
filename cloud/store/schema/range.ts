// Ranges that staff added to tariffs, and which waiting calls they were shown to price. A dear one waits for a second person.
export const RANGE = `
CREATE TABLE range_addition (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES site (id),
  prefix TEXT NOT NULL,
  -- What was asked, as JSON: prefix, destination, price, from when.
  wish TEXT NOT NULL,
  -- SHA-256 of what was shown: the wish, the schedule, every call with its price.
  hash TEXT NOT NULL,
  -- SHA-256 of the schedule that was to be amended.
  schedule TEXT NOT NULL,
  calls INTEGER NOT NULL,
  -- What those calls would cost.
  total INTEGER NOT NULL,
  -- 1: takes a second person.
  is_dear INTEGER NOT NULL CHECK (is_dear IN (0, 1)),
  by TEXT NOT NULL REFERENCES staff (id),
  at INTEGER NOT NULL,
  decision TEXT CHECK (decision IN ('published', 'refused')),
  decided_by TEXT REFERENCES staff (id),
  decided_at INTEGER,
  -- The down row with the amended schedule.
  down_seq INTEGER,
  CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
  CHECK ((decision IS 'published') = (down_seq IS NOT NULL)),
  CHECK (is_dear = 0 OR decision IS NOT 'published' OR decided_by <> by)
) STRICT, WITHOUT ROWID;
CREATE INDEX range_of_site ON range_addition (site, at);
-- One question at a time about a prefix.
CREATE UNIQUE INDEX range_open ON range_addition (site, prefix) WHERE decision IS NULL;

-- What was shown when it was last looked at: by who proposed it, then by who approved it.
CREATE TABLE range_addition_call (
  addition TEXT NOT NULL REFERENCES range_addition (id),
  site TEXT NOT NULL,
  -- The up row of the call.
  call_seq INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (addition, call_seq),
  FOREIGN KEY (site, call_seq) REFERENCES call (site, up_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX addition_of_call ON range_addition_call (site, call_seq);
`;
