// The box's tables, one migration after the other. Facts are append-only: triggers refuse to change or delete them.
// Amounts are micros, times milliseconds UTC, hashes 32 bytes.

import {ALLOWANCES, COSTS, RESOLUTIONS, WAITING} from './schema-calls.ts';

const BOX_AND_FEEDS = `
CREATE TABLE box (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  site TEXT NOT NULL,
  box TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE feed (
  name TEXT PRIMARY KEY,
  -- Calls that ended before this instant are kept and never billed.
  go_live INTEGER NOT NULL,
  session INTEGER NOT NULL DEFAULT 0,
  -- The last spooled line that record, rating and ledger have finished with.
  finished_line INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Growing files, by device and inode: a rotated file keeps its row under its new name.
CREATE TABLE feed_file (
  feed TEXT NOT NULL REFERENCES feed (name),
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  name TEXT NOT NULL,
  session INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  -- SHA-256 of the first head_bytes bytes: tells a reused inode from a grown file.
  head_bytes INTEGER NOT NULL,
  head_hash BLOB NOT NULL,
  PRIMARY KEY (feed, device, inode)
) STRICT;

CREATE TABLE spool (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  feed TEXT NOT NULL REFERENCES feed (name),
  session INTEGER NOT NULL,
  position TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  hash BLOB NOT NULL,
  bytes BLOB NOT NULL,
  broken TEXT CHECK (broken IN ('cut-line', 'line-too-long'))
) STRICT;
CREATE INDEX spool_of_feed ON spool (feed);

CREATE TABLE rejected_line (
  line INTEGER PRIMARY KEY REFERENCES spool (id),
  feed TEXT NOT NULL REFERENCES feed (name),
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- Set when the line was read after all, with a mended profile, or dismissed by a person.
  ended_at INTEGER
) STRICT;

-- What became of the lines of a feed: call, replay, not-a-call:<what>, rejected:<reason>.
CREATE TABLE line_count (
  feed TEXT NOT NULL REFERENCES feed (name),
  outcome TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (feed, outcome)
) STRICT, WITHOUT ROWID;
`;

const SITE = `
CREATE TABLE extension (
  extension TEXT PRIMARY KEY,
  class TEXT NOT NULL CHECK (class IN ('student', 'staff', 'lift', 'emergency'))
) STRICT;

CREATE TABLE tenancy (
  id TEXT PRIMARY KEY,
  extension TEXT NOT NULL,
  account TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER CHECK (to_at IS NULL OR to_at >= from_at)
) STRICT;
CREATE INDEX tenancy_of_extension ON tenancy (extension, from_at);
CREATE INDEX tenancy_of_account ON tenancy (account, from_at);
-- What time alone will change.
CREATE INDEX tenancy_begins ON tenancy (from_at);
CREATE INDEX tenancy_ends ON tenancy (to_at);

CREATE TABLE policy (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE tariff (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE schedule (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, body TEXT NOT NULL) STRICT;

CREATE TABLE override (
  extension TEXT PRIMARY KEY,
  act TEXT NOT NULL CHECK (act IN ('lock', 'unlock')),
  reason TEXT NOT NULL,
  by TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  expires_at INTEGER,
  -- An unlock ends when the account has spent this much since it was given.
  money_limit INTEGER,
  posted_when_given INTEGER NOT NULL,
  -- Who paid for the line then; none if it was vacant.
  payer TEXT
) STRICT;
`;

