// A range added to the tariffs of a site: the form, and what it would price, before it does.
import type {VNode} from 'preact';
import {micros, type Micros} from '../../../shared/money/micros.ts';
import {Duration, Money, Time} from '../../../shared/ui/figures.tsx';
import {Field} from '../../../shared/ui/form.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Call} from '../../books/calls.ts';
import type {Site} from '../rows/sites.ts';
import {masked} from '../unknown-ranges.ts';
import {siteAddress} from './addresses.ts';
import {DateAndTime, DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';

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

export function RangePage({site, fields, errors = {}, trouble}: FormState & {readonly site: Site; readonly fields: RangeFields}): VNode {
  const {unbillable: words} = useWords();
  return (
    <Frame current="unbillable" title={words.rangeTitle(site.name)} lead={words.rangeLead} back={{href: BACK, label: words.all}}>
      <DeskForm action={`${siteAddress(site.id)}/range`} errors={errors} trouble={trouble} submit={words.rangeNext2} back={BACK}>
        <Field
          name="prefix"
          label={words.rangePrefix}
          help={words.rangePrefixHelp}
          value={fields.prefix}
          width="short"
          error={errors['prefix']}
        />
        <Field
          name="destination"
          label={words.rangeDestination}
          help={words.rangeDestinationHelp}
          value={fields.destination}
          error={errors['destination']}
        />
        <Field
          name="perMinute"
          label={words.rangePrice}
          help={words.rangePriceHelp}
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
            label={name === 'initial' ? words.rangeInitial : words.rangeNext}
            help={words.rangeSecondsHelp}
            value={fields[name]}
            inputMode="numeric"
            width="short"
            error={errors[name]}
          />
        ))}
        <DateAndTime
          labels={[words.rangeDate, words.rangeTime]}
          help={[words.rangeDateHelp, words.rangeTimeHelp]}
          values={[fields.date, fields.time]}
          errors={errors}
        />
      </DeskForm>
    </Frame>
  );
}

export type RangeEffect = {
  readonly priced: readonly {readonly call: Call; readonly amount: Micros}[];
  readonly waiting: number;
  /** So many calls were looked at, and there may be more. */
  readonly looked: number;
};

export function RangeConfirmPage({
  site,
  fields,
  effect: {priced, waiting, looked},
}: {
  readonly site: Site;
  readonly fields: RangeFields;
  readonly effect: RangeEffect;
}): VNode {
  const {unbillable: words} = useWords();
  const {money, count} = useFigures();
  const {rangeColumns: columns} = words;
  const {currency} = site;
  const sum = micros(priced.reduce((total, {amount}) => total + amount, 0));
  return (
    <ConfirmPage
      current="unbillable"
      title={words.rangeConfirm(fields.prefix, fields.destination)}
      will={[
        words.rangeWill(count(priced.length), money(sum, currency)),
        words.rangeWaits(count(waiting)),
        words.rangeNewest(count(looked)),
        words.rangeKept,
        words.rangeBox,
      ]}
      action={`${siteAddress(site.id)}/range`}
      fields={fields}
      submit={words.rangeSubmit}
      back={BACK}
    >
      {priced.length === 0 ? null : (
        <Table
          caption={words.rangeList}
          rows={priced}
          rowKey={({call}) => call.id}
          columns={[
            {head: columns.when, kind: 'key', cell: ({call}) => <Time at={call.startedAt} />},
            {head: columns.number, cell: ({call}) => <span class="figure">{masked(call.number ?? '')}</span>},
            {head: columns.duration, kind: 'figure', cell: ({call}) => <Duration seconds={call.seconds} />},
            {head: columns.price, kind: 'figure', cell: ({amount}) => <Money amount={amount} currency={currency} />},
          ]}
        />
      )}
    </ConfirmPage>
  );
}
