// A free allowance granted, changed, ended: the form, with a search for destinations that works without script, and what will
// happen, in figures, before it does.
import type {ComponentChildren, VNode} from 'preact';
import type {Instant} from '../../../shared/time/instant.ts';
import {Choices, Field, Select, TextArea, Tick} from '../../../shared/ui/form.tsx';
import type {Allowance} from '../../books/allowances.ts';
import type {NewAllowance} from '../../people/allowances.ts';
import type {FoundNames} from '../../tariff/destinations.ts';
import {PERIODS, UNITS, type AllowanceFields} from '../allowance-form.ts';
import type {Site} from '../rows/sites.ts';
import {allowanceAddress, siteAddress, studentAddress} from './addresses.ts';
import {useSaying} from './allowances.tsx';
import {DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useGround, useWords} from './ground.ts';

/** Whose it is: one student's, or each one's of so many. */
export type Whose =
  | {readonly kind: 'one'; readonly account: string; readonly name: string}
  | {readonly kind: 'each'; readonly students: number};

/** A search within the form. */
export type Search = {readonly words: string; readonly found: FoundNames};

export type AllowanceFormView = FormState & {
  readonly site: Site;
  readonly whose: Whose;
  /** The one that is changed; undefined for a new one. */
  readonly before: Allowance | undefined;
  readonly fields: AllowanceFields;
  /** So many destinations there are. */
  readonly known: number;
  readonly search: Search | undefined;
  readonly unknown: readonly {readonly name: string; readonly meant: readonly string[]}[];
};

export function AllowanceFormPage(view: AllowanceFormView): VNode {
  const {allowances: words} = useWords();
  const {site, whose, before, fields, errors = {}, trouble} = view;
  const {action, back} = placesOf(view);
  const title =
    before === undefined
      ? whose.kind === 'one'
        ? words.newOneTitle(whose.name)
        : words.newTitle(site.name)
      : words.editTitle(before.name);
  return (
    <Frame
      current={whose.kind === 'one' ? 'students' : 'sites'}
      title={title}
      lead={before === undefined ? words.newLead : words.editLead}
      back={{href: back, label: whose.kind === 'one' ? whose.name : words.all}}
    >
      <DeskForm action={action} errors={errors} trouble={trouble} submit={words.next} back={back}>
        <Field name="name" label={words.name} help={words.nameHelp} value={fields.name} width="middle" error={errors['name']} />
        {before === undefined ? <UnitAndPeriod {...view} /> : <Amount {...view} />}
        <Destinations {...view} />
        <Days {...view} />
      </DeskForm>
    </Frame>
  );
}

function placesOf({site, whose, before}: Pick<AllowanceFormView, 'site' | 'whose' | 'before'>) {
  const back = whose.kind === 'one' ? `${studentAddress(whose.account)}#allowances` : `${siteAddress(site.id)}/allowances`;
  const ofNew = `${siteAddress(site.id)}/allowance`;
  const forOne = whose.kind === 'one' ? `?account=${encodeURIComponent(whose.account)}` : '';
  return {back, action: before === undefined ? ofNew + forOne : `${allowanceAddress(site.id, before.allowance)}/edit`};
}

function UnitAndPeriod(view: AllowanceFormView): VNode {
  const {allowances: words} = useWords();
  const {fields, errors = {}} = view;
  return (
    <>
      <Choices
        name="unit"
        label={words.unit}
        value={fields.unit}
        choices={UNITS.map((unit) => ({value: unit, label: words.units[unit], help: words.unitHelp[unit]}))}
        error={errors['unit']}
      />
      <Amount {...view} />
      <Select
        name="period"
        label={words.period}
        value={fields.period}
        choices={PERIODS.map((period) => ({value: period, label: words.periods[period]}))}
        error={errors['period']}
      />
    </>
  );
}

function Amount({site, before, fields, errors = {}}: AllowanceFormView): VNode {
  const {allowances: words} = useWords();
  const {currency} = site;
  return (
    <Field
      name="amount"
      label={words.amount}
      help={before === undefined ? words.amountHelp(currency) : words.amountOf[before.unit](words.perPeriod[before.period], currency)}
      value={fields.amount}
      inputMode="decimal"
      width="short"
      error={errors['amount']}
    />
  );
}

