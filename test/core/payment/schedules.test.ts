// Any schedule of losses, delays, repetitions, decisions of students and banks, and deaths of the process at every await.
// When the faults stop, everything must have come to an end, and the books of both sides must agree.
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {balanceOf} from '../../../cloud/books/posting.ts';
import type {Reader} from '../../../cloud/store/open.ts';
import {amount} from '../../tiers.ts';
import type {FakeProvider, Fate, Will} from './provider.ts';
import {openRig, pounds, SITE, STUDENT, type Rig} from './rig.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const CAP = 35;

/** What awaits the next requests, and what becomes of the next new charge. */
type Weather = {readonly fates: readonly Fate[]; readonly will: Will};

type Step =
  | {readonly kind: 'pay'; readonly how: 'saved' | 'hosted' | 'cashless'; readonly again: boolean; readonly weather: Weather}
  /** The student has telephoned, and the box asks. */
  | {readonly kind: 'ask'; readonly weather: Weather}
  | {readonly kind: 'decide'; readonly how: 'paid' | 'declined' | 'ended'; readonly which: number}
  | {readonly kind: 'deliver'}
  | {readonly kind: 'hook'; readonly which: number; readonly event: number}
  | {readonly kind: 'look'; readonly which: number}
  | {readonly kind: 'die'}
  | {readonly kind: 'die-in'; readonly transactions: number; readonly how: 'before-commit' | 'after-commit'}
  | {readonly kind: 'jump'; readonly ms: number}
  | {readonly kind: 'pass'; readonly ms: number};

const fate = fc.constantFrom<Fate>(
  'answer',
  'lose-request',
  'lose-answer',
  'not-sent',
  'delay',
  'in-flight',
  'never-before',
  'never-after',
);
const weather = fc.record({
  fates: fc.oneof(fc.constant([]), fc.array(fate, {maxLength: 5, size: 'max'})),
  will: fc.constantFrom<Will>('pay', 'pay', 'pay', 'pay', 'decline', 'authenticate', 'process'),
});
const which = fc.nat({max: 20});
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({weight, arbitrary});
const of = <K extends Step['kind']>(kind: K) => fc.constant(kind);
const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(5, fc.record({kind: of('pay'), how: fc.constantFrom('saved', 'hosted', 'cashless'), again: fc.boolean(), weather})),
  weighted(4, fc.record({kind: of('ask'), weather})),
  weighted(2, fc.record({kind: of('decide'), how: fc.constantFrom('paid', 'declined', 'ended'), which})),
  weighted(2, fc.record({kind: of('deliver')})),
  weighted(2, fc.record({kind: of('hook'), which, event: fc.nat({max: 5})})),
  weighted(1, fc.record({kind: of('look'), which})),
  weighted(1, fc.record({kind: of('die')})),
  weighted(
    2,
    fc.record({kind: of('die-in'), transactions: fc.integer({min: 1, max: 6}), how: fc.constantFrom('before-commit', 'after-commit')}),
  ),
  weighted(1, fc.record({kind: of('jump'), ms: fc.constantFrom(-HOUR, -MINUTE, MINUTE, HOUR)})),
  weighted(6, fc.record({kind: of('pass'), ms: fc.constantFrom(0, SECOND, 10 * SECOND, MINUTE, 16 * MINUTE, 40 * MINUTE, 2 * HOUR)})),
);

/** One run: the rig, and what the schedule has made so far. */
type Run = {readonly rig: Rig; readonly payments: string[]; readonly overCap: string[]; requests: number; spent: number};

function named({payments}: Run, index: number): string {
  return payments[index % payments.length] ?? 'none-000000000001';
}

type Acts = {readonly [K in Step['kind']]: (run: Run, step: Extract<Step, {kind: K}>) => Promise<unknown> | void};

