// Accounts, unbillable calls, tariffs: what is shown of money. Nothing here can be done.
import {page, type Route} from '../../../shared/web/answer.ts';
import {beforeOf, pageOf} from '../../../shared/web/query.ts';
import {AccountPage} from '../pages/account.tsx';
import {AccountsPage} from '../pages/accounts.tsx';
import {TariffPage} from '../pages/tariff.tsx';
import {UnbillablePage} from '../pages/unbillable.tsx';
import {ACCOUNT_FILTERS} from '../rows/accounts.ts';
import {cutOf, readList, type RouteGround} from './ground.ts';

export function moneyRoutes({accounts, calls, site, log, words}: RouteGround): readonly Route[] {
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
        return page(<AccountPage account={account} floor={floor()} movements={movements} calls={ofPayer} />);
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
    {path: '/tariff', signed: true, get: () => page(<TariffPage schedule={readList(site.schedule, log)} />)},
  ];
}
