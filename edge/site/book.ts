// The site as the cloud described it: accounts, lines, tenancies, policy, tariffs.
// In: rows from the cloud, already in order. Out: who pays, under which rules, at which price. Never true: money moves here.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {AllowanceLeft} from '../../shared/tariff/allowance.ts';
import type {CompiledTariff} from '../../shared/tariff/compile.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../shared/wire/kinds.ts';
import type {Database} from '../store/open.ts';
import {createAllowances} from './allowances.ts';

export type ExtensionClass = DownBody<'extension'>['class'];

export type SiteBook = {
  /** The rules in force; undefined until the cloud has sent any. */
  readonly policy: () => Policy | undefined;
  readonly extensionClass: (extension: string) => ExtensionClass | undefined;
  /** Who pays for a call that started on this line at that instant. */
  readonly payerAt: (extension: string, at: Instant) => AccountId | undefined;
  /** Whose account code this was at that instant; undefined for nobody's. */
  readonly payerOfCode: (code: string, at: Instant) => AccountId | undefined;
  /** The tariff of the newest schedule that is in force at that instant. */
  readonly tariffAt: (at: Instant) => CompiledTariff | undefined;
  /** By what the carrier charges for a call that began then: `no-tariff` if none was in force, undefined if nobody wants to know. */
  readonly carrierAt: (at: Instant) => CompiledTariff | 'no-tariff' | undefined;
  /** What is left of free allowances to whoever pays for a call to that destination which began then. */
  readonly allowancesFor: (payer: AccountId, destination: string, start: Instant) => readonly AllowanceLeft[];
  /** Every line of the site. */
  readonly extensions: () => readonly string[];
  /** The lines that this account pays for at that instant. */
  readonly linesOf: (account: AccountId, at: Instant) => readonly string[];
  /** Something was written: what was remembered is read again. */
  readonly changed: () => void;
};

type Entries = DownBody<'schedule'>['entries'];

/** Undefined for a text that is no tariff: its calls wait as `no-tariff`. */
type Compile = (text: string) => CompiledTariff | undefined;

export function createSiteBook(database: Database, compile: Compile): SiteBook {
  const selectPolicy = database.prepare<[], {body: string}>('SELECT body FROM policy');
  const selectSchedule = database.prepare<[], {body: string}>('SELECT body FROM schedule');
  const selectTariff = database.prepare<[string], {text: string}>('SELECT text FROM tariff WHERE hash = ?');
  const selectClass = database.prepare<[string], {class: ExtensionClass}>('SELECT class FROM extension WHERE extension = ?');
  const selectExtensions = database.prepare<[], {extension: string}>('SELECT extension FROM extension ORDER BY extension');
  const selectPayer = database.prepare<[string, number, number], {account: AccountId}>(
    'SELECT account FROM tenancy WHERE extension = ? AND from_at <= ? AND (to_at IS NULL OR to_at > ?) ORDER BY from_at DESC LIMIT 1',
  );
  const selectPayerOfCode = database.prepare<[string, number, number], {account: AccountId}>(
    'SELECT account FROM account_code WHERE code = ? AND from_at <= ? AND (to_at IS NULL OR to_at > ?) ORDER BY from_at DESC, account LIMIT 1',
  );
  const selectLines = database.prepare<[string, number, number], {extension: string}>(
    'SELECT extension FROM tenancy WHERE account = ? AND from_at <= ? AND (to_at IS NULL OR to_at > ?) ORDER BY extension',
  );
  // A schedule has few tariffs and each is compiled once: an immutable text is known by its hash.
  // Also what is no tariff: it is not read again for every call.
  const compiled = new Map<string, CompiledTariff | undefined>();
  const allowances = createAllowances(database);
  let policy: Policy | undefined;
  let schedule: Entries = [];
  let carrier: Entries = [];

  const changed = (): void => {
    const policyRow = selectPolicy.get();
    policy = policyRow === undefined ? undefined : (JSON.parse(policyRow.body) as Policy);
    const scheduleRow = selectSchedule.get();
    const told = scheduleRow === undefined ? undefined : (JSON.parse(scheduleRow.body) as DownBody<'schedule'>);
    schedule = told?.entries ?? [];
    carrier = told?.carrier ?? [];
    const inUse = new Set([...schedule, ...carrier].map((entry) => entry.tariff));
    for (const hash of compiled.keys()) if (!inUse.has(hash)) compiled.delete(hash);
    allowances.changed(policy?.zone);
  };

  const inForce = (entries: Entries, at: Instant): CompiledTariff | undefined => {
    const hash = entries.findLast((candidate) => candidate.from <= at)?.tariff;
    if (hash === undefined) return undefined;
    if (compiled.has(hash)) return compiled.get(hash);
    const row = selectTariff.get(hash);
    if (row === undefined) return undefined;
    const tariff = compile(row.text);
    compiled.set(hash, tariff);
    return tariff;
  };

  changed();
  return {
    policy: () => policy,
    extensionClass: (extension) => selectClass.get(extension)?.class,
    payerAt: (extension, at) => selectPayer.get(extension, at, at)?.account,
    payerOfCode: (code, at) => selectPayerOfCode.get(code, at, at)?.account,
    tariffAt: (at) => inForce(schedule, at),
    carrierAt: (at) => (carrier.length === 0 ? undefined : (inForce(carrier, at) ?? 'no-tariff')),
    allowancesFor: allowances.left,
    extensions: () => selectExtensions.all().map((row) => row.extension),
    linesOf: (account, at) => selectLines.all(account, at, at).map((row) => row.extension),
    changed,
  };
}
