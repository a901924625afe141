// Who takes which kind of row, and what each one touches: credit control then looks at just that, once, at the end of a batch.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {DownBody} from '../../shared/wire/kinds.ts';
import type {Readers} from '../../shared/wire/reader.ts';
import type {CreditControl} from '../credit/control.ts';
import type {Ledger} from '../ledger/ledger.ts';
import type {Asked} from '../ledger/resolve.ts';
import type {SiteReaders} from '../site/write.ts';

export type Touched = {
  /** Their money moved. */
  readonly paid: Set<AccountId>;
  /** What is known of them changed, not their money. */
  readonly accounts: Set<AccountId>;
  readonly lines: Set<string>;
  /** The rules changed: every line is to be looked at. */
  site: boolean;
  /** Tariffs, rules or who pays changed: calls that wait may have a price now. */
  prices: boolean;
  /** Asked for calls that wait; done once all that came with them is known. */
  readonly resolutions: Asked[];
};

export function nothingTouched(): Touched {
  return {paid: new Set(), accounts: new Set(), lines: new Set(), site: false, prices: false, resolutions: []};
}

export function createReaders(
  {site, ledger, credit}: {readonly site: SiteReaders; readonly ledger: Pick<Ledger, 'take' | 'adjust'>; readonly credit: CreditControl},
  touched: () => Touched,
): Readers {
  return {
    ...site,
    account: (body, row) => {
      site.account(body, row);
      const account = body.account as AccountId;
      // Another method, or none: an old refusal says nothing of it.
      credit.forgetRefusal(account);
      touched().accounts.add(account);
      touched().prices = true;
    },
    extension: (body, row) => {
      site.extension(body, row);
      touched().lines.add(body.extension);
    },
    tenancy: (body, row) => {
      const before = site.lineOfTenancy(body.tenancy);
      site.tenancy(body, row);
      for (const line of [before, body.extension]) if (line !== undefined) touched().lines.add(line);
      touched().prices = true;
    },
    policy: (body, row) => {
      site.policy(body, row);
      credit.forgetRefusals();
      touched().site = true;
      touched().prices = true;
    },
    tariff: (body, row) => {
      site.tariff(body, row);
      touched().prices = true;
    },
    schedule: (body, row) => {
      site.schedule(body, row);
      touched().prices = true;
    },
    credit: (body, row) => {
      for (const account of ledger.take(body, row)) touched().paid.add(account);
      credit.forgetRefusal(body.credit as AccountId);
    },
    allowance: (body, row) => {
      site.allowance(body, row);
      // What waits was never priced: another allowance may cover it.
      touched().prices = true;
    },
    adjustment: (body, row) => {
      for (const account of ledger.adjust(body, row)) touched().paid.add(account);
      for (const account of paidBack(body)) credit.forgetRefusal(account);
    },
    'top-up-result': (body) => void touched().accounts.add(credit.takeResult(body)),
    override: (body) => void touched().lines.add(credit.takeOverride(body)),
    resolution: (body, {seq}) => void touched().resolutions.push({body, seq}),
  };
}

/** Who got more back than he pays more: to him it is a credit. */
function paidBack({entries}: DownBody<'adjustment'>): readonly AccountId[] {
  const sums = new Map<string, number>();
  for (const {account, amount} of entries) sums.set(account, (sums.get(account) ?? 0) + amount);
  return [...sums].flatMap(([account, sum]) => (sum < 0 ? [account as AccountId] : []));
}
