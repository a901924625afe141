// A range added to the tariffs of a site: the form, and what it would price, before it does.
import type {ComponentChildren, VNode} from 'preact';
import {microsFromDecimal, type Currency, type Micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {Duration, Money, Time} from '../../../shared/ui/figures.tsx';
import {Field} from '../../../shared/ui/form.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {EffectChange, RangeEffect} from '../../books/range-effect.ts';
import type {NewRange} from '../../tariff/add-range.ts';
import type {Site} from '../rows/sites.ts';
import {masked} from '../unknown-ranges.ts';
import {siteAddress} from './addresses.ts';
import {DateAndTime, DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {RangeKnown} from './unknown-ranges.tsx';

/** As typed. */
export type RangeFields = {
  readonly prefix: string;
  readonly destination: string;
  readonly perMinute: string;
  readonly initial: string;
  readonly next: string;
  readonly date: string;
  readonly time: string;
};

const BACK = '/desk/unbillable';
/** More are read by nobody; the sum has all of them. */
export const MOST_LISTED = 200;

type RangeForm = FormState & {
  readonly site: Site;
  readonly fields: RangeFields;
  /** What the tariff calls destinations of the country; undefined if no country is known yet. */
  readonly destinations: readonly string[] | undefined;
};

export function RangePage({site, fields, destinations, errors = {}, trouble}: RangeForm): VNode {
  const {range: words, unbillable} = useWords();
  return (
    <Frame current="unbillable" title={words.title(site.name)} lead={words.lead} back={{href: BACK, label: unbillable.all}}>
      <DeskForm
        action={`${siteAddress(site.id)}/range`}
        errors={errors}
        trouble={trouble}
        submit={words.goOn}
        back={BACK}
        between={destinations === undefined ? null : <Known prefix={fields.prefix} destinations={destinations} />}
      >
        <Field name="prefix" label={words.prefix} help={words.prefixHelp} value={fields.prefix} width="short" error={errors['prefix']} />
        <Field
          name="destination"
          label={words.destination}
          help={words.destinationHelp}
          value={fields.destination}
          error={errors['destination']}
        />
        <Field
          name="perMinute"
          label={words.price}
          help={words.priceHelp}
          value={fields.perMinute}
          inputMode="decimal"
          width="short"
          required={false}
          error={errors['perMinute']}
        />
        {(['initial', 'next'] as const).map((name) => (
          <Field
            key={name}
            name={name}
            label={words[name]}
            help={words.secondsHelp}
            value={fields[name]}
            inputMode="numeric"
            width="short"
            error={errors[name]}
          />
        ))}
        <DateAndTime
          labels={[words.date, words.time]}
          help={[words.dateHelp, words.timeHelp]}
          values={[fields.date, fields.time]}
          errors={errors}
        />
      </DeskForm>
    </Frame>
  );
}

/** More names are a list to search, not a sentence. */
const MOST_NAMES = 12;

function Known({prefix, destinations}: {readonly prefix: string; readonly destinations: readonly string[]}): VNode {
  const {range: words} = useWords();
  const some = destinations.slice(0, MOST_NAMES).join(', ');
  return (
    <Notice state="off" title={words.known}>
      <p>
        <RangeKnown prefix={prefix} />
      </p>
      <p>{destinations.length === 0 ? words.noDestinations : words.destinations(destinations.length > MOST_NAMES ? `${some} …` : some)}</p>
    </Notice>
  );
}

/** What it will do, each a sentence. */
export function useRangeWill(): (
  range: NewRange,
  effect: RangeEffect,
  of: {readonly currency: Currency; readonly secondAbove: Micros},
) => readonly ComponentChildren[] {
  const {range: words} = useWords();
  const {money, count} = useFigures();
  return ({to, from, prefix}, {priced, waiting, asked, isCut, total}, {currency, secondAbove}) => [
    priced.length === 0 ? words.willNone : words.will(count(priced.length), money(total, currency)),
    to.kind === 'existing'
      ? words.oldPrice(to.destination)
      : words.newPrice(priceText(to.perMinute, currency, money), String(to.initialSeconds), String(to.nextSeconds)),
    <FromWhen key="from" from={from} />,
    ...(asked === 0 ? [] : [words.asked(count(asked))]),
    ...(waiting === 0 ? [] : [words.waits(count(waiting))]),
    ...(isCut ? [words.isCut(count(priced.length + waiting))] : []),
    <RangeKnown key="known" prefix={prefix} />,
    words.kept,
    words.box,
    ...(total > secondAbove ? [words.second(money(secondAbove, currency))] : []),
  ];
}

/** As typed where a price has more decimals than an amount can have. */
export function priceText(perMinute: string, currency: Currency, money: (amount: number, currency: string) => string): string {
  const amount = microsFromDecimal(perMinute);
  return amount === undefined ? `${currency} ${perMinute}` : money(amount, currency);
}

function FromWhen({from}: {readonly from: Instant}): VNode {
  return (
    <>
      {useWords().range.from} <Time at={from} />.
    </>
  );
}

export type RangeQuestion = {
  readonly site: Site;
  readonly range: NewRange;
  readonly fields: RangeFields;
  readonly effect: RangeEffect;
  /** What was shown, as the form carries it back. */
  readonly shown: string;
  readonly secondAbove: Micros;
  /** Nothing was done, because it is not any more what was shown. */
  readonly change: EffectChange | undefined;
};

export function RangeConfirmPage({site, range, fields, effect, shown, secondAbove, change}: RangeQuestion): VNode {
  const {range: words} = useWords();
  const willOf = useRangeWill();
  const {currency} = site;
  const isDear = effect.isCut || effect.total > secondAbove;
  return (
    <ConfirmPage
      current="unbillable"
      title={words.confirm(fields.prefix, fields.destination)}
      above={change === undefined ? null : <ChangedNotice title={words.changed} change={change} />}
      will={willOf(range, effect, {currency, secondAbove})}
      action={`${siteAddress(site.id)}/range`}
      fields={{...fields, hash: effect.hash, shown}}
      submit={isDear ? words.propose : words.submit}
      back={BACK}
    >
      <PricedTable effect={effect} currency={currency} />
    </ConfirmPage>
  );
}

/** What is other than a person saw. */
export function ChangedNotice({title, change}: {readonly title: string; readonly change: EffectChange}): VNode {
  const {range: words} = useWords();
  const {count} = useFigures();
  const {added, gone, otherPrice, isOtherSchedule} = change;
  const says = [
    ...(added === 0 ? [] : [words.changes.added(count(added))]),
    ...(gone === 0 ? [] : [words.changes.gone(count(gone))]),
    ...(otherPrice === 0 ? [] : [words.changes.otherPrice(count(otherPrice))]),
    ...(isOtherSchedule ? [words.changes.schedule] : []),
  ];
  return (
    <Notice state="warning" title={title}>
      <p>
        {(says.length === 0 ? [words.changes.other] : says).join(' ')} {words.changedNow}
      </p>
    </Notice>
  );
}

export function PricedTable({effect: {priced}, currency}: {readonly effect: RangeEffect; readonly currency: Currency}): VNode | null {
  const {range: words} = useWords();
  const {count} = useFigures();
  const {columns} = words;
  if (priced.length === 0) return null;
  return (
    <>
      <Table
        caption={words.list}
        rows={priced.slice(0, MOST_LISTED)}
        rowKey={({call}) => String(call.upSeq)}
        columns={[
          {head: columns.when, kind: 'key', cell: ({call}) => <Time at={call.startedAt} />},
          {head: columns.number, cell: ({call}) => <span class="figure">{masked(call.number)}</span>},
          {head: columns.duration, kind: 'figure', cell: ({call}) => <Duration seconds={call.seconds} />},
          {head: columns.price, kind: 'figure', cell: ({amount}) => <Money amount={amount} currency={currency} />},
        ]}
      />
      {priced.length > MOST_LISTED ? <p class="soft">{words.listCut(count(MOST_LISTED), count(priced.length))}</p> : null}
    </>
  );
}