const LEDGER = `
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('student', 'house')),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  language TEXT NOT NULL DEFAULT 'en',
  name TEXT,
  automatic_threshold INTEGER,
  automatic_target INTEGER,
  closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
  -- 0: money named this account before the cloud described it.
  described INTEGER NOT NULL DEFAULT 1 CHECK (described IN (0, 1)),
  -- What a transfer refers to: both of its accounts have its currency.
  UNIQUE (id, currency)
) STRICT;

-- Sums of the transfers, kept by trigger; balance = credit - debit.
CREATE TABLE balance (
  account TEXT PRIMARY KEY REFERENCES account (id),
  debit INTEGER NOT NULL DEFAULT 0 CHECK (debit >= 0),
  credit INTEGER NOT NULL DEFAULT 0 CHECK (credit >= 0)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER account_has_balance AFTER INSERT ON account BEGIN INSERT INTO balance (account) VALUES (NEW.id); END;

CREATE TABLE transfer (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
  currency TEXT NOT NULL,
  code TEXT NOT NULL,
  ref TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- The row of the up or the down log that says so.
  log TEXT NOT NULL CHECK (log IN ('up', 'down')),
  log_seq INTEGER NOT NULL,
  CHECK (debit <> credit),
  UNIQUE (code, ref),
  FOREIGN KEY (debit, currency) REFERENCES account (id, currency),
  FOREIGN KEY (credit, currency) REFERENCES account (id, currency)
) STRICT;
CREATE INDEX transfer_of_debit ON transfer (debit);
CREATE INDEX transfer_of_credit ON transfer (credit);
CREATE TRIGGER transfer_is_final BEFORE UPDATE ON transfer BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER transfer_stays BEFORE DELETE ON transfer BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER transfer_moves_money AFTER INSERT ON transfer BEGIN
  UPDATE balance SET debit = debit + NEW.amount WHERE account = NEW.debit;
  UPDATE balance SET credit = credit + NEW.amount WHERE account = NEW.credit;
END;

-- Every call the box ever read, once. Its price or its reason is a fact; what is done about it later is another row.
CREATE TABLE call (
  -- Rises in the order of recording.
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('billed', 'watched', 'unbillable', 'before-go-live')),
  -- The up row that carries it; none before go-live.
  up_seq INTEGER UNIQUE,
  feed TEXT NOT NULL,
  family TEXT NOT NULL,
  first_line INTEGER NOT NULL,
  extension TEXT,
  direction TEXT NOT NULL,
  class TEXT,
  payer TEXT,
  started_at INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  -- Digits up to the matched prefix only; the whole number is a personal field beside the up row.
  prefix TEXT,
  destination TEXT,
  amount INTEGER,
  tax INTEGER,
  currency TEXT,
  reason TEXT,
  detail TEXT,
  tariff TEXT,
  working TEXT,
  flags TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  CHECK ((state IN ('billed', 'watched')) = (amount IS NOT NULL)),
  CHECK ((state = 'unbillable') = (reason IS NOT NULL))
) STRICT;
CREATE INDEX call_of_payer ON call (payer);
CREATE INDEX call_unbillable ON call (reason) WHERE state = 'unbillable';
CREATE TRIGGER call_is_final BEFORE UPDATE ON call BEGIN SELECT RAISE(ABORT, 'a recorded call is final'); END;
CREATE TRIGGER call_stays BEFORE DELETE ON call BEGIN SELECT RAISE(ABORT, 'a recorded call is final'); END;
`;

const LOGS = `
CREATE TABLE up_log (
  seq INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  basis INTEGER NOT NULL,
  body BLOB NOT NULL,
  content_hash BLOB NOT NULL,
  chain BLOB NOT NULL
) STRICT;
CREATE TABLE up_personal (
  seq INTEGER NOT NULL REFERENCES up_log (seq),
  name TEXT NOT NULL,
  salt BLOB NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (seq, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER up_is_final BEFORE UPDATE ON up_log BEGIN SELECT RAISE(ABORT, 'a journal row is final'); END;
CREATE TRIGGER up_stays BEFORE DELETE ON up_log BEGIN SELECT RAISE(ABORT, 'a journal row is final'); END;

CREATE TABLE down_log (
  seq INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  basis INTEGER NOT NULL,
  body BLOB NOT NULL,
  content_hash BLOB NOT NULL,
  chain BLOB NOT NULL
) STRICT;
CREATE TABLE down_personal (
  seq INTEGER NOT NULL REFERENCES down_log (seq),
  name TEXT NOT NULL,
  salt BLOB NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (seq, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER down_is_final BEFORE UPDATE ON down_log BEGIN SELECT RAISE(ABORT, 'a journal row is final'); END;
CREATE TRIGGER down_stays BEFORE DELETE ON down_log BEGIN SELECT RAISE(ABORT, 'a journal row is final'); END;

CREATE TABLE log_head (
  log TEXT PRIMARY KEY CHECK (log IN ('up', 'down')),
  seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  chain BLOB NOT NULL
) STRICT;
INSERT INTO log_head (log, seq, epoch, chain) VALUES ('up', 0, 0, zeroblob(32)), ('down', 0, 0, zeroblob(32));
`;

