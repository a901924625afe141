// Corrections of calls: the list, what is asked for, and a proposal with its differences before somebody says yes.
import type {VNode} from 'preact';
import {micros} from '../../../shared/money/micros.ts';
import {Money, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Field, Select} from '../../../shared/ui/form.tsx';
import {Empty, Panel} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {ProposedRerating} from '../../books/reratings.ts';
import type {PublishedTariff} from '../../tariff/published.ts';
import type {Site} from '../rows/sites.ts';
import {reratingAddress, siteAddress} from './addresses.ts';
import {DateAndTime, DeskForm, FormNumber, type FormState} from './forms.tsx';
import {Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';

export type ReratingsView = {readonly site: Site; readonly reratings: readonly ProposedRerating[]; readonly late: number};

export function ReratingsPage({site, reratings, late}: ReratingsView): VNode {
  const {rerating: words} = useWords();
  const isAdmin = useMay('admin');
  const isClerk = useMay('clerk');
  const at = siteAddress(site.id);
  return (
    <Frame current="sites" title={words.title} lead={words.lead} back={{href: at, label: site.name}}>
      {late === 0 ? null : <LatePanel site={site} late={late} />}
      {isClerk ? (
        <p class="actions">
          {isAdmin ? (
            <a class="button" href={`${at}/re-rate`}>
              {words.byTariff}
            </a>
          ) : null}
          <a class="button" href={`${at}/move-calls`}>
            {words.byMove}
          </a>
        </p>
      ) : null}
      <Panel title={words.proposals}>
        {reratings.length === 0 ? <Empty title={words.empty}>{words.emptyHow}</Empty> : <ReratingTable site={site} reratings={reratings} />}
      </Panel>
    </Frame>
  );
}

function LatePanel({site, late}: {readonly site: Site; readonly late: number}): VNode {
  const {rerating: words} = useWords();
  const {count} = useFigures();
  return (
    <Panel title={words.lateTitle}>
      <p>{words.late(count(late))}</p>
      {useMay('admin') ? (
        <form method="post" action={`${siteAddress(site.id)}/rerating`} class="actions">
          <FormNumber />
          <button type="submit" class="button is-main">
            {words.lateSubmit}
          </button>
        </form>
      ) : null}
    </Panel>
  );
}

export function stateOf({decision}: ProposedRerating): 'open' | 'approved' | 'refused' | 'overtaken' {
  return decision?.kind ?? 'open';
}

function ReratingTable({site, reratings}: Omit<ReratingsView, 'late'>): VNode {
  const {rerating: words} = useWords();
  const {columns} = words;
  const {text} = useFigures();
  return (
    <Table
      caption={words.list}
      rows={reratings}
      rowKey={({id}) => id}
      dim={({decision}) => decision !== undefined && decision.kind !== 'approved'}
      columns={[
        {
          head: columns.when,
          kind: 'key',
          cell: ({id, at}) => (
            <a href={reratingAddress(id)}>
              <Time at={at} />
            </a>
          ),
        },
        {head: columns.what, cell: ({wish}) => words.causes[wish.cause]},
        {head: columns.calls, kind: 'figure', cell: ({calls}) => text(calls)},
        {head: columns.more, kind: 'figure', cell: ({more}) => <Money amount={micros(more)} currency={site.currency} />},
        {head: columns.less, kind: 'figure', cell: ({less}) => <Money amount={micros(less)} currency={site.currency} />},
        {
          head: columns.state,
          cell: (row) => <StateBadge state={BADGES[stateOf(row)]} word={words.states[stateOf(row)]} />,
        },
      ]}
    />
  );
}
export const BADGES = {open: 'warning', approved: 'ok', refused: 'off', overtaken: 'fault'} as const;

/** As typed. */
export type RerateFields = {
  readonly fromDate: string;
  readonly fromTime: string;
  readonly toDate: string;
  readonly toTime: string;
  readonly tariff: string;
  readonly account: string;
  readonly reason: string;
};
export type MoveFields = Omit<RerateFields, 'tariff' | 'account'> & {
  readonly extension: string;
  readonly paidBy: string;
  readonly payer: string;
};

type Span = Pick<RerateFields, 'fromDate' | 'fromTime' | 'toDate' | 'toTime'>;

function SpanFields({site, fields, errors}: {readonly site: Site; readonly fields: Span} & Pick<FormState, 'errors'>): VNode {
  const {rerating: words} = useWords();
  const time = words.timeHelp(site.zone);
  return (
    <>
      <DateAndTime
        names={['fromDate', 'fromTime']}
        labels={words.from}
        help={[words.fromHelp, time]}
        values={[fields.fromDate, fields.fromTime]}
        errors={errors}
      />
      <DateAndTime
        names={['toDate', 'toTime']}
        labels={words.to}
        help={[words.toHelp, time]}
        values={[fields.toDate, fields.toTime]}
        errors={errors}
      />
    </>
  );
}

export function RerateForm({
  site,
  fields,
  tariffs,
  errors = {},
  trouble,
}: FormState & {readonly site: Site; readonly fields: RerateFields; readonly tariffs: readonly PublishedTariff[]}): VNode {
  const {rerating: words} = useWords();
  const setting = useSetting();
  const at = siteAddress(site.id);
  const choices = [
    {value: '', label: words.bySchedule},
    ...tariffs.map(({hash, name, from}) => ({
      value: hash,
      label: from === 0 ? `${name} (${hash.slice(0, 8)})` : `${name} (${timeText(from, setting)})`,
    })),
  ];
  const back = `${at}/rerating`;
  return (
    <Frame current="sites" title={words.tariffTitle} lead={words.tariffLead} back={{href: back, label: words.back}}>
      <DeskForm action={`${at}/re-rate`} errors={errors} trouble={trouble} submit={words.submit} back={back} between={<p>{words.wait}</p>}>
        <SpanFields site={site} fields={fields} errors={errors} />
        <Select name="tariff" label={words.tariff} help={words.tariffHelp} value={fields.tariff} choices={choices} />
        <Field
          name="account"
          label={words.account}
          help={words.accountHelp}
          value={fields.account}
          required={false}
          error={errors['account']}
        />
        <Field name="reason" label={words.reason} help={words.reasonHelp} value={fields.reason} error={errors['reason']} />
      </DeskForm>
    </Frame>
  );
}

export function MoveForm({site, fields, errors = {}, trouble}: FormState & {readonly site: Site; readonly fields: MoveFields}): VNode {
  const {rerating: words} = useWords();
  const at = siteAddress(site.id);
  const back = `${at}/rerating`;
  return (
    <Frame current="sites" title={words.moveTitle} lead={words.moveLead} back={{href: back, label: words.back}}>
      <DeskForm action={`${at}/move-calls`} errors={errors} trouble={trouble} submit={words.submit} back={back}>
        <Field
          name="extension"
          label={words.line}
          help={words.lineHelp}
          value={fields.extension}
          width="short"
          error={errors['extension']}
        />
        <SpanFields site={site} fields={fields} errors={errors} />
        <Field name="paidBy" label={words.paidBy} help={words.paidByHelp} value={fields.paidBy} error={errors['paidBy']} />
        <Field name="payer" label={words.payer} help={words.payerHelp} value={fields.payer} error={errors['payer']} />
        <Field name="reason" label={words.reason} help={words.reasonHelp} value={fields.reason} error={errors['reason']} />
      </DeskForm>
    </Frame>
  );
}
