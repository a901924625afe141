// Ranges that no tariff knows: what their numbers are by libphonenumber, how many calls wait for each, what may be at stake.
import type {VNode} from 'preact';
import type {Currency} from '../../../shared/money/micros.ts';
import {rangeFacts, type NumberStanding} from '../../../shared/telephone/range-facts.ts';
import {instant} from '../../../shared/time/instant.ts';
import {Age, Count, Money} from '../../../shared/ui/figures.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {Table} from '../../../shared/ui/table.tsx';
import {micros} from '../../../shared/money/micros.ts';
import type {Site} from '../rows/sites.ts';
import type {UnknownRange} from '../unknown-ranges.ts';
import {prefixAddress, rangeAddress} from './addresses.ts';
import {useFigures, useMay, useWords} from './ground.ts';

export type SiteRange = {
  readonly site: Site;
  readonly range: UnknownRange;
  /** A range that staff have asked for and that holds this one. */
  readonly added?: {readonly href: string; readonly isOpen: boolean} | undefined;
};

/** An estimate is no more exact than that. */
const SHOWN_MICROS = 10_000;

/** Rounded up, to what people pay in. */
function estimated(stake: number): number {
  return Math.ceil(stake / SHOWN_MICROS) * SHOWN_MICROS;
}

/** `£3.40 and €1.20`: sites may have several currencies. */
export function useStakeText(): (ranges: readonly SiteRange[]) => string {
  const {unbillable: words} = useWords();
  const {money} = useFigures();
  return (ranges) => {
    const sums = new Map<Currency, number>();
    for (const {site, range} of ranges) sums.set(site.currency, (sums.get(site.currency) ?? 0) + range.stake);
    return [...sums].map(([currency, sum]) => money(estimated(sum), currency)).join(words.and);
  };
}

export function UnknownRangeTable({ranges, withSite}: {readonly ranges: readonly SiteRange[]; readonly withSite: boolean}): VNode {
  const {unbillable: words} = useWords();
  const {rangeColumns: columns} = words;
  const mayAdd = useMay('admin');
  return (
    <Table
      caption={words.rangesList}
      rows={ranges}
      rowKey={({site, range}) => `${site.id} ${range.prefix}`}
      columns={[
        {head: columns.prefix, kind: 'key', cell: ({site, range}) => <PrefixCell site={site} range={range} />},
        ...(withSite ? [{head: columns.site, cell: ({site}: SiteRange) => site.name}] : []),
        {head: columns.calls, kind: 'figure', cell: ({range}) => <Count value={range.calls} />},
        {head: columns.minutes, kind: 'figure', cell: ({range}) => <Count value={range.minutes} />},
        {head: columns.newest, cell: ({range}) => <Age at={instant(range.newest)} />},
        {head: columns.stake, kind: 'figure', cell: ({site, range}) => <Stake currency={site.currency} range={range} />},
        {
          head: words.actsColumn,
          kind: 'act',
          cell: ({site, range: {prefix}, added}) => {
            if (added !== undefined) return <a href={added.href}>{added.isOpen ? words.addedWaits : words.added}</a>;
            return mayAdd && prefix.startsWith('+') ? <a href={rangeAddress(site.id, prefix)}>{words.addRange}</a> : null;
          },
        },
      ]}
    />
  );
}

function PrefixCell({site, range: {prefix}}: SiteRange): VNode {
  if (!prefix.startsWith('+')) return <code>{prefix}…</code>;
  return (
    <>
      <a href={prefixAddress(site.id, prefix)}>
        <code>{prefix}…</code>
      </a>
      <span class="under soft">
        <RangeKnown prefix={prefix} />
      </span>
    </>
  );
}

/** The estimate, and how it was reckoned. */
function Stake({currency, range}: {readonly currency: Currency; readonly range: UnknownRange}): VNode {
  const {unbillable: words} = useWords();
  const {stake, unknown, calls} = range;
  if (unknown === calls) return <span class="soft">{words.stakeUnknown}</span>;
  return (
    <>
      <Money amount={micros(estimated(stake))} currency={currency} />
      <span class="under soft">
        <StakeWay currency={currency} range={range} />
      </span>
    </>
  );
}

export function StakeWay({currency, range}: {readonly currency: Currency; readonly range: UnknownRange}): VNode {
  const {unbillable: words} = useWords();
  const {money, count} = useFigures();
  const {unknown} = range;
  const [way, ...others] = range.ways;
  if (way === undefined) return <>{words.stakeUnknown}</>;
  const said = way.by === 'catch-all' ? words.stakeCatchAll : words.stakeDearest;
  return (
    <>
      {said(money(way.perMinute, currency), way.destination)}
      {others.length === 0 ? null : ` ${words.stakeOthers(count(others.length))}`}
      {unknown === 0 ? null : ` · ${words.stakeWithout(count(unknown))}`}
    </>
  );
}

/** What libphonenumber knows, in sentences. Live ranges may be unknown to it: nothing is refused for what stands here. */
export function RangeKnown({prefix}: {readonly prefix: string}): VNode {
  const {unbillable: words} = useWords();
  const {locale} = useSetting();
  const facts = rangeFacts(prefix.replace(/^\+/, ''));
  if (facts === undefined) return <>{words.factsNone}</>;
  const {regions, kinds, lengths, example} = facts;
  const [least, most] = [lengths[0], lengths.at(-1)];
  const names = new Intl.DisplayNames(locale, {type: 'region'});
  const countries =
    regions.length === 0
      ? words.noCountry
      : listed(
          regions.map((region) => names.of(region) ?? region),
          locale,
          'conjunction',
        );
  if (kinds.length > 0) {
    const said = listed(
      kinds.map((kind) => words.kinds[kind]),
      locale,
      'disjunction',
    );
    return <>{words.factsKnown(said, countries, example)}</>;
  }
  return (
    <>
      {words.factsUnknown(countries)}{' '}
      {least === undefined || most === undefined ? words.factsTooLong : words.factsLengths(least, most, example)}
    </>
  );
}

/** Whether the numbers that were called are known or possible. */
export function Standings({standings}: Pick<UnknownRange, 'standings'>): VNode {
  const {unbillable: words} = useWords();
  const {count} = useFigures();
  const names = (['known', 'possible', 'impossible'] satisfies readonly NumberStanding[]).filter((name) => standings[name] > 0);
  return (
    <ul class="will">
      {names.map((name) => (
        <li key={name}>{words.standings[name](count(standings[name]))}</li>
      ))}
    </ul>
  );
}

/** More of them say nothing more. */
const MOST_LISTED = 4;

function listed(texts: readonly string[], locale: string, type: 'conjunction' | 'disjunction'): string {
  const some = texts.length > MOST_LISTED ? [...texts.slice(0, MOST_LISTED), '…'] : texts;
  return new Intl.ListFormat(locale, {type, style: 'long'}).format(some);
}
