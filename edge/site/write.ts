// Writes what the cloud says of the site, inside the transaction that applies its rows. A replica never refuses a fact: what
// contradicts itself (two tenancies that overlap) is stored as told, and the newest wins where one must be chosen.
import type {Readers} from '../../shared/wire/reader.ts';
import type {Database} from '../store/open.ts';

export type SiteReaders = Pick<Readers, 'account' | 'extension' | 'tenancy' | 'policy' | 'tariff' | 'schedule' | 'allowance'> & {
  /** The line that a tenancy is of, as told before; undefined for one that is not known yet. */
  readonly lineOfTenancy: (tenancy: string) => string | undefined;
};

export function createSiteReaders(database: Database): SiteReaders {
  const account = database.prepare<unknown[]>(`
    INSERT INTO account (id, kind, currency, language, name, automatic_threshold, automatic_target, closed, described)
    VALUES (?, 'student', ?, ?, ?, ?, ?, ?, 1)
    ON CONFLICT (id) DO UPDATE SET language = excluded.language, name = excluded.name, described = 1, closed = excluded.closed,
      automatic_threshold = excluded.automatic_threshold, automatic_target = excluded.automatic_target`);
  const forgetCodes = database.prepare<[string]>('DELETE FROM account_code WHERE account = ?');
  const code = database.prepare<unknown[]>('INSERT INTO account_code (account, code, from_at, to_at) VALUES (?, ?, ?, ?)');
  const extension = database.prepare<unknown[]>(`
    INSERT INTO extension (extension, class) VALUES (?, ?) ON CONFLICT (extension) DO UPDATE SET class = excluded.class`);
  const tenancy = database.prepare<unknown[]>(`
    INSERT INTO tenancy (id, extension, account, from_at, to_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET extension = excluded.extension, account = excluded.account,
      from_at = excluded.from_at, to_at = excluded.to_at`);
  const selectLine = database.prepare<[string], string>('SELECT extension FROM tenancy WHERE id = ?').pluck();
  const knownExtension = database.prepare<unknown[]>(`
    INSERT INTO extension (extension, class) VALUES (?, 'student') ON CONFLICT (extension) DO NOTHING`);
  const policy = database.prepare<unknown[]>(`
    INSERT INTO policy (one, seq, body) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, body = excluded.body`);
  const tariff = database.prepare<unknown[]>('INSERT INTO tariff (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING');
  const schedule = database.prepare<unknown[]>(`
    INSERT INTO schedule (one, seq, body) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, body = excluded.body`);
  const allowance = database.prepare<unknown[]>(`
    INSERT INTO allowance (id, account, from_at, to_at, body) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET account = excluded.account, from_at = excluded.from_at, to_at = excluded.to_at, body = excluded.body`);
  return {
    lineOfTenancy: (id) => selectLine.get(id),
    account: (body) => {
      const {threshold = null, target = null} = body.automaticTopUp ?? {};
      account.run(body.account, body.currency, body.language, body.name ?? null, threshold, target, Number(body.closed));
      forgetCodes.run(body.account);
      for (const {code: dialled, from, to = null} of body.accountCodes ?? []) code.run(body.account, dialled, from, to);
    },
    extension: (body) => void extension.run(body.extension, body.class),
    tenancy: (body) => {
      knownExtension.run(body.extension);
      tenancy.run(body.tenancy, body.extension, body.account, body.from, body.to ?? null);
    },
    policy: (body, row) => void policy.run(row.seq, JSON.stringify(body)),
    tariff: (body) => void tariff.run(body.hash, body.text),
    schedule: (body, row) => void schedule.run(row.seq, JSON.stringify(body)),
    allowance: (body) => void allowance.run(body.allowance, body.account ?? null, body.from, body.to ?? null, JSON.stringify(body)),
  };
}
