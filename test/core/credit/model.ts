// The model of a small site that credit control is held to: the pure machine, on state that is kept by hand.
import {judgeAccount, judgeLine, waitsTooMuch, type LineFacts, type Override} from '../../../edge/credit/machine.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';

export const ACCOUNTS = ['amy', 'ben'] as const;
export const LINES = ['101', '102', '103', '200'] as const;
export const STAFF_LINE = '200';

const DAY_MS = 86_400_000;

export type ModelAccount = {
  balance: number;
  watched: number;
  automatic: {threshold: number; target: number} | undefined;
  closed: boolean;
  warned: boolean;
  refused: boolean;
  refusals: number;
  askAgainAt: number | undefined;
  open: {id: string; at: number} | undefined;
};

type WaitingCall = {
  readonly id: string;
  readonly extension: string;
  readonly account: string;
  readonly start: number;
  readonly seconds: number;
};
type Tenancy = {readonly account: string; readonly from: number; readonly to: number | undefined};

/** What credit control should know and want, kept without it. */
export class Model {
  now: Instant;
  policy: Policy;
  readonly accounts = new Map<string, ModelAccount>(ACCOUNTS.map((id) => [id, newAccount()]));
  readonly tenancies = new Map<string, Tenancy>();
  readonly overrides = new Map<string, Override>();
  /** Oldest recorded first. */
  waiting: readonly WaitingCall[] = [];
  warnings = 0;
  requests = 0;

  constructor(now: Instant, policy: Policy) {
    this.now = now;
    this.policy = policy;
  }

  payer(extension: string, at: number = this.now): string | undefined {
    const tenancy = this.tenancies.get(extension);
    const holds = tenancy !== undefined && tenancy.from <= at && (tenancy.to === undefined || at < tenancy.to);
    return holds ? tenancy.account : undefined;
  }

  facts(id: string): Parameters<typeof judgeAccount>[0] {
    const account = this.account(id);
    const {automatic, refused, closed, warned, refusals} = account;
    const posted = micros(account.balance - (this.policy.mode === 'watch' ? account.watched : 0));
    return {
      payer: {
        account: id as AccountId,
        posted,
        automaticTopUp: automatic === undefined ? undefined : {threshold: micros(automatic.threshold), target: micros(automatic.target)},
        refused,
        closed,
      },
      warned,
      refusals,
      openRequest: account.open === undefined ? undefined : {at: account.open.at as Instant},
      askAgainAt: account.askAgainAt as Instant | undefined,
    };
  }

  account(id: string): ModelAccount {
    const account = this.accounts.get(id);
    if (account === undefined) throw new Error(`no account ${id}`);
    return account;
  }

  /** What is due for these accounts now. `nameOfNext` gives the id of the request that was really made. */
  act(ids: Iterable<string>, nameOfNext: (id: string) => string): void {
    if (this.policy.mode === 'watch') return;
    for (const id of new Set(ids)) {
      const act = judgeAccount(this.facts(id), this.policy, this.now);
      const account = this.account(id);
      if (act.kind === 'warn') this.warnings++;
      if (act.kind === 'warn' || act.kind === 're-arm') account.warned = act.kind === 'warn';
      if (act.kind !== 'request') continue;
      this.requests++;
      account.open = {id: nameOfNext(id), at: this.now};
    }
  }

  verdict(extension: string): ReturnType<typeof judgeLine> {
    return judgeLine(this.#line(extension), this.policy, this.now);
  }

  /** Lines of which staff should look at the calls that wait. */
  alerted(): readonly string[] {
    return LINES.filter((extension) => waitsTooMuch(this.#line(extension), this.policy));
  }

  #line(extension: string): LineFacts {
    const payer = this.payer(extension);
    const waiting = this.waiting.filter((call) => call.extension === extension && call.account === payer && this.now < call.start + DAY_MS);
    return {
      class: extension === STAFF_LINE ? 'staff' : 'student',
      payer: payer === undefined ? undefined : this.facts(payer).payer,
      override: this.overrides.get(extension),
      waiting: {calls: waiting.length, seconds: waiting.reduce((sum, {seconds}) => sum + seconds, 0)},
    };
  }
}

function newAccount(): ModelAccount {
  const nothing = {automatic: undefined, askAgainAt: undefined, open: undefined};
  return {balance: 0, watched: 0, closed: false, warned: false, refused: false, refusals: 0, ...nothing};
}
