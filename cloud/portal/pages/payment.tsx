// One payment, and honestly how far it is: asked, with the card company, done.
import type {VNode} from 'preact';
import {Money, Time} from '../../../shared/ui/figures.tsx';
import {Facts, Notice} from '../../../shared/ui/parts.tsx';
import type {State} from '../../../shared/ui/messages.ts';
import {StateBadge, StateMark} from '../../../shared/ui/state.tsx';
import {instant} from '../../../shared/time/instant.ts';
import type {PaymentView} from '../../payment/view.ts';
import {Frame} from './frame.tsx';
import {useFigures, usePerson, useWords} from './ground.ts';

const STATES: Readonly<Record<PaymentView['state'], State>> = {
  created: 'off',
  submitting: 'off',
  pending: 'warning',
  unknown: 'warning',
  action_required: 'warning',
  succeeded: 'ok',
  failed: 'fault',
  canceled: 'off',
  reversing: 'warning',
  reversed: 'off',
};

/** Fast while somebody waits for it; slower where it takes long. */
const AGAIN_SECONDS: Readonly<Partial<Record<PaymentView['state'], number>>> = {
  created: 3,
  submitting: 3,
  action_required: 10,
  unknown: 10,
  reversing: 10,
  pending: 10,
};

export function PaymentPage({payment, said}: {readonly payment: PaymentView; readonly said: 'used' | undefined}): VNode {
  const {payment: words, topUp} = useWords();
  const {money} = useFigures();
  const amount = money(payment.amount);
  const again = AGAIN_SECONDS[payment.state];
  return (
    <Frame current="payments" title={words.title(amount)} again={again}>
      {said === 'used' ? <Notice state="warning" title={topUp.usedForm(amount)} /> : null}
      <section class="panel progress" id="progress" aria-live="polite">
        <Says payment={payment} />
        <Steps payment={payment} />
        <Ahead payment={payment} />
        {again === undefined ? null : (
          <p class="help">
            {words.reloads} <a href={`/payments/${payment.id}`}>{words.lookAgain}</a>
          </p>
        )}
      </section>
      <Details payment={payment} />
    </Frame>
  );
}

function Says({payment}: {readonly payment: PaymentView}): VNode {
  const {payment: words} = useWords();
  const {state} = payment;
  const says = words.says[state];
  return (
    <div class={`progress-says is-${STATES[state]}`}>
      <StateMark state={STATES[state]} />
      <div>
        <h2>{says.title}</h2>
        <p>{says.what}</p>
        {state === 'failed' ? <p>{words.reasons[payment.failure ?? ''] ?? words.otherReason}</p> : null}
        {state === 'canceled' && payment.failure !== undefined ? <p>{words.reasons[payment.failure]}</p> : null}
        {state === 'succeeded' ? <p>{words.unlocks}</p> : null}
      </div>
    </div>
  );
}

type Step = 'done' | 'now' | 'next' | 'failed';

/** Where each of the three steps is. */
function stepsOf(state: PaymentView['state']): readonly [Step, Step, Step] {
  switch (state) {
    case 'created':
      return ['now', 'next', 'next'];
    case 'submitting':
    case 'pending':
    case 'unknown':
    case 'action_required':
    case 'reversing':
      return ['done', 'now', 'next'];
    case 'succeeded':
      return ['done', 'done', 'done'];
    case 'failed':
    case 'canceled':
    case 'reversed':
      return ['done', 'failed', 'next'];
  }
}

function Steps({payment}: {readonly payment: PaymentView}): VNode {
  const {payment: words} = useWords();
  const names = [words.asked, words.provider[payment.provider], words.done];
  const states = {done: words.stepDone, now: words.stepNow, next: words.stepNext, failed: words.stepFailed};
  return (
    <ol class="steps" aria-label={words.steps}>
      {stepsOf(payment.state).map((step, index) => (
        <li key={names[index]} class={`step is-${step}`} aria-current={step === 'now' ? 'step' : undefined}>
          <span class="step-name">{names[index]}</span>
          <span class="step-state">{states[step]}</span>
        </li>
      ))}
    </ol>
  );
}

/** What the student may do now. */
function Ahead({payment: {state, todo}}: {readonly payment: PaymentView}): VNode | null {
  const {payment: words} = useWords();
  if (todo.kind === 'open-page') return <MainLink href={todo.url} label={words.continue} />;
  if (todo.kind === 'pay-on-page') return <MainLink href="/top-up?remember=1" label={words.payOnPage} />;
  if (state === 'action_required') return <p>{words.urlGone}</p>;
  const mayAgain = state === 'failed' || state === 'canceled' || state === 'reversed';
  if (!mayAgain && state !== 'succeeded') return null;
  return (
    <p class="actions">
      {mayAgain ? (
        <a class="button is-main" href="/top-up">
          {words.again}
        </a>
      ) : null}
      <a class="button" href="/">
        {words.toHome}
      </a>
    </p>
  );
}

function MainLink({href, label}: {readonly href: string; readonly label: string}): VNode {
  return (
    <p class="actions">
      <a class="button is-main is-wide" href={href}>
        {label}
      </a>
    </p>
  );
}

function Details({payment}: {readonly payment: PaymentView}): VNode {
  const {payment: words} = useWords();
  const {site} = usePerson();
  return (
    <section class="panel" aria-label={words.facts}>
      <Facts
        facts={[
          {term: words.amount, value: <Money amount={payment.amount} currency={site.currency} />},
          {
            term: words.method,
            value: (
              <>
                <PaidWith payment={payment} />
                <span class="under soft">{words.origins[payment.origin]}</span>
              </>
            ),
          },
          {term: words.when, value: <Time at={instant(payment.createdAt)} brief />},
          {term: words.changed, value: <Time at={instant(payment.changedAt)} brief />},
          {term: words.number, value: <code class="hash">{payment.id}</code>},
        ]}
      />
    </section>
  );
}

export function PaidWith({payment: {method, provider}}: {readonly payment: PaymentView}): VNode {
  const {methods} = useWords().payment;
  return <>{method ?? methods[provider]}</>;
}

export function PaymentState({payment: {state}}: {readonly payment: PaymentView}): VNode {
  const {states} = useWords().payments;
  return <StateBadge state={STATES[state]} word={states[state]} />;
}
