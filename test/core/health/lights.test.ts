// Facts become lights. A light is green because of a fact, never for want of one, and any other colour says why.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {StageName} from '../../../edge/health/codes.ts';
import type {StoreFacts} from '../../../edge/health/facts.ts';
import {stagesOf, worstLight, type Facts} from '../../../edge/health/lights.ts';
import type {Incident, Light, LinkFact, StageEvent} from '../../../edge/health/status.ts';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {POLICY} from '../credit/site.ts';

const NOW = 10_000_000 as Instant;
const GBP = 'GBP' as Currency;
const head = {seq: 0, epoch: 0, chain: ''};
const nothing: StoreFacts = {
  site: undefined,
  box: undefined,
  policy: undefined,
  hasTariff: false,
  lines: 0,
  calls: 0,
  rejectsWaiting: 0,
  rated: 0,
  unbillable: 0,
  transfers: 0,
  accounts: 0,
  linesLocked: 0,
  linesOpen: 0,
  linesConfirmed: 0,
  unconfirmed: undefined,
  brakeSince: undefined,
  rowsWaiting: 0,
  heads: {up: head, down: head},
};
const event: Readonly<Record<StageName, StageEvent>> = {
  feed: {kind: 'line', feed: 'mitel'},
  record: {kind: 'call-record', feed: 'mitel', extension: '101'},
  rating: {kind: 'priced', extension: '101', destination: 'London', amount: micros(1), currency: GBP},
  ledger: {kind: 'posted', account: 'amy', code: 'CALL', amount: micros(1), currency: GBP},
  credit: {kind: 'decided', extension: '101', wanted: 'open'},
  switchboard: {kind: 'command', extension: '101', act: 'unlock', result: 'confirmed', tookMs: 3},
  sync: {kind: 'acknowledged', log: 'up', upTo: 3},
};
const up = (subject: string): LinkFact => ({subject, means: 'tcp', since: NOW, state: {kind: 'up'}});
const down = (subject: string): LinkFact => ({subject, means: 'tcp', since: NOW, state: {kind: 'down', why: 'no route', cure: 'look'}});
const incident = (stage: Incident['stage'], severity: Incident['severity']): Incident => ({
  stage,
  severity,
  code: `${stage}.something`,
  subject: 'it',
  detail: '',
  cure: '',
  beganAt: NOW,
});

const empty: Facts = {
  now: NOW,
  store: nothing,
  links: {feed: [], switchboard: [], sync: []},
  incidents: [],
  last: new Map(),
  confirmMs: [],
  running: {kind: 'unknown'},
};
const events = Object.entries(event) as [StageName, StageEvent][];
/** Everything there is to know is good. */
const well: Facts = {
  ...empty,
  store: {...nothing, policy: POLICY, hasTariff: true},
  links: {feed: [up('mitel')], switchboard: [up('asterisk')], sync: []},
  last: new Map(events.map(([stage, each]) => [stage, {event: each, at: NOW}])),
};
const store = (change: Partial<StoreFacts>): Facts => ({...well, store: {...well.store, ...change}});
const last = (stage: StageName, each: StageEvent): Facts => ({...well, last: new Map([...well.last, [stage, {event: each, at: NOW}]])});

function lightsOf(facts: Facts): Record<string, Light> {
  return Object.fromEntries(stagesOf(facts).map(({name, light}) => [name, light]));
}

test('a box of which nothing is known is all off, and so is the whole', () => {
  const lights = lightsOf(empty);
  expect(lights).toEqual({feed: 'off', record: 'off', rating: 'off', ledger: 'off', credit: 'off', switchboard: 'off'});
  expect(worstLight(Object.values(lights))).toBe('off');
});

