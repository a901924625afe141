// Random histories of a small site, run through credit control on a real store and through a model of it, which is asked about
// everything after every event. What the store holds must be what the model says.
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {askAgainAfter, REQUEST_LAPSES_MS} from '../../../edge/credit/machine.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../../shared/wire/kinds.ts';
import {amount} from '../../tiers.ts';
import {ACCOUNTS, LINES, Model, STAFF_LINE, type ModelAccount} from './model.ts';
import {MINUTE, openSite, POLICY, POUND, type Site} from './site.ts';

type Event =
  | {readonly kind: 'charge' | 'pay' | 'watch'; readonly account: string; readonly pence: number}
  | {readonly kind: 'account'; readonly account: string; readonly automatic: boolean; readonly closed: boolean}
  | {
      readonly kind: 'tenancy';
      readonly extension: string;
      readonly account: string;
      readonly from: number;
      readonly length: number | undefined;
    }
  | {
      readonly kind: 'override';
      readonly extension: string;
      readonly act: 'lock' | 'unlock' | 'end';
      readonly minutes: number | undefined;
      readonly pounds: number | undefined;
    }
  | {
      readonly kind: 'result';
      readonly account: string;
      readonly result: DownBody<'top-up-result'>['result'];
      readonly late: boolean;
      readonly minutes: number | undefined;
    }
  /** A call that has no price, with a length around the limit; and staff who write off the oldest that waits. */
  | {readonly kind: 'unbillable'; readonly extension: string; readonly startedAgo: number; readonly seconds: number}
  | {readonly kind: 'write-off'}
  | {readonly kind: 'policy'; readonly change: Partial<Policy>}
  | {readonly kind: 'wait'; readonly minutes: number};

const account = fc.constantFrom(...ACCOUNTS);
const extension = fc.constantFrom(...LINES);
const minutes = fc.integer({min: 1, max: 24 * 60});
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, {nil: undefined});

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {weight: 4, arbitrary: fc.record({kind: fc.constantFrom('charge', 'watch'), account, pence: fc.integer({min: 1, max: 800})})},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('pay'), account, pence: fc.integer({min: 1, max: 1_000})})},
  fc.record({kind: fc.constant('account'), account, automatic: fc.boolean(), closed: fc.integer({min: 0, max: 5}).map((n) => n === 0)}),
  fc.record({
    kind: fc.constant('tenancy'),
    extension,
    account,
    from: fc.integer({min: -60, max: 120}),
    length: maybe(fc.integer({min: 0, max: 240})),
  }),
  fc.record({
    kind: fc.constant('override'),
    extension,
    act: fc.constantFrom('lock', 'unlock', 'end'),
    minutes: maybe(minutes),
    pounds: maybe(fc.integer({min: 0, max: 8})),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('result'),
      account,
      result: fc.constantFrom('paid', 'refused', 'needs-student', 'deferred', 'not-needed', 'unknown'),
      late: fc.boolean(),
      minutes: maybe(minutes),
    }),
  },
  fc.record({
    kind: fc.constant('policy'),
    change: fc.oneof(
      fc.record({mode: fc.constantFrom('watch', 'bill', 'bill-and-lock')}),
      fc.record({floor: fc.constantFrom(0, -2 * POUND)}),
      fc.record({refusedLocks: fc.constantFrom('at-once', 'at-floor')}),
      fc.record({unbillable: fc.record({minutes: fc.constantFrom(10, 30), calls: fc.constantFrom(1, 5), locks: fc.boolean()})}),
    ),
  }),
  {
    weight: 4,
    arbitrary: fc.record({kind: fc.constant('unbillable'), extension, startedAgo: minutes, seconds: fc.integer({min: 1, max: 700})}),
  },
  {weight: 2, arbitrary: fc.record({kind: fc.constant('write-off')})},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('wait'), minutes})},
);

/** Both sides of a history: the site as the composition root would drive it, and the model. */
class History {
  readonly site: Site;
  readonly model: Model;

  constructor() {
    const policy = {...POLICY, brake: {lines: 1_000, percent: 100, minutes: 10}};
    this.site = openSite(policy);
    this.model = new Model(this.site.now, policy);
    for (const id of ACCOUNTS) this.site.account(id);
    for (const name of LINES) this.site.line(name, name === STAFF_LINE ? 'staff' : 'student');
    // Everybody lives somewhere, and one lets the box ask for money.
    for (const [index, account] of ACCOUNTS.entries()) {
      this.take({kind: 'tenancy', extension: LINES[index] ?? STAFF_LINE, account, from: -60, length: undefined});
      this.take({kind: 'account', account, automatic: index === 0, closed: false});
    }
    this.site.act(() => this.site.credit.review(LINES));
  }

