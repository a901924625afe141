// What was paid in, newest first.
import type {VNode} from 'preact';
import {Money, Time} from '../../../shared/ui/figures.tsx';
import {Empty, Pager} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import {instant} from '../../../shared/time/instant.ts';
import type {PaymentView} from '../../payment/view.ts';
import {Frame} from './frame.tsx';
import {usePerson, useWords} from './ground.ts';
import {PaidWith, PaymentState} from './payment.tsx';

export type PaymentsView = {
  readonly payments: readonly PaymentView[];
  readonly first: boolean;
  /** Where the list goes on. */
  readonly next: number | undefined;
};

export function PaymentsPage({payments, first, next}: PaymentsView): VNode {
  const {payments: words} = useWords();
  const {site} = usePerson();
  const {columns} = words;
  return (
    <Frame
      current="payments"
      title={words.title}
      lead={words.lead}
      aside={
        <p class="actions">
          <a class="button is-main" href="/top-up">
            {words.topUp}
          </a>
          <a class="button" href="/automatic">
            {words.automatic}
          </a>
          <a class="button" href="/methods">
            {words.methods}
          </a>
        </p>
      }
    >
      {payments.length === 0 ? (
        <Empty title={words.empty}>{words.emptyHow}</Empty>
      ) : (
        <Table
          caption={words.list}
          rows={payments}
          rowKey={({id}) => id}
          columns={[
            {
              head: columns.when,
              kind: 'key',
              cell: (payment) => (
                <a href={`/payments/${payment.id}`}>
                  <Time at={instant(payment.createdAt)} brief />
                </a>
              ),
            },
            {head: columns.with, kind: 'wide', cell: (payment) => <PaidWith payment={payment} />},
            {head: columns.state, cell: (payment) => <PaymentState payment={payment} />},
            {head: columns.amount, kind: 'figure', cell: ({amount}) => <Money amount={amount} currency={site.currency} />},
          ]}
        />
      )}
      <Pager
        page={undefined}
        previous={first ? undefined : '/payments'}
        next={next === undefined ? undefined : `/payments?before=${next}`}
      />
    </Frame>
  );
}