test('a box of which everything is known to be good is all green', () => {
  const lights = lightsOf(well);
  expect(Object.values(lights)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok']);
  expect(worstLight(Object.values(lights))).toBe('ok');
});

describe('one fact that is otherwise', () => {
  type Case = readonly [sentence: string, facts: Facts, stage: StageName, light: Light, reason: string | undefined];
  test.for<Case>([
    ['no feed', {...well, links: {...well.links, feed: []}}, 'feed', 'off', 'no-link'],
    ['the only feed is down', {...well, links: {...well.links, feed: [down('a')]}}, 'feed', 'fault', 'link-down'],
    ['one of two feeds is down', {...well, links: {...well.links, feed: [up('a'), down('b')]}}, 'feed', 'warning', 'link-down'],
    ['the last line was rejected', last('record', {kind: 'rejected', feed: 'a', reason: 'no-time'}), 'record', 'warning', 'last-rejected'],
    ['rejected lines wait', store({rejectsWaiting: 3}), 'record', 'warning', 'rejects-waiting'],
    ['no rules yet', store({policy: undefined}), 'rating', 'off', 'no-policy'],
    ['no tariff', store({hasTariff: false}), 'rating', 'fault', 'no-tariff'],
    [
      'the last call was unbillable',
      last('rating', {kind: 'unbillable', extension: '1', reason: 'no-tenant'}),
      'rating',
      'warning',
      'last-unbillable',
    ],
    ['no rules yet, for credit', store({policy: undefined}), 'credit', 'off', 'no-policy'],
    ['the brake is closed', store({brakeSince: NOW}), 'credit', 'fault', 'brake'],
    ['no switchboard', {...well, links: {...well.links, switchboard: []}}, 'switchboard', 'off', 'no-link'],
    ['the switchboard is down', {...well, links: {...well.links, switchboard: [down('a')]}}, 'switchboard', 'fault', 'link-down'],
    ['the site only bills', store({policy: {...POLICY, mode: 'bill'}}), 'switchboard', 'off', 'mode'],
    ['the site only watches', store({policy: {...POLICY, mode: 'watch'}}), 'switchboard', 'off', 'mode'],
    ['a command of two minutes ago', store({unconfirmed: {count: 1, oldest: (NOW - 120_000) as Instant}}), 'switchboard', 'ok', undefined],
    ['an older one', store({unconfirmed: {count: 1, oldest: (NOW - 120_001) as Instant}}), 'switchboard', 'warning', 'unconfirmed'],
    ['a fault', {...well, incidents: [incident('ledger', 'fault')]}, 'ledger', 'fault', 'incident'],
    ['a warning', {...well, incidents: [incident('ledger', 'warning')]}, 'ledger', 'warning', 'incident'],
  ])('%s', ([, facts, name, light, reason]) => {
    const stage = stagesOf(facts).find((each) => each.name === name);
    expect(stage?.light).toBe(light);
    expect(stage?.reasons[0]?.kind).toBe(reason);
  });

  test('of the worst is told first', () => {
    const facts = {...store({rejectsWaiting: 3}), incidents: [incident('record', 'fault')]};
    expect(stagesOf(facts)[1]?.reasons.map(({kind}) => kind)).toEqual(['incident', 'rejects-waiting']);
  });
});

test('the whole is as bad as the worst, and off only if all is', () => {
  expect(worstLight(['ok', 'off', 'warning', 'fault'])).toBe('fault');
  expect(worstLight(['ok', 'off', 'warning'])).toBe('warning');
  expect(worstLight(['off', 'ok', 'off'])).toBe('ok');
  expect(worstLight(['off', 'off'])).toBe('off');
});

test('whatever is known: green has a fact for it and no reason against it, every other colour has a reason', () => {
  const links = (name: string) =>
    fc.array(
      fc.boolean().map((isUp) => (isUp ? up(name) : down(name))),
      {maxLength: 3},
    );
  const anyFacts: fc.Arbitrary<Facts> = fc.record({
    now: fc.constant(NOW),
    store: fc
      .record({
        policy: fc.option(
          fc.constantFrom('watch', 'bill', 'bill-and-lock').map((mode) => ({...POLICY, mode})),
          {nil: undefined},
        ),
        hasTariff: fc.boolean(),
        rowsWaiting: fc.nat(2),
        rejectsWaiting: fc.nat(2),
        brakeSince: fc.constantFrom(undefined, NOW),
        unconfirmed: fc.option(
          fc.record({count: fc.constant(1), oldest: fc.integer({min: NOW - 200_000, max: NOW}).map((ms) => ms as Instant)}),
          {
            nil: undefined,
          },
        ),
      })
      .map((some) => ({...nothing, ...some})),
    links: fc.record({feed: links('feed'), switchboard: links('switchboard'), sync: links('sync')}),
    incidents: fc.array(
      fc
        .tuple(
          fc.constantFrom('feed', 'record', 'rating', 'ledger', 'credit', 'switchboard', 'sync', 'box'),
          fc.constantFrom('fault', 'warning'),
        )
        .map(([stage, severity]) => incident(stage, severity)),
      {maxLength: 2},
    ),
    last: fc.subarray(events).map((some) => new Map(some.map(([stage, each]) => [stage, {event: each, at: NOW}]))),
    confirmMs: fc.constant([]),
    running: fc.constant({kind: 'unknown' as const}),
  });
  const hasFact = ({store: known, links: linked, last: seen}: Facts, stage: StageName): boolean => {
    const allUp = (of: readonly LinkFact[]): boolean => of.length > 0 && of.every(({state}) => state.kind === 'up');
    const facts: Readonly<Record<StageName, boolean>> = {
      feed: allUp(linked.feed),
      record: seen.has('record') && known.rejectsWaiting === 0,
      rating: seen.has('rating') && known.policy !== undefined && known.hasTariff,
      ledger: seen.has('ledger'),
      credit: seen.has('credit') && known.policy !== undefined && known.brakeSince === undefined,
      switchboard: allUp(linked.switchboard) && known.policy?.mode === 'bill-and-lock',
      sync: allUp(linked.sync),
    };
    return facts[stage];
  };
  fc.assert(
    fc.property(anyFacts, (facts) => {
      for (const {name, light, reasons} of stagesOf(facts)) {
        expect(light === 'ok').toBe(reasons.length === 0);
        expect(light !== 'ok' || hasFact(facts, name), `${name} is ${light}`).toBe(true);
      }
    }),
  );
});
