// The payment machine: its edges are rows, so that no code can take one that is not there.
/** From → to. What is not here cannot happen, whatever the code says. */
const EDGES: Readonly<Record<string, readonly string[]>> = {
  created: ['submitting', 'canceled'],
  submitting: ['succeeded', 'failed', 'pending', 'action_required', 'unknown', 'created'],
  action_required: ['pending', 'succeeded', 'failed', 'canceled', 'unknown'],
  pending: ['succeeded', 'failed', 'unknown'],
  // A hosted page whose making was not answered may turn out to be open, or to have run out.
  unknown: ['succeeded', 'failed', 'pending', 'reversing', 'action_required', 'canceled'],
  // Paid in the last second.
  failed: ['succeeded'],
  canceled: ['succeeded'],
  reversing: ['reversed', 'succeeded', 'failed'],
  succeeded: [],
  reversed: [],
};

const OPEN_STATES = "('created', 'submitting', 'pending', 'action_required', 'unknown', 'reversing')";

export const PAYMENT = `
CREATE TABLE payment_state (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE payment_edge (
  from_state TEXT NOT NULL REFERENCES payment_state (name),
  to_state TEXT NOT NULL REFERENCES payment_state (name),
  PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;
INSERT INTO payment_state (name) VALUES ${Object.keys(EDGES)
  .map((state) => `('${state}')`)
  .join(', ')};
INSERT INTO payment_edge (from_state, to_state) VALUES ${Object.entries(EDGES)
  .flatMap(([from, tos]) => tos.map((to) => `('${from}', '${to}')`))
  .join(', ')};

CREATE TABLE saved_method (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  account TEXT NOT NULL,
  provider TEXT NOT NULL CHECK (provider IN ('card', 'cashless')),
  customer TEXT,
  token TEXT NOT NULL,
  -- Such as: Visa ending 4242.
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  removed_at INTEGER,
  FOREIGN KEY (site, account) REFERENCES account (site, id)
) STRICT;
CREATE UNIQUE INDEX saved_method_once ON saved_method (account, provider, token) WHERE removed_at IS NULL;

CREATE TABLE automatic_top_up (
  account TEXT PRIMARY KEY REFERENCES student (account),
  is_on INTEGER NOT NULL CHECK (is_on IN (0, 1)),
  threshold INTEGER NOT NULL CHECK (threshold >= 0),
  target INTEGER NOT NULL CHECK (target > threshold),
  -- Hard: succeeded and open of this calendar month, plus the new one, never pass it.
  monthly_cap INTEGER NOT NULL CHECK (monthly_cap > 0),
  method TEXT NOT NULL REFERENCES saved_method (id),
  changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE payment (
  -- Made before anything is sent: by the browser's page, or the box's request.
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  account TEXT NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('card', 'cashless', 'cash')),
  origin TEXT NOT NULL CHECK (origin IN ('manual', 'auto', 'desk')),
  amount_minor INTEGER NOT NULL CHECK (amount_minor BETWEEN 1 AND 9007199254),
  currency TEXT NOT NULL,
  state TEXT NOT NULL REFERENCES payment_state (name),
  -- Rises with every event.
  version INTEGER NOT NULL DEFAULT 0,
  how TEXT NOT NULL CHECK (how IN ('hosted', 'saved', 'cash')),
  saved_method TEXT REFERENCES saved_method (id),
  save INTEGER NOT NULL DEFAULT 0 CHECK (save IN (0, 1)),
  -- The provider's name for it, and its hosted page while that is open.
  reference TEXT,
  url TEXT,
  url_expires_at INTEGER,
  failure TEXT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  -- The janitor's clock.
  looks INTEGER NOT NULL DEFAULT 0,
  look_at INTEGER,
  UNIQUE (method, reference),
  FOREIGN KEY (site, account, currency) REFERENCES account (site, id, currency),
  CHECK (how <> 'saved' OR saved_method IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX payment_one_automatic ON payment (account) WHERE origin = 'auto' AND state IN ${OPEN_STATES};
CREATE INDEX payment_of_account ON payment (site, account, created_at);
CREATE INDEX payment_to_look_at ON payment (look_at) WHERE look_at IS NOT NULL;
CREATE TRIGGER payment_stays BEFORE DELETE ON payment BEGIN SELECT RAISE(ABORT, 'a payment stays'); END;
CREATE TRIGGER payment_amount_is_final BEFORE UPDATE OF id, site, account, method, origin, amount_minor, currency ON payment BEGIN
  SELECT RAISE(ABORT, 'what was to be paid is final');
END;
CREATE TRIGGER payment_moves_by_event BEFORE UPDATE OF state, version ON payment
WHEN NOT EXISTS (
  SELECT 1 FROM payment_event WHERE payment = NEW.id AND version = NEW.version AND from_state = OLD.state AND to_state = NEW.state
) BEGIN
  SELECT RAISE(ABORT, 'a payment changes by an event');
END;

CREATE TABLE payment_attempt (
  payment TEXT NOT NULL REFERENCES payment (id),
  number INTEGER NOT NULL,
  key TEXT NOT NULL UNIQUE,
  body_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  PRIMARY KEY (payment, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_event (
  payment TEXT NOT NULL REFERENCES payment (id),
  version INTEGER NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  -- student, worker, webhook, return, janitor, box, or a person of staff.
  source TEXT NOT NULL,
  evidence TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (payment, version),
  FOREIGN KEY (from_state, to_state) REFERENCES payment_edge (from_state, to_state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER payment_event_is_next BEFORE INSERT ON payment_event
WHEN NOT EXISTS (SELECT 1 FROM payment WHERE id = NEW.payment AND state = NEW.from_state AND version = NEW.version - 1) BEGIN
  SELECT RAISE(ABORT, 'the payment is in another state by now');
END;
CREATE TRIGGER payment_event_moves AFTER INSERT ON payment_event BEGIN
  UPDATE payment SET state = NEW.to_state, version = NEW.version, changed_at = NEW.at WHERE id = NEW.payment;
END;
CREATE TRIGGER payment_event_is_final BEFORE UPDATE ON payment_event BEGIN SELECT RAISE(ABORT, 'a payment event is final'); END;
CREATE TRIGGER payment_event_stays BEFORE DELETE ON payment_event BEGIN SELECT RAISE(ABORT, 'a payment event is final'); END;

-- Hints that a provider sent: each once.
CREATE TABLE provider_event (
  provider TEXT NOT NULL,
  event TEXT NOT NULL,
  payment TEXT,
  reference TEXT,
  received_at INTEGER NOT NULL,
  handled_at INTEGER,
  PRIMARY KEY (provider, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_event_waiting ON provider_event (received_at) WHERE handled_at IS NULL;

-- What a box asked for, under the id that is the payment's id.
CREATE TABLE top_up_request (
  request TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  account TEXT NOT NULL,
  amount INTEGER NOT NULL,
  available INTEGER NOT NULL,
  at INTEGER NOT NULL,
  lapses_at INTEGER NOT NULL,
  up_seq INTEGER NOT NULL,
  -- The last result that was sent down.
  result TEXT
) STRICT;
CREATE INDEX top_up_request_of_account ON top_up_request (site, account, at);
`;