const ACTS: Acts = {
  pay: ({rig, payments}, {how, again, weather: ahead}) => {
    const last = payments.at(-1);
    const id = again && last !== undefined ? last : `payment-${String(payments.length).padStart(8, '0')}`;
    if (!payments.includes(id)) payments.push(id);
    expectWeather(how === 'cashless' ? rig.cashless : rig.card, ahead);
    return payBy(rig, how, id);
  },
  ask: async (run, {weather: ahead}) => {
    run.spent += pounds(15);
    await spend(run.rig, run.spent);
    const id = `request-${run.requests++}`;
    expectWeather(run.rig.card, ahead);
    const decision = await run.rig.ask(id, {}, async ({db}, {kind}) => {
      if (kind === 'pay' && chargedIn(await automaticPayments(db)) > CAP * 100) run.overCap.push(`I7: ${id} was granted above the cap`);
    });
    if (decision.kind === 'pay') run.payments.push(id);
  },
  hook: (run, {event, which: index}) => Promise.race([run.rig.hook(`evt_${event}_${index}`, named(run, index)), run.rig.time.pass(SECOND)]),
  look: (run, {which: index}) => Promise.race([run.rig.payments.lookNow(named(run, index), 'student'), run.rig.time.pass(9 * SECOND)]),
  die: ({rig}) => rig.restart(),
  'die-in': ({rig}, {transactions, how}) => {
    rig.incarnation.crash = {at: rig.incarnation.transactions + transactions, how};
  },
  pass: ({rig}, {ms}) => rig.time.pass(ms),
  jump: ({rig}, {ms}) => rig.jump(ms),
  decide: (run, {how, which: index}) => {
    for (const provider of [run.rig.card, run.rig.cashless]) provider.decide(named(run, index), how);
  },
  deliver: ({rig}) => {
    for (const provider of [rig.card, rig.cashless]) provider.deliver();
  },
};

async function take(run: Run, each: Step): Promise<void> {
  // Whoever posts forms or sends webhooks finds the process that lives.
  if (run.rig.incarnation.dead) run.rig.restart();
  // The pair is one by its kind; TypeScript cannot follow a union through an index.
  await (ACTS[each.kind] as (run: Run, step: Step) => Promise<unknown> | void)(run, each);
}

function expectWeather({fates, wills}: FakeProvider, {fates: next, will}: Weather): void {
  fates.splice(0, fates.length, ...next);
  wills.splice(0, wills.length, will);
}

async function payBy(rig: Rig, how: 'saved' | 'hosted' | 'cashless', id: string): Promise<void> {
  if (how !== 'cashless') await rig.pay(how, {id});
  else {
    const method = await rig.saveCard('cashless');
    await rig.act((tx) => rig.payments.create(tx, {id, site: SITE, account: STUDENT, amount: '10', how: {kind: 'saved', method}}));
  }
}

async function spend(rig: Rig, spent: number): Promise<void> {
  await rig.act(async ({db}) => {
    await db
      .insertInto('account')
      .values({site: SITE, id: 'revenue', kind: 'house', currency: 'GBP'})
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const call = {
      site: SITE,
      debit: STUDENT,
      credit: 'revenue',
      amount: pounds(15),
      currency: 'GBP',
      at: 0,
      log: 'up' as const,
      log_seq: 1,
    };
    await db
      .insertInto('transfer')
      .values({...call, code: 'CALL', ref: `call-${spent}`})
      .execute();
  });
}

/** What was charged automatically, and what may still be. */
function automaticPayments(db: Reader): Promise<readonly {readonly id: string; readonly state: string; readonly amount_minor: number}[]> {
  return db
    .selectFrom('payment')
    .select(['id', 'state', 'amount_minor'])
    .where('origin', '=', 'auto')
    .where('state', 'not in', ['failed', 'canceled', 'reversed'])
    .execute();
}

function chargedIn(payments: readonly {readonly amount_minor: number}[]): number {
  return payments.reduce((sum, {amount_minor: minor}) => sum + minor, 0);
}

/** Given up, and then paid all the same: the provider carried a request out after its horizon, and has the money. */
async function paidLate(db: Reader): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('payment_event')
    .select('payment')
    .where('from_state', 'in', ['failed', 'canceled'])
    .where('to_state', '=', 'succeeded')
    .execute();
  return new Set(rows.map(({payment}) => payment));
}

/** What must hold at every moment. */
async function breachesNow({rig, overCap}: Run): Promise<readonly string[]> {
  const {reading} = rig.store;
  const breaches = [...rig.card.breaches, ...rig.cashless.breaches, ...overCap];
  const topUps = await rig.topUps();
  // I1: by UNIQUE(code, ref), and here by counting.
  if (new Set(topUps.map(({ref}) => ref)).size !== topUps.length) breaches.push('I1: a payment was credited twice');
  // I3: whatever was credited, its provider has taken; what it has given back was never credited.
  const paid = new Map([...rig.card.paid(), ...rig.cashless.paid()]);
  for (const {ref, amount} of topUps)
    if ((paid.get(ref)?.minor ?? 0) * 10_000 !== amount) breaches.push(`I3: ${ref} was credited and not paid`);
  // I4: by the sums that triggers keep.
  const sums = await reading
    .selectFrom('balance')
    .select((eb) => [eb.fn.sum<number>('debit').as('debit'), eb.fn.sum<number>('credit').as('credit')])
    .executeTakeFirstOrThrow();
  if (sums.debit !== sums.credit) breaches.push('I4: debits and credits differ');
  // I6 and I7. Money that came late has to be credited, though another payment was granted meanwhile: it counts for the next one.
  const automatic = await automaticPayments(reading);
  const late = await paidLate(reading);
  if (automatic.filter(({state}) => state !== 'succeeded').length > 1) breaches.push('I6: two automatic payments are in flight');
  if (chargedIn(automatic.filter(({id}) => !late.has(id))) > CAP * 100) breaches.push('I7: the cap was passed');
  return breaches;
}

