// Accounts, unbillable calls, tariffs: what is shown of money, and what a call would cost. Nothing here can be done.
import type {Currency} from '../../../shared/money/micros.ts';
import {quote} from '../../../shared/tariff/quote.ts';
import {bareDigits, quoteFields, readQuestion, USUAL_QUESTION} from '../../../shared/ui/quote.tsx';
import {page, type Answer, type Route, type SignedVisit} from '../../../shared/web/answer.ts';
import {beforeOf, pageOf} from '../../../shared/web/query.ts';
import {AccountPage} from '../pages/account.tsx';
import {AccountsPage} from '../pages/accounts.tsx';
import {TariffPage, type Asked} from '../pages/tariff.tsx';
import {UnbillablePage} from '../pages/unbillable.tsx';
import {ACCOUNT_FILTERS} from '../rows/accounts.ts';
import {cutOf, readList, type RouteGround} from './ground.ts';

export function moneyRoutes(ground: RouteGround): readonly Route[] {
  const {accounts, calls, site, log, words} = ground;
  const floor = (): number => readList(site.policy, log)?.floor ?? 0;
  return [
    {
      path: '/accounts',
      signed: true,
      get: ({query, setting}) => {
        const filter = ACCOUNT_FILTERS.find((each) => each === query.get('show')) ?? 'all';
        const wish = {filter, search: (query.get('find') ?? '').trim(), page: pageOf(query.get('page')), floor: floor()};
        return page(<AccountsPage {...wish} found={readList(() => accounts.page(wish, setting.now), log)} />);
      },
    },
    {
      path: '/accounts/:part',
      signed: true,
      get: ({part, query, setting}) => {
        const account = accounts.one(part, setting.now);
        if (account === undefined) return {kind: 'missing'};
        const movements = cutOf(
          beforeOf(query.get('money')),
          (before, most) => accounts.movements(part, before, most),
          ({seq}) => seq,
        );
        const ofPayer = cutOf(
          beforeOf(query.get('calls')),
          (before, most) => calls.ofPayer(part, before, most),
          ({seq}) => seq,
        );
        return page(<AccountPage account={account} floor={floor()} movements={movements} calls={ofPayer} pricedBy={site.pricedBy} />);
      },
    },
    {
      path: '/unbillable',
      signed: true,
      get: ({query}) => {
        const asked = query.get('reason') ?? '';
        const reason = Object.hasOwn(words.unbillable.reasons, asked) ? asked : undefined;
        const found = readList(
          () => ({
            groups: calls.unbillableByReason(),
            calls: cutOf(
              beforeOf(query.get('before')),
              (before, most) => calls.unbillable(reason, before, most),
              ({seq}) => seq,
            ),
          }),
          log,
        );
        return page(<UnbillablePage reason={reason} found={found} />);
      },
    },
    {
      path: '/tariff',
      signed: true,
      get: () => tariffPage(ground, {fields: USUAL_QUESTION}),
      post: (visit) => tariffPage(ground, ask(ground, visit)),
    },
  ];
}

function tariffPage({site, log}: RouteGround, asked: Asked): Answer {
  return page(<TariffPage schedule={readList(site.schedule, log)} asked={asked} />, asked.errors === undefined ? 200 : 422);
}

/** With what the box prices calls by. */
function ask({book, words: {tariff: words}}: RouteGround, {form, setting: {now}}: SignedVisit): Asked {
  const fields = quoteFields(form);
  const read = readQuestion(fields, words.quoteForm);
  if (read.kind === 'wrong') return {fields, errors: read.errors};
  const {dialled, seconds} = read;
  const policy = book.policy();
  const isExtension = book.extensionClass(bareDigits(dialled)) !== undefined;
  const found = quote({dialled, seconds, start: now, isExtension}, policy, book.tariffAt(now));
  const {errors, reasons} = words.quoteForm;
  if (found.kind === 'unbillable' && found.reason === 'number-unreadable') return {fields, errors: {number: errors.numberWrong}};
  if (found.kind === 'unbillable' && found.reason === 'duration-implausible') return {fields, errors: {minutes: reasons[found.reason]}};
  return {fields, answer: {quote: found, currency: (policy?.currency ?? '') as Currency}};
}
