// The cloud's tables for SQLite, one migration after the other. Facts are append-only: triggers refuse to change or delete them.
// Amounts are micros unless a name says `minor`, times milliseconds UTC, hashes 32 bytes, flags 0 or 1, JSON text.
// PostgreSQL gets the same tables from a file beside this one: no rowid semantics, no SQLite-only type, no OR REPLACE.

import {ADJUSTMENT} from './schema/adjustment.ts';
import {ALLOWANCE} from './schema/allowance.ts';
import {FLEET} from './schema/fleet.ts';
import {LEDGER} from './schema/ledger.ts';
import {NOTICE} from './schema/notice.ts';
import {PAYMENT} from './schema/payment.ts';
import {PEOPLE} from './schema/people.ts';
import {RANGE} from './schema/range.ts';
import {RESOLUTION} from './schema/resolution.ts';
import {LOGS, SITES} from './schema/sites.ts';
import {TARIFF_DRAFT} from './schema/tariff-draft.ts';

/** In order, for ever: a migration that has been released is never edited. */
export const MIGRATIONS: readonly string[] = [
  SITES + LOGS + LEDGER + PEOPLE + FLEET + PAYMENT + NOTICE,
  RESOLUTION,
  ALLOWANCE + TARIFF_DRAFT + ADJUSTMENT + RANGE,
];
