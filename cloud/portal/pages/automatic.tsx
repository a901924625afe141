// Automatic top-up: what is charged by itself, when and how much; and what one allows, in figures, before it is on.
import type {VNode} from 'preact';
import type {Micros} from '../../../shared/money/micros.ts';
import {Choices, ErrorSummary, Field, Submit, type Errors} from '../../../shared/ui/form.tsx';
import {Empty, Notice, Panel} from '../../../shared/ui/parts.tsx';
import type {Method} from '../../payment/methods.ts';
import type {AutomaticView} from '../rows/automatic.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';

/** As typed. */
export type AutomaticFields = {
  readonly threshold: string;
  readonly target: string;
  readonly cap: string;
  readonly method: string;
};

export type AutomaticForm = {
  readonly automatic: AutomaticView | undefined;
  readonly methods: readonly Method[];
  readonly fields: AutomaticFields;
  readonly errors?: Errors;
};

export function AutomaticPage(view: AutomaticForm): VNode {
  const {automatic: words} = useWords();
  return (
    <Frame current="payments" title={words.title} lead={words.lead}>
      <Present automatic={view.automatic} />
      {view.methods.length === 0 ? <NoMethod /> : <WishForm {...view} />}
    </Frame>
  );
}

function Present({automatic}: Pick<AutomaticForm, 'automatic'>): VNode {
  const {automatic: words, automaticCard} = useWords();
  const {money} = useFigures();
  if (automatic === undefined || !automatic.isOn) {
    return (
      <Notice state="off" title={words.isOff}>
        <p>{words.offSays}</p>
      </Notice>
    );
  }
  const {threshold, target, monthlyCap, spentThisMonth, method, hold} = automatic;
  return (
    <Panel title={words.isOn}>
      <p>{automaticCard.onSays(money(threshold), money(target), method?.label ?? automaticCard.noMethod)}</p>
      {hold === undefined ? null : <Notice state="warning" title={automaticCard.holds[hold] ?? ''} />}
      <p>{automaticCard.capSays(money(spentThisMonth), money(monthlyCap))}</p>
      <form method="post" action="/automatic/off" class="actions">
        <Submit kind="plain">{words.turnOff}</Submit>
      </form>
    </Panel>
  );
}

function NoMethod(): VNode {
  const {automatic: words} = useWords();
  return (
    <>
      <Empty title={words.noMethod}>{words.noMethodHow}</Empty>
      <p class="actions">
        <a class="button is-main" href="/top-up?remember=1">
          {words.noMethodCard}
        </a>
        <a class="button" href="/methods#cashless">
          {words.noMethodCashless}
        </a>
      </p>
    </>
  );
}

function WishForm({methods, fields, errors = {}}: AutomaticForm): VNode {
  const {automatic: words} = useWords();
  return (
    <>
      <ErrorSummary errors={errors} />
      <form method="post" action="/automatic" class="panel form" noValidate>
        <Field
          name="threshold"
          label={words.threshold}
          help={words.thresholdHelp}
          value={fields.threshold}
          inputMode="decimal"
          width="short"
          error={errors['threshold']}
        />
        <Field
          name="target"
          label={words.target}
          help={words.targetHelp}
          value={fields.target}
          inputMode="decimal"
          width="short"
          error={errors['target']}
        />
        <Field
          name="cap"
          label={words.cap}
          help={words.capHelp}
          value={fields.cap}
          inputMode="decimal"
          width="short"
          error={errors['cap']}
        />
        <Choices
          name="method"
          label={words.method}
          value={fields.method}
          error={errors['method']}
          choices={methods.map(({id, label}) => ({value: id, label}))}
        />
        <p>
          <a class="go" href="/methods">
            {words.addMethod}
          </a>
        </p>
        <Submit>{words.next}</Submit>
        <p class="help">{words.nextHelp}</p>
      </form>
    </>
  );
}

export type Consent = {
  readonly fields: AutomaticFields;
  readonly threshold: Micros;
  readonly target: Micros;
  readonly cap: Micros;
  readonly method: Method;
  readonly isOn: boolean;
};

/** What it means, in figures, before it is on: when, how much, and how to end it. */
export function ConsentPage({fields, threshold, target, cap, method, isOn}: Consent): VNode {
  const words = useWords().automatic.confirm;
  const {money} = useFigures();
  return (
    <Frame current="payments" title={isOn ? words.titleChange : words.title}>
      <Panel title={words.will}>
        <ul class="will">
          <li>{words.when(money(threshold))}</li>
          <li>{words.much(method.label, money(target))}</li>
          <li>{words.cap(money(cap))}</li>
          <li>{words.told}</li>
          <li>{words.cancel}</li>
        </ul>
        <p>{words.consent}</p>
        <form method="post" action="/automatic" class="actions">
          {Object.entries(fields).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <input type="hidden" name="sure" value="yes" />
          <Submit>{isOn ? words.save : words.submit}</Submit>
          <a class="button" href="/automatic">
            {words.back}
          </a>
        </form>
      </Panel>
    </Frame>
  );
}