/** And what must hold when the faults have stopped: I8, without a single webhook. */
async function stillOpen({rig}: Run): Promise<readonly string[]> {
  const rows = await rig.store.reading.selectFrom('payment').select(['id', 'state']).execute();
  const over = new Set(['succeeded', 'failed', 'canceled', 'reversed']);
  return rows.filter(({state}) => !over.has(state)).map(({id, state}) => `I8: ${id} is still ${state}`);
}

/** I2 and I5, for each provider. */
async function differences({rig}: Run): Promise<readonly string[]> {
  const breaches: string[] = [];
  const topUps = await rig.topUps();
  for (const provider of [rig.card, rig.cashless]) {
    for (const payment of provider.paid().keys())
      if (topUps.filter(({ref}) => ref === payment).length !== 1) breaches.push(`I2: ${payment} was paid and not credited`);
    const truth = [...provider.paid().values()].reduce((sum, {minor}) => sum + minor * 10_000, 0);
    const clearing: number = await balanceOf(rig.store.reading, SITE, `clearing:${provider.provider}`);
    if (clearing + truth !== 0) breaches.push(`I5: clearing:${provider.provider} stands at ${clearing}, its provider took ${truth}`);
  }
  return breaches;
}

/** No more faults; banks and students have decided; the longest wait between two looks is a day. */
async function calm({rig}: Run): Promise<void> {
  for (const provider of [rig.card, rig.cashless]) {
    provider.fates.splice(0);
    provider.wills.splice(0);
    for (const [payment, {state}] of provider.charges) if (state === 'processing') provider.decide(payment, 'paid');
  }
  rig.restart();
  await rig.time.pass(30 * HOUR);
}

/** What lay about for a day and more is worked on, or barred; of money taken so late the provider tells of its own accord. */
async function lastHooks({rig, payments}: Run): Promise<void> {
  for (const provider of [rig.card, rig.cashless]) provider.deliver();
  for (const payment of payments) await rig.hook(`evt_last_${payment}`, payment);
  await rig.time.pass(MINUTE);
}

/** Everything that is wrong at a moment of the schedule or after it. */
async function run(steps: readonly Step[]): Promise<readonly string[]> {
  const rig = await openRig();
  try {
    const made: Run = {rig, payments: [], overCap: [], requests: 0, spent: 0};
    await rig.automatic({threshold: 5, target: 20, monthlyCap: CAP});
    rig.payments.start();
    for (const each of steps) {
      await take(made, each);
      const breaches = await breachesNow(made);
      if (breaches.length > 0) return breaches;
    }
    await calm(made);
    const open = await stillOpen(made);
    await lastHooks(made);
    return [...open, ...(await breachesNow(made)), ...(await differences(made))];
  } finally {
    await rig.close();
  }
}

const GIVEN_UP: Step = {kind: 'ask', weather: {fates: ['delay', 'lose-answer', 'lose-answer', 'lose-answer', 'lose-answer'], will: 'pay'}};
const CALM: Weather = {fates: [], will: 'pay'};
const TWO_HOURS: Step = {kind: 'pass', ms: 2 * HOUR};

/** Schedules that once were found, or come up too seldom. */
const KNOWN: readonly (readonly Step[])[] = [
  // Given up; another is granted; only then the first is carried out.
  [GIVEN_UP, TWO_HOURS, {kind: 'ask', weather: CALM}],
  // Given up, carried out all the same, and told of: what comes after it must count it.
  [
    GIVEN_UP,
    TWO_HOURS,
    {kind: 'deliver'},
    {kind: 'hook', which: 0, event: 0},
    {kind: 'pass', ms: MINUTE},
    {kind: 'ask', weather: CALM},
    {kind: 'ask', weather: CALM},
  ],
];

/** At night, on a machine that has more to do. */
const LONGEST_MS = 1_800_000;

test(
  'whatever happens in whatever order, each payment is credited once if it was paid, and never otherwise',
  {timeout: LONGEST_MS},
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, {minLength: 4, maxLength: 16, size: 'max'}), async (steps) => {
        expect(await run(steps)).toEqual([]);
      }),
      {numRuns: amount('schedules'), endOnFailure: true, examples: KNOWN.map((steps) => [[...steps]])},
    );
  },
);
