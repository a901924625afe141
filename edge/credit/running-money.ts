// What credit control says of an account whose calls run: its money, the levels at which something changes, unlocks by staff.
// In: an account and the lines that its calls are on. Out: plain data, and the verdict of running.ts on it. It writes nothing.
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, ZERO} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import type {CreditGround} from './control.ts';
import {createCreditRows} from './rows.ts';
import {costOf, judgeRunning, type RunningMoney, type RunningUnlock} from './running.ts';

export type RunningCredit = {
  readonly money: (account: AccountId, extensions: Iterable<string>) => RunningMoney;
  readonly judge: typeof judgeRunning;
  readonly costOf: typeof costOf;
};

export function createRunningCredit(database: Database, ground: Pick<CreditGround, 'policy' | 'balance' | 'now'>): RunningCredit {
  const rows = createCreditRows(database);
  const unlockOf = (extension: string, account: AccountId, now: Instant): RunningUnlock | undefined => {
    const override = rows.overrideOf(extension);
    if (override?.act !== 'unlock' || override.payer !== account) return undefined;
    const {expires, moneyLimit, postedWhenGiven} = override;
    if (expires !== undefined && expires <= now) return undefined;
    return {expires, until: moneyLimit === undefined ? undefined : micros(postedWhenGiven - moneyLimit)};
  };
  const money: RunningCredit['money'] = (account, extensions) => {
    const policy = ground.policy();
    const {isStudent, automaticTopUp} = rows.account(account);
    const posted = micros(ground.balance(account) - (policy?.mode === 'watch' ? rows.state(account).watched : ZERO));
    // What the house pays for is never cut, and nobody is asked for money.
    if (policy === undefined || !isStudent) return {posted, floor: undefined, levels: [], unlocks: new Map()};
    const now = ground.now();
    const unlocks = new Map<string, RunningUnlock>();
    for (const extension of extensions) {
      const unlock = unlockOf(extension, account, now);
      if (unlock !== undefined) unlocks.set(extension, unlock);
    }
    const spent = [...unlocks.values()].flatMap(({until}) => (until === undefined ? [] : [until]));
    const levels = [
      // A line is locked, and an unlock over, at its level already; a warning or a top-up comes below it.
      ...[policy.floor, ...spent].map((level) => level + 1),
      policy.warnBelow,
      ...(automaticTopUp === undefined ? [] : [automaticTopUp.threshold]),
    ];
    // Behind the brake nothing is locked before somebody has looked; nor is anything cut.
    const cuts = policy.mode === 'bill-and-lock' && !rows.brakeIsHeld();
    return {posted, floor: cuts ? micros(policy.floor) : undefined, levels: levels.map((level) => micros(level)), unlocks};
  };
  return {money, judge: judgeRunning, costOf};
}