function Days({fields, before, site, errors = {}}: AllowanceFormView): VNode {
  const {allowances: words} = useWords();
  const saying = useSaying(site.currency);
  const hasBegun = before !== undefined && before.from <= saying.setting.now;
  return (
    <>
      {hasBegun ? (
        <p>{words.begun(saying.dayText(before.from))}</p>
      ) : (
        <Field name="from" label={words.from} help={words.dayHelp} value={fields.from} width="short" error={errors['from']} />
      )}
      <Field
        name="last"
        label={words.last}
        help={words.lastHelp}
        value={fields.last}
        width="short"
        required={false}
        error={errors['last']}
      />
    </>
  );
}

const LIST_ROWS = 6;

function Destinations(view: AllowanceFormView): VNode {
  const {allowances: words} = useWords();
  const {count} = useFigures();
  const {fields, errors = {}, known, unknown, search} = view;
  return (
    <>
      <TextArea
        name="destinations"
        label={words.destinations}
        help={words.destinationsHelp(count(known))}
        value={fields.destinations}
        rows={LIST_ROWS}
        required={false}
        error={errors['destinations']}
      />
      {unknown.length === 0 ? null : (
        <>
          <Meant unknown={unknown} />
          <Tick name="keep" label={words.keep} help={words.keepHelp} ticked={fields.keep === 'yes'} />
        </>
      )}
      <Field name="find" label={words.find} help={words.findHelp} value={search?.words ?? ''} required={false} />
      <p>
        <button type="submit" class="button" name="step" value="find">
          {words.findSubmit}
        </button>
      </p>
      {search === undefined ? null : <Found {...search} />}
    </>
  );
}

/** Of a list that is wrong throughout the first are enough. */
const MOST_SAID = 10;

function Meant({unknown}: Pick<AllowanceFormView, 'unknown'>): VNode {
  const {allowances: words} = useWords();
  const {text} = useFigures();
  return (
    <ul>
      {unknown.slice(0, MOST_SAID).map(({name, meant}) => (
        <li key={name}>{meant.length === 0 ? words.unknownNothing(name) : words.unknownMeant(name, meant.join(words.or))}</li>
      ))}
      {unknown.length > MOST_SAID ? <li>{words.unknownMore(text(unknown.length - MOST_SAID))}</li> : null}
    </ul>
  );
}

/** As many as fit on a screen; more words find fewer. */
export const MOST_PICKED = 40;

function Found({words: typed, found}: Search): VNode {
  const {allowances: words} = useWords();
  const {count} = useFigures();
  if (found.count === 0) return <p role="status">{words.foundNone(typed)}</p>;
  const shown = found.names.slice(0, MOST_PICKED);
  const all = found.count > 1 && found.count === found.names.length;
  return (
    <fieldset class="field">
      <legend>{words.found(count(shown.length), count(found.count))}</legend>
      {all ? (
        <div class="choice">
          <input type="checkbox" id="pick-all" name="pick-all" value={typed} />
          <label for="pick-all">{words.addAll(count(found.count))}</label>
        </div>
      ) : null}
      {shown.map((name, place) => (
        <div class="choice" key={name}>
          <input type="checkbox" id={`pick-${place}`} name={`pick-${place}`} value={name} />
          <label for={`pick-${place}`}>{name}</label>
        </div>
      ))}
    </fieldset>
  );
}

export type AllowanceQuestion = {
  readonly site: Site;
  readonly whose: Whose;
  readonly before: Allowance | undefined;
  readonly fields: AllowanceFields;
  readonly terms: Omit<NewAllowance, 'site' | 'account'>;
  /** Names that the tariff does not have, and that are kept. */
  readonly unknown: readonly string[];
  readonly usage: Usage | undefined;
};

/** Of the period that runs. */
export type Usage = {readonly accounts: number; readonly used: number};