  take(event: Event): void {
    switch (event.kind) {
      case 'charge':
      case 'pay':
      case 'watch':
        return this.#money(event);
      case 'account':
        return this.#account(event);
      case 'tenancy':
        return this.#tenancy(event);
      case 'override':
        return this.#override(event);
      case 'result':
        return this.#result(event);
      case 'unbillable':
        return this.#unbillable(event);
      case 'write-off':
        return this.#writeOff();
      case 'policy':
        return this.#policy(event.change);
      case 'wait':
        return this.#wait(event.minutes * MINUTE);
    }
  }

  /** What the store holds. */
  seen() {
    const {site} = this;
    const accounts = site.database.prepare<[], AccountRow>(
      'SELECT account, warned, refused, refusals, request FROM credit_state ORDER BY account',
    );
    return {
      lines: LINES.map((name) => site.state(name)),
      alerted: site.alerted(),
      warnings: site.told('warning').length,
      requests: site.told('top-up-request').length,
      accounts: accounts.all(),
    };
  }

  /** What it must hold. An account that nothing was ever kept of has no row. */
  expected(): ReturnType<History['seen']> {
    const {site, model} = this;
    const known = site.database.prepare<[], string>('SELECT account FROM credit_state ORDER BY account').pluck().all();
    return {
      lines: LINES.map((name) => model.verdict(name)),
      alerted: model.alerted(),
      warnings: model.warnings,
      requests: model.requests,
      accounts: ACCOUNTS.filter((id) => known.includes(id) || !isNew(model.account(id))).map((account) => {
        const {warned, refused, refusals, open} = model.account(account);
        return {account, warned: Number(warned), refused: Number(refused), refusals, request: open?.id ?? null};
      }),
    };
  }

