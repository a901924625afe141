// Money: one row is one transfer, balanced by construction, final; and the calls that it was for.
export const LEDGER = `
CREATE TABLE account (
  site TEXT NOT NULL REFERENCES site (id),
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('student', 'house')),
  currency TEXT NOT NULL,
  PRIMARY KEY (site, id),
  -- What a transfer refers to: both of its accounts have its currency.
  UNIQUE (site, id, currency)
) STRICT, WITHOUT ROWID;

-- Sums of the transfers, kept by trigger; balance = credit - debit.
CREATE TABLE balance (
  site TEXT NOT NULL,
  account TEXT NOT NULL,
  debit INTEGER NOT NULL DEFAULT 0 CHECK (debit >= 0),
  credit INTEGER NOT NULL DEFAULT 0 CHECK (credit >= 0),
  PRIMARY KEY (site, account),
  FOREIGN KEY (site, account) REFERENCES account (site, id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER account_has_balance AFTER INSERT ON account BEGIN
  INSERT INTO balance (site, account) VALUES (NEW.site, NEW.id);
END;
CREATE TRIGGER account_has_currency BEFORE INSERT ON account
WHEN NEW.currency <> (SELECT currency FROM site WHERE id = NEW.site) BEGIN
  SELECT RAISE(ABORT, 'a site has one currency');
END;

CREATE TABLE transfer (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  site TEXT NOT NULL,
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
  UNIQUE (site, code, ref),
  FOREIGN KEY (site, debit, currency) REFERENCES account (site, id, currency),
  FOREIGN KEY (site, credit, currency) REFERENCES account (site, id, currency)
) STRICT;
-- The history of revenue and vat is that of the calls: half of a call's index entries would be theirs, for nobody to read.
CREATE INDEX transfer_of_debit ON transfer (site, debit, at) WHERE debit <> 'revenue' AND debit <> 'vat';
CREATE INDEX transfer_of_credit ON transfer (site, credit, at) WHERE credit <> 'revenue' AND credit <> 'vat';
-- The transfers of an account with their sign, by the two indexes above.
CREATE VIEW posting AS
  SELECT seq, site, debit AS account, credit AS other, -amount AS amount, currency, code, ref, at, log, log_seq
    FROM transfer WHERE debit <> 'revenue' AND debit <> 'vat'
  UNION ALL
  SELECT seq, site, credit AS account, debit AS other, amount, currency, code, ref, at, log, log_seq
    FROM transfer WHERE credit <> 'revenue' AND credit <> 'vat';
CREATE TRIGGER transfer_is_final BEFORE UPDATE ON transfer BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER transfer_stays BEFORE DELETE ON transfer BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER transfer_moves_money AFTER INSERT ON transfer BEGIN
  UPDATE balance SET debit = debit + NEW.amount WHERE site = NEW.site AND account = NEW.debit;
  UPDATE balance SET credit = credit + NEW.amount WHERE site = NEW.site AND account = NEW.credit;
  -- Calls and chargebacks have happened; money that we give back is our decision, and there must be some.
  SELECT RAISE(ABORT, 'more than there is') WHERE NEW.code = 'REFUND' AND EXISTS (
    SELECT 1 FROM balance JOIN account ON account.site = balance.site AND account.id = balance.account
    WHERE balance.site = NEW.site AND balance.account = NEW.debit AND account.kind = 'student' AND balance.credit < balance.debit);
END;

-- What the box recorded, as its up rows say. Numbers lie beside the up row; the working is in its body.
CREATE TABLE call (
  site TEXT NOT NULL,
  id TEXT NOT NULL,
  up_seq INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('billed', 'watched', 'unbillable')),
  extension TEXT,
  direction TEXT NOT NULL,
  class TEXT,
  payer TEXT,
  started_at INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  -- Digits up to the matched prefix.
  prefix TEXT,
  destination TEXT,
  amount INTEGER,
  tax INTEGER,
  reason TEXT,
  detail TEXT,
  -- Found by its id through the up row, which alone keeps ids apart: a second index of random keys costs a fifth of intake.
  PRIMARY KEY (site, up_seq),
  FOREIGN KEY (site, up_seq) REFERENCES up_log (site, seq),
  CHECK ((state = 'unbillable') = (reason IS NOT NULL)),
  CHECK ((state = 'unbillable') = (amount IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX call_of_payer ON call (site, payer, started_at);
CREATE INDEX call_of_extension ON call (site, extension, started_at);
CREATE INDEX call_unbillable ON call (site, reason, started_at) WHERE reason IS NOT NULL;
CREATE TRIGGER call_is_final BEFORE UPDATE ON call BEGIN SELECT RAISE(ABORT, 'a recorded call is final'); END;
CREATE TRIGGER call_stays BEFORE DELETE ON call BEGIN SELECT RAISE(ABORT, 'a recorded call is final'); END;

-- What credit control on the box last said of a line.
CREATE TABLE line_state (
  site TEXT NOT NULL,
  extension TEXT NOT NULL,
  wanted TEXT NOT NULL CHECK (wanted IN ('open', 'locked')),
  -- JSON array, sorted: floor, refused, staff, unbillable, vacant.
  reasons TEXT NOT NULL,
  at INTEGER NOT NULL,
  up_seq INTEGER NOT NULL,
  PRIMARY KEY (site, extension)
) STRICT, WITHOUT ROWID;
`;