const CREDIT_AND_HEALTH = `
CREATE TABLE credit_state (
  account TEXT PRIMARY KEY REFERENCES account (id),
  -- 1 from the warning until the balance has risen well above the threshold again.
  warned INTEGER NOT NULL DEFAULT 0 CHECK (warned IN (0, 1)),
  -- The one open request for a top-up.
  request TEXT,
  requested_at INTEGER,
  refused INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1)),
  refusals INTEGER NOT NULL DEFAULT 0,
  ask_again_at INTEGER,
  -- Watch mode: what the calls would have cost so far.
  watched INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE line_state (
  extension TEXT PRIMARY KEY,
  -- JSON array, sorted: floor, refused, staff, unbillable, vacant.
  reasons TEXT NOT NULL,
  wanted TEXT NOT NULL CHECK (wanted IN ('open', 'locked')),
  -- Rises with every change of wanted.
  decision INTEGER NOT NULL,
  decided_at INTEGER NOT NULL,
  -- 0 unlock after payment, 1 unlock, 2 lock, 3 re-assert.
  urgency INTEGER NOT NULL,
  confirmed_decision INTEGER NOT NULL DEFAULT 0,
  actual_outgoing TEXT NOT NULL DEFAULT 'unknown' CHECK (actual_outgoing IN ('barred', 'open', 'unknown')),
  actual_incoming TEXT NOT NULL DEFAULT 'unknown' CHECK (actual_incoming IN ('diverted', 'normal', 'unknown')),
  actual_at INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  last_failure TEXT
) STRICT;

-- Automatic locks of late, for the brake; staff let it go again.
CREATE TABLE brake (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  held_since INTEGER
) STRICT;
INSERT INTO brake (one) VALUES (1);
CREATE TABLE newly_locked (extension TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX newly_locked_at ON newly_locked (at);
-- What came due by time alone was judged up to this instant.
CREATE TABLE review (one INTEGER PRIMARY KEY CHECK (one = 1), reviewed_at INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO review (one) VALUES (1);

CREATE TABLE incident (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  cure TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX incident_open ON incident (code, subject) WHERE ended_at IS NULL;

CREATE TABLE console_user (
  name TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE console_session (
  -- SHA-256 of the cookie: a copy of the database opens no door.
  token_hash BLOB PRIMARY KEY,
  name TEXT NOT NULL REFERENCES console_user (name),
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The one-time code that makes the first user; only its hash, gone once used.
CREATE TABLE console_setup (one INTEGER PRIMARY KEY CHECK (one = 1), code_hash BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT;
`;

/** What it takes to be one of the cloud's boxes: how far it holds our log, and a past that came as a snapshot. */
const CLOUD = `
-- Where a log begins on this box: 0, or the cut of the snapshot that it was made from.
ALTER TABLE log_head ADD COLUMN start_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE log_head ADD COLUMN start_chain BLOB NOT NULL DEFAULT x'${'00'.repeat(32)}';

CREATE TABLE cloud_link (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- The cloud holds the up log up to here, by its own signed word.
  up_acked INTEGER NOT NULL DEFAULT 0,
  -- The latest time that the cloud has said: no honest clock is before it.
  clock_floor INTEGER NOT NULL DEFAULT 0,
  -- Why this box may no longer write to the switchboard; outlasts a restart.
  fenced TEXT
) STRICT;
INSERT INTO cloud_link (one) VALUES (1);

-- A snapshot on its way: parts of one cut, until all are there.
CREATE TABLE snapshot_part (part INTEGER PRIMARY KEY, parts INTEGER NOT NULL, cut TEXT NOT NULL, items TEXT NOT NULL) STRICT;
-- Calls that were recorded before the cut: none is ever recorded again.
CREATE TABLE known_call (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;

const ACCOUNT_CODES = `
-- Dialled with a call, they say who pays. As the cloud told them last of each account.
CREATE TABLE account_code (
  account TEXT NOT NULL REFERENCES account (id),
  code TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER
) STRICT;
CREATE INDEX account_of_code ON account_code (code, from_at);
CREATE INDEX codes_of_account ON account_code (account);
`;

/** In order, for ever: a migration that has been released is never edited. */
export const MIGRATIONS: readonly string[] = [
  BOX_AND_FEEDS + SITE + LEDGER + LOGS + CREDIT_AND_HEALTH,
  CLOUD,
  ACCOUNT_CODES,
  RESOLUTIONS,
  ALLOWANCES + COSTS + WAITING,
];
