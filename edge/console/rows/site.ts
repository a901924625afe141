// What pages need to know of the site's rules: floor, currency, the schedule of tariffs.
import type {Instant} from '../../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../../shared/wire/kinds.ts';
import type {Database} from '../../store/open.ts';

export type ScheduledTariff = {
  readonly from: Instant;
  readonly hash: string;
  /** Undefined where the box does not hold the text. */
  readonly text: {readonly name: string | undefined; readonly bytes: number} | undefined;
};

export type SiteReader = {
  readonly policy: () => Policy | undefined;
  /** Newest first. */
  readonly schedule: () => readonly ScheduledTariff[];
  /** Of a tariff by which a call that began then has its price. Undefined: the box holds no such tariff. */
  readonly pricedBy: (hash: string, startedAt: Instant) => PricedBy | undefined;
  readonly brakeSince: () => Instant | undefined;
};

export type PricedBy = {
  readonly hash: string;
  readonly name: string | undefined;
  /** Undefined: the schedule as it is now names it for no such time any more. */
  readonly from: Instant | undefined;
};

/** In canonical text the name stands behind the last of the large lists; a whole deck is not read for it. */
const TAIL = '"format":"spbs-tariff/1"';
const TAIL_CHARACTERS = 50_000;

export function createSiteReader(database: Database): SiteReader {
  const policy = database.prepare<[], {seq: number; body: string}>('SELECT seq, body FROM policy');
  const schedule = database.prepare<[], string>('SELECT body FROM schedule').pluck();
  const tariff = database.prepare<[string], {bytes: number; tail: string}>(`
    SELECT octet_length(text) AS bytes, substr(text, max(1, instr(text, '${TAIL}')), ${TAIL_CHARACTERS}) AS tail FROM tariff WHERE hash = ?`);
  const brake = database.prepare<[], number | null>('SELECT held_since FROM brake').pluck();
  let known: {readonly seq: number; readonly policy: Policy} | undefined;
  // A tariff never changes: what is known of a hash stays true.
  const texts = new Map<string, NonNullable<ScheduledTariff['text']>>();

  const textOf = (hash: string): ScheduledTariff['text'] => {
    const row = texts.has(hash) ? undefined : tariff.get(hash);
    if (row !== undefined) texts.set(hash, {name: nameIn(row.tail), bytes: row.bytes});
    return texts.get(hash);
  };

  const entries = (): DownBody<'schedule'>['entries'] => {
    const body = schedule.get();
    return body === undefined ? [] : (JSON.parse(body) as DownBody<'schedule'>).entries;
  };

  return {
    policy: () => {
      const row = policy.get();
      if (row !== undefined && known?.seq !== row.seq) known = {seq: row.seq, policy: JSON.parse(row.body) as Policy};
      return row === undefined ? undefined : known?.policy;
    },
    schedule: () =>
      entries()
        .toReversed()
        .map(({from, tariff: hash}) => ({from: from as Instant, hash, text: textOf(hash)})),
    pricedBy: (hash, startedAt) => {
      const text = textOf(hash);
      const entry = entries().findLast(({from}) => from <= startedAt);
      return text === undefined ? undefined : {hash, name: text.name, from: entry?.tariff === hash ? (entry.from as Instant) : undefined};
    },
    brakeSince: () => {
      const since = brake.get() ?? null;
      return since === null ? undefined : (since as Instant);
    },
  };
}

function nameIn(tail: string): string | undefined {
  const found = /"holidays":\[[^\]]*\],"name":("(?:[^"\\]|\\.)*")/.exec(tail)?.[1];
  return found === undefined ? undefined : (JSON.parse(found) as string);
}
