// What was paid in, newest first.
import type {VNode} from 'preact';
import {Money, Time} from '../../../shared/ui/figures.tsx';
import {Empty, Pager} from '../../../shared/ui/parts.tsx';
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
  const {
    payments: words,
    payment: {origins},
  } = useWords();
  const {site} = usePerson();
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
        <section class="panel">
          <ul class="calls" aria-label={words.list}>
            {payments.map((payment) => (
              <li key={payment.id}>
                <a class="payment" href={`/payments/${payment.id}`}>
                  <span class="call-to">
                    <PaidWith payment={payment} />
                  </span>
                  <span class="call-price">
                    <Money amount={payment.amount} currency={site.currency} />
                  </span>
                  <span class="call-with">
                    <Time at={instant(payment.createdAt)} brief /> · {origins[payment.origin]}
                  </span>
                  <span class="call-length">
                    <PaymentState payment={payment} />
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Pager
        page={undefined}
        previous={first ? undefined : '/payments'}
        next={next === undefined ? undefined : `/payments?before=${next}`}
      />
    </Frame>
  );
}
