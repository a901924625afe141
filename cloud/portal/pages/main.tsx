// The main page answers without scrolling: how much have I left, is my phone open, what did that call cost?
import type {VNode} from 'preact';
import {micros} from '../../../shared/money/micros.ts';
import {Money} from '../../../shared/ui/figures.tsx';
import {Empty, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {StateBadge, StateMark} from '../../../shared/ui/state.tsx';
import type {PaymentView} from '../../payment/view.ts';
import type {Phone, StudentOverview} from '../../books/overview.ts';
import type {AutomaticView} from '../rows/automatic.ts';
import {BoxNotice, Freshness} from './box.tsx';
import {CallList} from './calls.tsx';
import {Frame} from './frame.tsx';
import {FreeCalls} from './free.tsx';
import {useFigures, usePerson, useWords} from './ground.ts';
import {QuoteLink} from './quote.tsx';

export type MainView = {
  readonly overview: StudentOverview;
  readonly automatic: AutomaticView | undefined;
  /** One that is not decided yet. */
  readonly openPayment: PaymentView | undefined;
  /** Of now, such as `2026-11`. */
  readonly month: string;
};

export function MainPage({overview, automatic, openPayment, month}: MainView): VNode {
  const {main: words, frame} = useWords();
  const {money} = useFigures();
  const {calls, corrections} = overview;
  return (
    <Frame current="home" title={frame.nav.home} head={<h1 class="said">{words.title}</h1>}>
      <BoxNotice box={overview.box} />
      <div class="columns portal-main">
        <div>
          <Standing overview={overview} />
          {openPayment === undefined ? null : (
            <Notice
              state="off"
              title={(openPayment.state === 'action_required' ? words.unfinished : words.openPayment)(money(openPayment.amount))}
            >
              <p>
                <a href={`/payments/${openPayment.id}`}>{words.openPaymentLink}</a>
              </p>
            </Notice>
          )}
        </div>
        <Panel id="calls" title={words.calls} aside={calls.length === 0 ? undefined : <a href={`/statement/${month}`}>{words.callsAll}</a>}>
          {calls.length === 0 ? (
            <Empty title={words.callsEmpty}>{words.callsEmptyHow}</Empty>
          ) : (
            <>
              <p class="help">{words.callsHow}</p>
              <CallList calls={calls} corrections={corrections} />
            </>
          )}
        </Panel>
        <AutomaticCard automatic={automatic} />
      </div>
    </Frame>
  );
}

function Standing({overview: {balance, box, phones, free}}: {readonly overview: StudentOverview}): VNode {
  const {main: words} = useWords();
  const {site} = usePerson();
  return (
    <section class="panel standing" aria-labelledby="left">
      <h2 class="standing-term" id="left">
        {balance < 0 ? words.owed : words.left}
      </h2>
      <p class="standing-figure">
        <Money amount={micros(Math.abs(balance))} currency={site.currency} />
      </p>
      <FreeCalls free={free} />
      <Freshness box={box} />
      {phones.length === 0 ? (
        <div class="phone">
          <p class="phone-title">{words.none}</p>
          <p class="help">{words.noneHow}</p>
        </div>
      ) : (
        <ul class="phones" aria-label={phones.length === 1 ? words.phone : words.phones}>
          {phones.map((phone) => (
            <PhoneState key={phone.extension} phone={phone} />
          ))}
        </ul>
      )}
      <p class="actions">
        <a class="button is-main is-wide" href="/top-up">
          {words.topUp}
        </a>
      </p>
      <QuoteLink />
    </section>
  );
}

function PhoneState({phone}: {readonly phone: Phone}): VNode {
  const {main: words} = useWords();
  const name = words.line(phone.extension, phone.label);
  if (phone.state === 'locked') return <LockedPhone phone={phone} name={name} />;
  const isOpen = phone.state === 'open';
  return (
    <li class="phone">
      <p>
        <StateBadge state={isOpen ? 'ok' : 'off'} word={isOpen ? words.open : words.unknown} />{' '}
        {isOpen ? words.openSays : words.unknownSays}
      </p>
      <p class="help">{name}</p>
    </li>
  );
}

/** Why, and what to do: a sentence for each reason. */
function LockedPhone({phone, name}: {readonly phone: Phone; readonly name: string}): VNode {
  const {main: words} = useWords();
  const reasons = phone.reasons.map((reason) => words.reasons[reason] ?? words.otherReason);
  return (
    <li class="phone is-locked is-fault">
      <StateMark state="fault" />
      <div>
        <p class="phone-title">{words.lockedTitle}</p>
        {reasons.length === 0 ? <p>{words.otherReason}</p> : reasons.map((reason) => <p key={reason}>{reason}</p>)}
        <p>{words.emergency}</p>
        <p class="help">{name}</p>
      </div>
    </li>
  );
}

function AutomaticCard({automatic}: {readonly automatic: AutomaticView | undefined}): VNode {
  const {automaticCard: words} = useWords();
  const {money} = useFigures();
  const isOn = automatic?.isOn === true;
  return (
    <Panel
      title={words.title}
      aside={<StateBadge state={isOn ? (automatic.hold === undefined ? 'ok' : 'warning') : 'off'} word={isOn ? words.on : words.off} />}
    >
      {isOn ? (
        <>
          <p>{words.onSays(money(automatic.threshold), money(automatic.target), automatic.method?.label ?? words.noMethod)}</p>
          {automatic.hold === undefined ? null : <p class="error">{words.holds[automatic.hold]}</p>}
          <p class="help">{words.capSays(money(automatic.spentThisMonth), money(automatic.monthlyCap))}</p>
        </>
      ) : (
        <p>{words.offSays}</p>
      )}
      <p class="actions">
        <a class="button" href="/automatic">
          {isOn ? words.change : words.turnOn}
        </a>
      </p>
    </Panel>
  );
}
