// Who takes which kind of row, and what each one touches: credit control then looks at just that, once, at the end of a batch.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Readers} from '../../shared/wire/reader.ts';
import type {CreditControl} from '../credit/control.ts';
import type {Ledger} from '../ledger/ledger.ts';
import type {SiteReaders} from '../site/write.ts';

export type Touched = {
  /** Their money moved. */
  readonly paid: Set<AccountId>;
  /** What is known of them changed, not their money. */
  readonly accounts: Set<AccountId>;
  readonly lines: Set<string>;
  /** The rules changed: every line is to be looked at. */
  site: boolean;
};

export function nothingTouched(): Touched {
  return {paid: new Set(), accounts: new Set(), lines: new Set(), site: false};
}

export function createReaders(
  {site, ledger, credit}: {readonly site: SiteReaders; readonly ledger: Pick<Ledger, 'take'>; readonly credit: CreditControl},
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
    },
    extension: (body, row) => {
      site.extension(body, row);
      touched().lines.add(body.extension);
    },
    tenancy: (body, row) => {
      const before = site.lineOfTenancy(body.tenancy);
      site.tenancy(body, row);
      for (const line of [before, body.extension]) if (line !== undefined) touched().lines.add(line);
    },
    policy: (body, row) => {
      site.policy(body, row);
      credit.forgetRefusals();
      touched().site = true;
    },
    credit: (body, row) => {
      for (const account of ledger.take(body, row)) touched().paid.add(account);
      credit.forgetRefusal(body.credit as AccountId);
    },
    'top-up-result': (body) => void touched().accounts.add(credit.takeResult(body)),
    override: (body) => void touched().lines.add(credit.takeOverride(body)),
  };
}
