// Topping up: how much, and with what. The card itself is typed on the provider's page only.
import type {VNode} from 'preact';
import type {Micros} from '../../../shared/money/micros.ts';
import {ErrorSummary, Field, Tick, type Errors} from '../../../shared/ui/form.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import type {Method} from '../../payment/methods.ts';
import type {BoxLink} from '../../books/overview.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {QuoteLink} from './quote.tsx';

/** Major units that most people take. */
export const PICKS = ['5', '10', '20'] as const;
const OTHER = 'other';

/** As typed. */
export type TopUpFields = {
  readonly amount: string;
  readonly other: string;
  readonly how: string;
  readonly remember: boolean;
};

/** Which ways to pay there are. */
type Offers = {readonly hosted: boolean; readonly cashless: boolean};

export type TopUpView = {
  /** The id that the payment will have. */
  readonly payment: string;
  readonly balance: Micros;
  readonly box: BoxLink;
  readonly methods: readonly Method[];
  readonly offers: Offers;
  readonly least: Micros;
  readonly most: Micros;
  readonly fields: TopUpFields;
  /** Came from automatic top-up, which wants a card that is remembered. */
  readonly forAutomatic: boolean;
  readonly errors?: Errors;
  readonly trouble?: string | undefined;
};

export function TopUpPage(view: TopUpView): VNode {
  const {topUp: words} = useWords();
  const {money, whole} = useFigures();
  const {payment, fields, errors = {}, trouble} = view;
  return (
    <Frame
      current="home"
      title={words.title}
      lead={view.balance < 0 ? words.leadOwed(money(-Number(view.balance))) : words.lead(money(view.balance))}
    >
      {trouble === undefined ? null : <Notice state="fault" title={trouble} />}
      {view.forAutomatic ? <Notice state="off" title={words.forAutomatic} /> : null}
      {view.box.kind === 'silent' ? <Notice state="warning" title={words.linkDown} /> : null}
      <ErrorSummary errors={errors} />
      <form method="post" action="/top-up" class="panel form top-up" noValidate>
        <input type="hidden" name="payment" value={payment} />
        <Amounts view={view} />
        <Ways methods={view.methods} offers={view.offers} fields={fields} error={errors['how']} />
        <button type="submit" class="button is-main is-wide">
          {PICKS.map((pick, index) => (
            <span key={pick} class={`says-${index + 1}`}>
              {words.submitAmount(whole(Number(pick)))}
            </span>
          ))}
          <span class="says-other">{words.submit}</span>
        </button>
      </form>
      <QuoteLink />
    </Frame>
  );
}

/** Three that most people take, as wide as a thumb; another one opens a field. */
function Amounts({view: {fields, errors = {}, least, most}}: {readonly view: TopUpView}): VNode {
  const {topUp: words} = useWords();
  const {money, whole} = useFigures();
  const error = errors['amount'];
  return (
    <>
      <fieldset
        class={error === undefined ? 'field' : 'field has-error'}
        aria-describedby={error === undefined ? undefined : 'amount-error'}
      >
        <legend>{words.amount}</legend>
        {error === undefined ? null : (
          <p class="error" id="amount-error">
            {error}
          </p>
        )}
        <div class="picks">
          {[...PICKS, OTHER].map((pick, index) => {
            const id = index === 0 ? 'amount' : `amount-${pick}`;
            return (
              <div class="pick" key={pick}>
                <input
                  type="radio"
                  id={id}
                  name="amount"
                  value={pick}
                  checked={fields.amount === pick}
                  class={`pick-${pick === OTHER ? OTHER : index + 1}`}
                />
                <label for={id}>{pick === OTHER ? words.other : whole(Number(pick))}</label>
              </div>
            );
          })}
        </div>
      </fieldset>
      <div class="other-amount">
        <Field
          name="other"
          label={words.other}
          help={words.otherHelp(money(least), money(most))}
          value={fields.other}
          inputMode="decimal"
          width="short"
          error={errors['other']}
        />
      </div>
    </>
  );
}

function Ways({
  methods,
  offers,
  fields,
  error,
}: {
  readonly methods: readonly Method[];
  readonly offers: Offers;
  readonly fields: TopUpFields;
  readonly error: string | undefined;
}): VNode {
  const {topUp: words} = useWords();
  const ways = [
    ...methods.map(({id, label}) => ({value: id, label, help: words.savedHelp})),
    ...(offers.hosted ? [{value: 'card', label: methods.length === 0 ? words.card : words.newCard, help: words.cardHelp}] : []),
  ];
  return (
    <fieldset class={error === undefined ? 'field' : 'field has-error'} aria-describedby={error === undefined ? undefined : 'how-error'}>
      <legend>{words.how}</legend>
      {error === undefined ? null : (
        <p class="error" id="how-error">
          {error}
        </p>
      )}
      {ways.map(({value, label, help}, index) => {
        const id = index === 0 ? 'how' : `how-${value}`;
        return (
          <div class="choice" key={value}>
            <input
              type="radio"
              id={id}
              name="how"
              value={value}
              checked={fields.how === value}
              class={value === 'card' ? 'way-card' : undefined}
            />
            <label for={id}>
              {label}
              <span class="help">{help}</span>
            </label>
          </div>
        );
      })}
      <div class="remember">
        <Tick name="remember" label={words.remember} help={words.rememberHelp} ticked={fields.remember} />
      </div>
      {offers.cashless ? (
        <p>
          <a class="go" href="/methods#cashless">
            {words.cashless}
          </a>
        </p>
      ) : null}
    </fieldset>
  );
}
