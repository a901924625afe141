// Payments: the list, and one with all that happened to it.
import type {VNode} from 'preact';
import type {Currency, Micros} from '../../../shared/money/micros.ts';
import {instant} from '../../../shared/time/instant.ts';
import {Age, Money, Time} from '../../../shared/ui/figures.tsx';
import {Submit} from '../../../shared/ui/form.tsx';
import {addressWith, CutPager, EmptyList, Filters, ListFault} from '../../../shared/ui/list.tsx';
import {Empty, Facts, Panel, type Fact} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {PaymentTimeline, Step} from '../../payment/view.ts';
import {
  PAYMENT_FILTERS,
  needsPerson,
  type Attempt,
  type PaymentFilter,
  type PaymentLine,
  type PaymentPage,
  type ProviderHint,
} from '../rows/payments.ts';
import {paymentAddress, siteAddress, studentAddress} from './addresses.ts';
import {Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {HowPaid, PaymentStateBadge} from './payment-cells.tsx';

export type MicrosOfMinor = (minor: number, currency: Currency) => Micros;

const PATH = '/desk/payments';
const FIRST: PaymentFilter = 'open';

export function PaymentsPage({
  filter,
  before,
  found,
  nameOf,
  microsOfMinor,
}: {
  readonly filter: PaymentFilter;
  readonly before: string | undefined;
  readonly found: PaymentPage | undefined;
  readonly nameOf: (site: string) => string;
  readonly microsOfMinor: MicrosOfMinor;
}): VNode {
  const {payments: words, frame} = useWords();
  const {text} = useFigures();
  const keep: Readonly<Record<string, string>> = filter === FIRST ? {} : {show: filter};
  return (
    <Frame current="payments" title={words.title} lead={words.lead}>
      {found === undefined ? (
        <ListFault words={frame.list} />
      ) : (
        <>
          <Filters
            label={words.filter}
            choices={PAYMENT_FILTERS.map((name) => ({
              href: addressWith(PATH, {show: name}, {show: FIRST}),
              label: words.filters[name],
              count: text(found.counts[name]),
              isCurrent: name === filter,
            }))}
          />
          {found.rows.length === 0 ? (
            <EmptyList isFiltered={found.counts.all > 0} words={words} />
          ) : (
            <PaymentTable payments={found.rows} nameOf={nameOf} microsOfMinor={microsOfMinor} withStudent />
          )}
          <CutPager path={PATH} keep={keep} cut={{before, next: found.next}} />
        </>
      )}
    </Frame>
  );
}

export function PaymentTable({
  payments,
  nameOf,
  microsOfMinor,
  withStudent = false,
}: {
  readonly payments: readonly PaymentLine[];
  readonly nameOf?: (site: string) => string;
  readonly microsOfMinor: MicrosOfMinor;
  readonly withStudent?: boolean;
}): VNode {
  const {payments: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={payments}
      rowKey={({id}) => id}
      columns={[
        {
          head: columns.when,
          kind: 'key',
          cell: ({id, createdAt}) => (
            <a href={paymentAddress(id)}>
              <Time at={createdAt} />
            </a>
          ),
        },
        ...(withStudent
          ? [{head: columns.who, cell: ({account, name}: PaymentLine) => <a href={studentAddress(account)}>{name ?? account}</a>}]
          : []),
        {
          head: columns.amount,
          kind: 'figure',
          cell: ({minor, currency}) => <Money amount={microsOfMinor(minor, currency)} currency={currency} />,
        },
        {head: columns.how, cell: (payment) => <HowPaid {...payment} />},
        {head: columns.state, cell: (payment) => <PaymentStateBadge {...payment} />},
        {head: columns.age, cell: ({changedAt}) => <Age at={changedAt} />},
        ...(nameOf === undefined ? [] : [{head: columns.site, cell: ({site}: PaymentLine) => nameOf(site)}]),
      ]}
    />
  );
}

export type PaymentView = {
  readonly payment: PaymentTimeline;
  readonly student: string | undefined;
  readonly site: {readonly id: string; readonly name: string};
  readonly attempts: readonly Attempt[];
  readonly hints: readonly ProviderHint[];
  /** Of the staff, by their ids. */
  readonly staff: ReadonlyMap<string, string>;
};

export function PaymentPage(view: PaymentView): VNode {
  const {payments: words} = useWords();
  const {money} = useFigures();
  const mayAsk = useMay('clerk');
  const {payment, attempts, hints} = view;
  const canAsk = mayAsk && payment.provider !== 'cash' && payment.state !== 'succeeded';
  return (
    <Frame current="payments" title={words.pageTitle(money(payment.amount, payment.currency))} back={{href: PATH, label: words.back}}>
      <Panel title={words.facts.state}>
        <Facts facts={paymentFacts(view, words)} />
        <PaymentSays payment={payment} />
        {canAsk ? (
          <form method="post" action={`${paymentAddress(payment.id)}/ask`} class="actions">
            <Submit kind="plain">{words.ask}</Submit>
          </form>
        ) : null}
      </Panel>
      <Panel title={words.events}>
        <StepTable steps={payment.steps} staff={view.staff} />
      </Panel>
      <Panel title={words.attempts}>
        {attempts.length === 0 ? <Empty title={words.noAttempts}>{words.noAttemptsHow}</Empty> : <AttemptTable attempts={attempts} />}
      </Panel>
      {hints.length === 0 ? null : (
        <Panel title={words.hints}>
          <HintTable hints={hints} />
        </Panel>
      )}
    </Frame>
  );
}

function paymentFacts({payment, student, site}: PaymentView, words: ReturnType<typeof useWords>['payments']): readonly Fact[] {
  const {facts} = words;
  const {failure, method, reference, lookAt} = payment;
  return [
    {term: facts.state, value: <PaymentStateBadge state={payment.state} needsPerson={needsPerson(payment.state, failure)} />},
    {term: facts.amount, value: <Money amount={payment.amount} currency={payment.currency} />},
    {
      term: facts.student,
      value: (
        <>
          <a href={studentAddress(payment.account)}>{student ?? payment.account}</a>
          <span class="under">
            <a href={siteAddress(site.id)}>{site.name}</a>
          </span>
        </>
      ),
    },
    {term: facts.how, value: <HowPaid provider={payment.provider} origin={payment.origin} />},
    ...(method === undefined ? [] : [{term: facts.method, value: method}]),
    {term: facts.begun, value: <Age at={instant(payment.createdAt)} />},
    {term: facts.changed, value: <Age at={instant(payment.changedAt)} />},
    ...(lookAt === undefined || payment.isOver ? [] : [{term: facts.look, value: <Age at={instant(lookAt)} />}]),
    ...(failure === undefined ? [] : [{term: facts.failure, value: <code>{failure}</code>}]),
    ...(reference === undefined ? [] : [{term: facts.reference, value: <code class="hash">{reference}</code>}]),
    {term: facts.id, value: <code class="hash">{payment.id}</code>},
  ];
}

function PaymentSays({payment: {state, failure}}: Pick<PaymentView, 'payment'>): VNode | null {
  const {says} = useWords().payments;
  if (needsPerson(state, failure)) return <p>{says.person}</p>;
  return state === 'pending' || state === 'unknown' || state === 'action_required' ? <p>{says[state]}</p> : null;
}

function StepTable({steps, staff}: {readonly steps: readonly Step[]; readonly staff: ReadonlyMap<string, string>}): VNode {
  const {payments: words} = useWords();
  const {eventColumns: columns} = words;
  return (
    <Table
      caption={words.eventsList}
      rows={steps.map((step, index) => ({...step, index}))}
      rowKey={({index}) => String(index)}
      columns={[
        {head: columns.when, kind: 'key', cell: ({at}) => <Time at={instant(at)} />},
        {head: columns.what, cell: ({code}) => words.steps[code]},
        {head: columns.source, cell: ({source}) => words.sources[source] ?? staff.get(source) ?? source},
        {
          head: columns.evidence,
          kind: 'wide',
          cell: ({evidence}) => (evidence === undefined ? null : <code class="hash">{evidence}</code>),
        },
      ]}
    />
  );
}

function AttemptTable({attempts}: Pick<PaymentView, 'attempts'>): VNode {
  const {payments: words} = useWords();
  const {attemptColumns: columns} = words;
  return (
    <Table
      caption={words.attemptsList}
      rows={attempts}
      rowKey={({number}) => String(number)}
      columns={[
        {head: columns.number, kind: 'key', cell: ({number}) => number},
        {head: columns.key, cell: ({key}) => <code class="hash">{key}</code>},
        {head: columns.stored, cell: ({storedAt}) => <Time at={storedAt} />},
        {head: columns.sent, cell: ({sentAt}) => (sentAt === undefined ? words.notSent : <Time at={sentAt} />)},
      ]}
    />
  );
}

function HintTable({hints}: Pick<PaymentView, 'hints'>): VNode {
  const {payments: words} = useWords();
  const {hintColumns: columns} = words;
  return (
    <Table
      caption={words.hintsList}
      rows={hints}
      rowKey={({event}) => event}
      columns={[
        {head: columns.event, kind: 'key', cell: ({event}) => <code class="hash">{event}</code>},
        {head: columns.received, cell: ({receivedAt}) => <Time at={receivedAt} />},
        {head: columns.handled, cell: ({handledAt}) => (handledAt === undefined ? words.notHandled : <Time at={handledAt} />)},
      ]}
    />
  );
}