  #nameOfLast = (id: string): string => {
    const body = this.site.told('top-up-request').findLast(({account: of}) => of === id);
    return typeof body?.['request'] === 'string' ? body['request'] : 'none was made';
  };

  #money({kind, account: id, pence}: Extract<Event, {pence: number}>): void {
    const {site, model} = this;
    const value = pence * 10_000;
    const known = model.account(id);
    if (kind === 'watch') {
      site.watch(id, value);
      known.watched += value;
      site.act(() => site.credit.settle([id as AccountId], 'call'));
    } else if (kind === 'charge') {
      site.charge(id, value);
      known.balance -= value;
    } else {
      known.balance += value;
      forget(known);
      site.act(() => {
        site.credit.forgetRefusal(id as AccountId);
      });
      site.pay(id, value);
    }
    model.act([id], this.#nameOfLast);
  }

  #account({account: id, automatic, closed}: Extract<Event, {kind: 'account'}>): void {
    const {site, model} = this;
    const settings = {threshold: 3 * POUND, target: 6 * POUND};
    site.account(id, {closed, ...(automatic ? {automaticTopUp: settings} : {})});
    site.act(() => {
      site.credit.forgetRefusal(id as AccountId);
      site.credit.settle([id as AccountId], 'call');
    });
    const known = model.account(id);
    Object.assign(known, {closed, automatic: automatic ? settings : undefined});
    forget(known);
    model.act([id], this.#nameOfLast);
  }

  #tenancy({extension: line, account: id, from, length}: Extract<Event, {kind: 'tenancy'}>): void {
    const {site, model} = this;
    const begin = model.now + from * MINUTE;
    const end = length === undefined ? undefined : begin + length * MINUTE;
    // One row a line, written again: a tenancy that is amended.
    site.database.prepare('DELETE FROM tenancy WHERE extension = ?').run(line);
    site.tenancy(line, id, begin, end);
    site.act(() => site.credit.review([line]));
    model.tenancies.set(line, {account: id, from: begin, to: end});
  }

  #override({extension: line, act, minutes: lasts, pounds}: Extract<Event, {kind: 'override'}>): void {
    const {site, model} = this;
    const expires = lasts === undefined ? undefined : ((model.now + lasts * MINUTE) as Instant);
    const moneyLimit = pounds === undefined ? undefined : micros(pounds * POUND);
    site.override({
      extension: line,
      act,
      ...(expires === undefined ? {} : {expires}),
      ...(moneyLimit === undefined ? {} : {limit: moneyLimit}),
    });
    if (act === 'end') {
      model.overrides.delete(line);
      return;
    }
    const payer = model.payer(line) as AccountId | undefined;
    const postedWhenGiven = payer === undefined ? micros(0) : model.facts(payer).payer.posted;
    model.overrides.set(line, {act, expires, moneyLimit, postedWhenGiven, payer});
  }

  #result({account: id, result, late, minutes: given}: Extract<Event, {kind: 'result'}>): void {
    const {site, model} = this;
    const known = model.account(id);
    const request = late || known.open === undefined ? 'a request of long ago' : known.open.id;
    const until = given === undefined ? undefined : model.now + given * MINUTE;
    const body = {request, account: id, result, ...(until === undefined ? {} : {until})};
    site.act(() => site.credit.settle([site.credit.takeResult(body)], 'call'));
    if (result === 'refused') refuse(known, model.now);
    if (result === 'paid') forget(known);
    if (result === 'deferred') known.askAgainAt = Math.max(until ?? 0, model.now + REQUEST_LAPSES_MS);
    if (ends(result, known) && known.open?.id === request) known.open = undefined;
    model.act([id], this.#nameOfLast);
  }

  /** It began up to a day ago: some count for minutes only. */
  #unbillable({extension: line, startedAgo, seconds}: Extract<Event, {kind: 'unbillable'}>): void {
    const {site, model} = this;
    const start = model.now - startedAgo * MINUTE;
    const id = site.waits(line, {start, seconds});
    const payer = model.payer(line, start);
    if (payer === undefined) return;
    model.waiting = [...model.waiting, {id, extension: line, account: payer, start, seconds}];
    model.act([payer], this.#nameOfLast);
  }

  #writeOff(): void {
    const {site, model} = this;
    const [oldest, ...others] = model.waiting;
    if (oldest === undefined) return;
    site.writeOff(oldest.id);
    model.waiting = others;
    model.act([oldest.account], this.#nameOfLast);
  }

  #policy(change: Partial<Policy>): void {
    const {site, model} = this;
    site.policy(change);
    site.act(() => {
      site.credit.forgetRefusals();
      site.credit.review(LINES);
    });
    model.policy = {...model.policy, ...change};
    for (const known of model.accounts.values()) forget(known);
  }

  #wait(ms: number): void {
    const {site, model} = this;
    const before = model.now;
    model.now = site.now = (before + ms) as Instant;
    const due = site.credit.nextReviewAt();
    if (due !== undefined && due <= site.now) site.act(() => site.credit.reviewDue());
    const fell = (at: number | undefined): boolean => at !== undefined && at > before && at <= model.now;
    const touched = ACCOUNTS.filter((id) => {
      const {askAgainAt, open} = model.account(id);
      return fell(askAgainAt) || fell(open === undefined ? undefined : open.at + REQUEST_LAPSES_MS);
    });
    model.act(touched, this.#nameOfLast);
  }
}

type AccountRow = {account: string; warned: number; refused: number; refusals: number; request: string | null};

function isNew({warned, refusals, open}: ModelAccount): boolean {
  return !warned && refusals === 0 && open === undefined;
}

function refuse(known: ModelAccount, now: Instant): void {
  known.refused = true;
  known.refusals++;
  const wait = askAgainAfter(known.refusals);
  known.askAgainAt = wait === undefined ? undefined : now + wait;
}

/** Does this answer end the request? */
function ends(result: DownBody<'top-up-result'>['result'], {automatic, balance}: ModelAccount): boolean {
  const hasMoney = automatic === undefined || balance >= automatic.threshold;
  return result === 'refused' || result === 'deferred' || (result === 'paid' && hasMoney);
}

function forget(known: ModelAccount): void {
  if (known.refusals > 0) Object.assign(known, {refused: false, refusals: 0, askAgainAt: undefined});
}

test('after any history every line is as the pure machine says, and no warning or request is made twice or forgotten', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, {minLength: 20, maxLength: 60}), (events) => {
      const history = new History();
      try {
        for (const event of events) {
          history.take(event);
          expect(history.seen()).toEqual(history.expected());
        }
      } finally {
        history.site.remove();
      }
    }),
    {numRuns: Math.ceil(amount('properties') / 2)},
  );
}, 240_000);
