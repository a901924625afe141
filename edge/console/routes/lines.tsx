// Lines, one line, and what staff decide for it.
import {micros, microsFromDecimal} from '../../../shared/money/micros.ts';
import {later, type Instant} from '../../../shared/time/instant.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer, type Route, type SignedVisit, type Visit} from '../../../shared/web/answer.ts';
import type {OverrideAct} from '../given.ts';
import type {ConsoleWords} from '../messages.ts';
import {figuresIn} from '../pages/ground.ts';
import {LinePage, type LineView} from '../pages/line.tsx';
import {lineAddress} from '../pages/line-cells.tsx';
import {LinesPage} from '../pages/lines.tsx';
import {DURATIONS_MS, OverrideConfirmPage, TakeBackPage, type DurationName, type OverrideFields} from '../pages/override.tsx';
import {LINE_FILTERS, type Line} from '../rows/lines.ts';
import {attempt, pageOf, readList, type RouteGround} from './ground.ts';

const CALLS_SHOWN = 20;
/** More than anybody hands over a counter, and less than a mistyped pence figure. */
const LARGEST_LIMIT = micros(1_000_000_000);
const LONGEST_REASON = 500;

export function lineRoutes(ground: RouteGround): readonly Route[] {
  const {lines, site, acts, words, log} = ground;
  const withLine = (visit: SignedVisit, act: (line: Line) => Answer): Answer => {
    const line = lines.one(visit.part, visit.setting.now);
    return line === undefined ? {kind: 'missing'} : act(line);
  };
  return [
    {
      path: '/lines',
      signed: true,
      get: ({query, setting}) => {
        const filter = LINE_FILTERS.find((each) => each === query.get('show')) ?? 'all';
        const wish = {filter, search: (query.get('find') ?? '').trim(), page: pageOf(query.get('page'))};
        const found = readList(() => lines.page(wish, setting.now), log);
        return page(<LinesPage {...wish} mode={ground.health.snapshot().mode} found={found} />);
      },
    },
    {
      path: '/lines/:part',
      signed: true,
      get: (visit) => withLine(visit, (line) => page(<LinePage {...lineView(ground, line)} />)),
    },
    {
      path: '/lines/:part/override',
      signed: true,
      // Reached by reloading, or by going back: the form is on the page of the line.
      get: (visit) => go(lineAddress(visit.part)),
      post: (visit) => withLine(visit, (line) => decide(ground, visit, line)),
    },
    {
      path: '/lines/:part/take-back',
      signed: true,
      get: (visit) =>
        withLine(visit, (line) => (line.override === undefined ? go(lineAddress(line.extension)) : page(<TakeBackPage line={line} />))),
      post: (visit) =>
        withLine(visit, ({extension, override}) => {
          if (override === undefined) return go(lineAddress(extension));
          attempt(visit, words, () => {
            // A journal row wants a reason; what is taken back had one.
            acts.override({extension, act: 'end', reason: override.reason, expires: undefined, limit: undefined}, visit.session.name);
            return words.override.done.end(extension);
          });
          return go(lineAddress(extension));
        }),
    },
  ];

  function decide(with_: RouteGround, visit: SignedVisit, line: Line): Answer {
    const currency = site.policy()?.currency;
    const fields = fieldsOf(visit);
    const read = readOverride(fields, line.extension, {now: visit.setting.now, words, locale: visit.setting.locale, currency});
    if (line.class !== 'student') return go(lineAddress(line.extension));
    if (read.kind === 'wrong') return page(<LinePage {...lineView(with_, line)} fields={fields} errors={read.errors} />, 422);
    const isSet = site.policy()?.mode === 'bill-and-lock';
    if (visit.form.get('sure') !== 'yes') {
      return page(<OverrideConfirmPage line={line} act={read.act} fields={fields} currency={currency} isSet={isSet} />);
    }
    attempt(visit, words, () => {
      acts.override(read.act, visit.session.name);
      return words.override.done[read.act.act](line.extension);
    });
    return go(lineAddress(line.extension));
  }
}

function lineView({lines, calls, site, health}: RouteGround, line: Line): LineView {
  return {
    line,
    mode: health.snapshot().mode,
    currency: site.policy()?.currency,
    tenancies: lines.tenancies(line.extension),
    calls: calls.ofLine({extension: line.extension, payer: line.payer?.account}, CALLS_SHOWN),
  };
}

function fieldsOf({form}: Pick<Visit, 'form'>): OverrideFields {
  const text = (name: string): string => (form.get(name) ?? '').trim();
  return {act: text('act'), reason: text('reason'), ends: text('ends'), limit: text('limit')};
}

type Reading = {readonly kind: 'read'; readonly act: OverrideAct} | {readonly kind: 'wrong'; readonly errors: Errors};
type ReadingGround = {
  readonly now: Instant;
  readonly words: ConsoleWords;
  readonly locale: string;
  readonly currency: string | undefined;
};

/** Reads what staff typed: a lock may be without end, an unlock has an end and a money limit. */
export function readOverride(fields: OverrideFields, extension: string, ground: ReadingGround): Reading {
  const errors = {...actErrors(fields, ground.words), ...limitErrors(fields, ground)};
  if (Object.keys(errors).length > 0) return {kind: 'wrong', errors};
  const {now} = ground;
  const lasts = DURATIONS_MS[fields.ends as DurationName];
  const act = {
    extension,
    act: fields.act as 'lock' | 'unlock',
    reason: fields.reason,
    expires: lasts === undefined ? undefined : later(now, lasts),
    limit: fields.act === 'unlock' ? microsFromDecimal(fields.limit) : undefined,
  };
  return {kind: 'read', act};
}

function actErrors({act, reason, ends}: OverrideFields, {override}: ConsoleWords): Errors {
  const words = override.errors;
  const errors: Record<string, string> = {};
  if (act !== 'lock' && act !== 'unlock') errors['act'] = words.act;
  if (reason === '') errors['reason'] = words.reason;
  if (reason.length > LONGEST_REASON) errors['reason'] = words.reasonLong;
  if (!Object.hasOwn(DURATIONS_MS, ends)) errors['ends'] = words.ends;
  if (act === 'unlock' && ends === 'open') errors['ends'] = words.endsOpen;
  return errors;
}

function limitErrors({act, limit}: OverrideFields, {words, locale, currency}: ReadingGround): Errors {
  const {errors} = words.override;
  if (act === 'lock') return limit === '' ? {} : {limit: errors.limitLock};
  if (act !== 'unlock') return {};
  const amount = microsFromDecimal(limit);
  if (amount === undefined) return {limit: errors.limit};
  const most = currency === undefined ? '' : figuresIn(locale).money(LARGEST_LIMIT, currency);
  return amount <= 0 || amount > LARGEST_LIMIT ? {limit: errors.limitRange(most)} : {};
}