export function AllowanceConfirmPage(question: AllowanceQuestion): VNode {
  const {allowances: words} = useWords();
  const {whose, before, fields, terms} = question;
  const {action, back} = placesOf(question);
  return (
    <ConfirmPage
      current={whose.kind === 'one' ? 'students' : 'sites'}
      title={before === undefined ? words.confirmNew(terms.name) : words.confirmChange(before.name)}
      will={useWill(question)}
      action={action}
      fields={fields}
      submit={before === undefined ? words.submitNew : words.submitChange}
      back={back}
    >
      <Listed destinations={terms.destinations} />
    </ConfirmPage>
  );
}

/** A few names stand in the sentence. */
const MOST_NAMED = 1;

function Listed({destinations}: Pick<NewAllowance, 'destinations'>): VNode | null {
  const {allowances: words} = useWords();
  if (destinations.length <= MOST_NAMED) return null;
  return (
    <details open={destinations.length <= LIST_ROWS * 2}>
      <summary>{words.listed}</summary>
      <p>{destinations.join(', ')}</p>
    </details>
  );
}

function useWill({site, whose, before, terms, unknown, usage}: AllowanceQuestion): readonly ComponentChildren[] {
  const {allowances: words} = useWords();
  const {count} = useFigures();
  const say = useTerms(site);
  const who = whose.kind === 'one' ? whose.name : words.students(count(whose.students));
  const {from} = terms;
  return [
    ...(before === undefined
      ? [words.gives(who, say.what(terms), say.where(terms), say.day(from)), say.until(terms.to)]
      : [
          words.was(say.what(before), say.where(before), say.until(before.to)),
          words.becomes(say.what(terms), say.where(terms), say.until(terms.to)),
          ...(usage === undefined ? [] : [say.usage(before, usage)]),
        ]),
    ...(unknown.length === 0 ? [] : [words.unknownWill(count(unknown.length), unknown.slice(0, MOST_SAID).join(', '))]),
    ...(whose.kind === 'each' && before === undefined ? [words.later] : []),
    words.kept,
  ];
}

/** The terms of an allowance in parts of a sentence. */
function useTerms(site: Site) {
  const {words: all, price} = useGround().language;
  const {allowances: words} = all;
  const {count, money} = useFigures();
  const saying = useSaying(site.currency);
  const where = ({destinations: [one, ...more]}: Pick<NewAllowance, 'destinations'>): string => {
    if (one === undefined) return words.toAll;
    return more.length === 0 ? words.toOne(one) : words.toSome(one, count(more.length));
  };
  return {
    where,
    day: saying.dayText,
    what: ({unit, amount, period}: Pick<Allowance, 'unit' | 'amount' | 'period'>): string =>
      words.each(
        unit === 'seconds' ? words.freeMinutes(saying.amountText({unit}, amount)) : words.freeMoney(money(amount, site.currency)),
        period,
      ),
    until: (to: number | Instant | undefined): string => (to === undefined ? words.goesOn : words.ends(saying.dayText(to - 1))),
    usage: (of: Allowance, {accounts, used}: Usage): string =>
      accounts === 0
        ? words.usedNone
        : words.used(count(accounts), of.unit === 'seconds' ? price.duration(used) : money(used, site.currency)),
  };
}

export function EndAllowancePage({
  site,
  whose,
  allowance,
  usage,
}: {
  readonly site: Site;
  readonly whose: Whose;
  readonly allowance: Allowance;
  readonly usage: Usage;
}): VNode {
  const {allowances: words} = useWords();
  const {count} = useFigures();
  const say = useTerms(site);
  const {back} = placesOf({site, whose, before: allowance});
  const hasBegun = allowance.from <= useSaying(site.currency).setting.now;
  const loses = whose.kind === 'one' ? words.endWillOne(whose.name) : words.endWill(words.students(count(whose.students)));
  return (
    <ConfirmPage
      current={whose.kind === 'one' ? 'students' : 'sites'}
      title={words.endTitle(allowance.name)}
      will={[
        words.was(say.what(allowance), say.where(allowance), say.until(allowance.to)),
        ...(hasBegun ? [loses, words.endLost, say.usage(allowance, usage)] : [words.endNever]),
        words.kept,
      ]}
      action={`${allowanceAddress(site.id, allowance.allowance)}/end`}
      fields={{}}
      submit={words.endSubmit}
      kind="danger"
      back={back}
    />
  );
}
