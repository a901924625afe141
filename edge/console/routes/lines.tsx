// Lines, one line, and what staff decide for it.
import type {Errors} from '../../../shared/ui/form.tsx';
import {overrideFields, readDecision, type OverrideFields, type OverrideGround} from '../../../shared/ui/override.tsx';
import {go, page, type Answer, type Route, type SignedVisit} from '../../../shared/web/answer.ts';
import {pageOf} from '../../../shared/web/query.ts';
import type {OverrideAct} from '../given.ts';
import type {ConsoleWords} from '../messages.ts';
import {LinePage, type LineView} from '../pages/line.tsx';
import {lineAddress} from '../pages/line-cells.tsx';
import {LinesPage} from '../pages/lines.tsx';
import {OverrideConfirmPage, TakeBackPage} from '../pages/override.tsx';
import {LINE_FILTERS, type Line} from '../rows/lines.ts';
import {attempt, readList, type RouteGround} from './ground.ts';

const CALLS_SHOWN = 20;

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
    const fields = overrideFields(visit.form);
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
    pricedBy: site.pricedBy,
    calls: calls.ofLine({extension: line.extension, payer: line.payer?.account}, CALLS_SHOWN),
  };
}

type Reading = {readonly kind: 'read'; readonly act: OverrideAct} | {readonly kind: 'wrong'; readonly errors: Errors};

/** Reads what staff typed about this line. */
export function readOverride(
  fields: OverrideFields,
  extension: string,
  {words, ...ground}: Omit<OverrideGround, 'words'> & {readonly words: ConsoleWords},
): Reading {
  const read = readDecision(fields, {...ground, words: words.override.errors});
  return read.kind === 'wrong' ? read : {kind: 'read', act: {extension, ...read.decision}};
}
