// Tariffs on their way: a draft of a site until it is published or laid aside, and what was published when, by whom.
export const TARIFF_DRAFT = `
CREATE TABLE tariff_draft (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL REFERENCES site (id),
  -- What it is to be: prices of students, or what the carrier charges.
  role TEXT NOT NULL CHECK (role IN ('student', 'carrier')),
  hash TEXT NOT NULL REFERENCES tariff (hash),
  note TEXT NOT NULL,
  by TEXT NOT NULL REFERENCES staff (id),
  at INTEGER NOT NULL,
  ended TEXT CHECK (ended IN ('published', 'discarded')),
  ended_by TEXT REFERENCES staff (id),
  ended_at INTEGER,
  CHECK ((ended IS NULL) = (ended_by IS NULL) AND (ended IS NULL) = (ended_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_of_site ON tariff_draft (site, at);
-- Saved twice, it is one.
CREATE UNIQUE INDEX draft_open ON tariff_draft (site, role, hash) WHERE ended IS NULL;

-- Every schedule that was sent down, whole and for ever: which tariff was to apply from when, and who said so.
CREATE TABLE schedule_version (
  site TEXT NOT NULL,
  -- The down row that carries it.
  down_seq INTEGER NOT NULL,
  -- Null: from before versions were kept.
  by TEXT,
  act TEXT NOT NULL CHECK (act IN ('publish', 'roll-back', 'add-range', 'create')),
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (site, down_seq),
  FOREIGN KEY (site, down_seq) REFERENCES down_log (site, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER version_is_final BEFORE UPDATE ON schedule_version BEGIN SELECT RAISE(ABORT, 'a published schedule is final'); END;
CREATE TRIGGER version_stays BEFORE DELETE ON schedule_version BEGIN SELECT RAISE(ABORT, 'a published schedule is final'); END;
INSERT INTO schedule_version (site, down_seq, by, act, body, at)
  SELECT site, seq, NULL, 'publish', CAST(body AS TEXT), at FROM down_log WHERE kind = 'schedule';

-- Calls of a month, whoever paid them: what they would cost by a draft, or by the tariff that was late.
CREATE INDEX call_of_start ON call (site, started_at, up_seq);
`;
