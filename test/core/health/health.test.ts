// What the box says of itself: one status for all who ask, remembered over a restart, with metrics that name nobody.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createHealth, type Health} from '../../../edge/health/health.ts';
import type {MachineFacts} from '../../../edge/health/status.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import type {Instant, Timers} from '../../../shared/time/instant.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {POLICY} from '../credit/site.ts';
import {silentLog} from '../silent-log.ts';
import {fillDisk, temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const GBP = 'GBP' as Currency;
let store: TemporaryStore;
let clock: {now: number; monotonic: number};
let machine: MachineFacts;
let changes: number;
let health: Health;

function start(): Health {
  const journal = createJournal(store.database, randomBytes);
  return createHealth({
    database: store.database,
    clock: {now: () => clock.now as Instant, monotonicMs: () => clock.monotonic},
    log: silentLog,
    machine: {facts: () => machine, startOver: () => (machine = {...machine, eventLoopLag: {p99Ms: 0, maxMs: 0}})},
    tell: ({kind, incident}) => void journal.write([upFact('incident', `${incident.code}:${journal.next()}`, {...incident, change: kind})]),
    changed: () => changes++,
  });
}

beforeEach(() => {
  store = temporaryStore();
  clock = {now: 1_000_000, monotonic: 0};
  changes = 0;
  machine = {
    version: '1.0.0',
    startedAt: 1 as Instant,
    disk: {freeBytes: 50e9, totalBytes: 100e9},
    memoryBytes: 80e6,
    eventLoopLag: {p99Ms: 2, maxMs: 5},
    clock: 'trusted',
  };
  health = start();
});
afterEach(() => store.remove());

const stage = (name: string) => health.snapshot().stages.find((each) => each.name === name);
/** Something happened to the tables that no stage told of; a moment later it is seen. */
const exec = (sql: string): void => {
  store.database.exec(sql);
  clock.monotonic += 201;
};

describe('the status', () => {
  test('of a new box says that nothing is known', () => {
    const {light, stages, mode, site, zone, incidents} = health.snapshot();
    expect({light, mode, site, zone, incidents}).toEqual({light: 'off', mode: undefined, site: undefined, zone: 'UTC', incidents: []});
    expect(stages.map((each) => each.light)).toEqual(['off', 'off', 'off', 'off', 'off', 'off']);
  });

  test('is looked up once for all who ask within a moment, and anew after that or after a change', () => {
    const first = health.snapshot();
    clock.monotonic = 200;
    expect(health.snapshot()).toBe(first);
    clock.monotonic = 201;
    const second = health.snapshot();
    expect(second).not.toBe(first);
    health.stage('feed', {kind: 'line', feed: 'mitel'});
    expect(changes).toBe(1);
    expect(health.snapshot()).not.toBe(second);
    expect(stage('feed')?.last).toEqual({event: {kind: 'line', feed: 'mitel'}, at: 1_000_000});
  });

  test('says since when a connection is as it is, not when it was last told', () => {
    const down = (why: string) => ({kind: 'down', why, cure: 'look'}) as const;
    health.link('feed', {subject: 'mitel', means: 'tcp', state: down('refused')});
    clock.now += 1_000;
    health.link('feed', {subject: 'mitel', means: 'tcp', state: down('no route')});
    expect(stage('feed')?.links).toEqual([{subject: 'mitel', means: 'tcp', state: down('no route'), since: 1_000_000}]);
    clock.now += 1_000;
    health.link('feed', {subject: 'mitel', means: 'tcp', state: {kind: 'up'}});
    expect(stage('feed')?.links).toMatchObject([{state: {kind: 'up'}, since: 1_002_000}]);
    expect(stage('feed')?.light).toBe('ok');
  });

  test('is the worst of the stages, and of what is wrong with the machine', () => {
    exec(`INSERT INTO policy (one, seq, body) VALUES (1, 1, '${JSON.stringify(POLICY)}')`);
    health.link('feed', {subject: 'mitel', means: 'tcp', state: {kind: 'up'}});
    expect(health.snapshot()).toMatchObject({light: 'fault', mode: 'bill-and-lock', currency: 'GBP', zone: 'Europe/London'});
    exec("INSERT INTO schedule (one, seq, body) VALUES (1, 1, '{}')");
    expect(health.snapshot().light).toBe('ok');
    health.incident('box.clock', 'box', 'no time', 'allow NTP');
    expect(health.snapshot().light).toBe('warning');
    health.ended('box.clock', 'box');
    expect(health.snapshot().light).toBe('ok');
  });

  test('counts from the tables', () => {
    exec(`INSERT INTO line_state (extension, reasons, wanted, decision, decided_at, urgency, confirmed_decision) VALUES
      ('101', '["floor"]', 'locked', 2, 5000, 2, 1), ('102', '[]', 'open', 1, 900, 1, 1), ('103', '[]', 'open', 1, 900, 1, 1)`);
    exec("INSERT INTO account (id, kind, currency) VALUES ('amy', 'student', 'GBP'), ('revenue', 'house', 'GBP')");
    exec("INSERT INTO transfer VALUES (1, 'amy', 'revenue', 7, 'GBP', 'FEE', 'a', 0, 'down', 1)");
    const counters = Object.fromEntries(health.snapshot().stages.flatMap(({counters: each}) => each.map(({name, value}) => [name, value])));
    expect(counters).toMatchObject({
      'lines-locked': 1,
      'lines-open': 2,
      'lines-confirmed': 2,
      'lines-unconfirmed': 1,
      transfers: 1,
      accounts: 1,
    });
  });

  test('counts the lines in a call where the switchboard tells of them, and says nothing where it does not', () => {
    const told = (): unknown => stage('switchboard')?.counters.filter(({name}) => name === 'lines-in-call' || name === 'calls-with-end');
    expect(told()).toEqual([]);
    health.running({kind: 'known', lines: 3, limited: 2});
    expect(told()).toEqual([
      {name: 'lines-in-call', value: 3},
      {name: 'calls-with-end', value: 2},
    ]);
    health.running({kind: 'known', lines: 0, limited: 0});
    expect(told()).toMatchObject([{value: 0}, {value: 0}]);
    health.running({kind: 'unknown'});
    expect(told()).toEqual([]);
  });

  test('shows how long the switchboard took of late', () => {
    for (let ms = 1; ms <= 100; ms++)
      health.stage('switchboard', {kind: 'command', extension: '101', act: 'lock', result: 'confirmed', tookMs: ms});
    health.stage('switchboard', {kind: 'command', extension: '101', act: 'lock', result: 'failed', tookMs: 9_000});
    expect(stage('switchboard')?.counters).toEqual(
      expect.arrayContaining([
        {name: 'confirm-p50-ms', value: 51},
        {name: 'confirm-p99-ms', value: 100},
      ]),
    );
  });
});

describe('after a restart', () => {
  test('what each stage did last is known again, and so is what is wrong', () => {
    exec(`INSERT INTO feed (name, go_live) VALUES ('mitel', 0);
      INSERT INTO spool (id, feed, session, position, received_at, hash, bytes) VALUES (7, 'mitel', 1, '0', 500, x'00', x'00');
      INSERT INTO call (id, seq, state, up_seq, feed, family, first_line, extension, direction, payer, started_at, duration, prefix,
        destination, amount, tax, currency, flags, recorded_at)
      VALUES ('a', 1, 'billed', 1, 'mitel', 'mitel', 7, '101', 'outgoing', 'amy', 0, 60, '44', 'London', 250000, 0, 'GBP', '[]', 600);
      INSERT INTO line_state (extension, reasons, wanted, decision, decided_at, urgency, confirmed_decision, actual_at)
      VALUES ('101', '["floor"]', 'locked', 1, 700, 2, 1, 800)`);
    health.incident('feed.truncated', 'mitel', 'no line', 'look');
    health = start();
    const events = Object.fromEntries(health.snapshot().stages.map(({name, last}) => [name, last]));
    expect(events).toEqual({
      feed: {at: 500, event: {kind: 'line', feed: 'mitel'}},
      record: {at: 600, event: {kind: 'call-record', feed: 'mitel', extension: '101'}},
      rating: {at: 600, event: {kind: 'priced', extension: '101', destination: 'London', amount: micros(250_000), currency: GBP}},
      ledger: {at: 600, event: {kind: 'posted', account: 'amy', code: 'CALL', amount: micros(250_000), currency: GBP}},
      credit: {at: 700, event: {kind: 'decided', extension: '101', wanted: 'locked'}},
      switchboard: {at: 800, event: {kind: 'command', extension: '101', act: 'lock', result: 'confirmed', tookMs: undefined}},
    });
    expect(health.snapshot().incidents.map(({code}) => code)).toEqual(['feed.truncated']);
  });
});

describe('the watch', () => {
  let due: {ms: number; act: () => void} | undefined;
  const timers: Timers = {
    after: (ms, act) => {
      due = {ms, act};
      return () => (due = undefined);
    },
  };
  const check = (): void => {
    const act = due?.act;
    due = undefined;
    act?.();
  };
  const open = (): readonly string[] => health.snapshot().incidents.map(({code}) => code);

  test('looks every ten seconds until called off', () => {
    const stop = health.watch(timers);
    expect(due?.ms).toBe(10_000);
    check();
    expect(due?.ms).toBe(10_000);
    stop();
    expect(due).toBeUndefined();
  });

  test.for([
    ['99 MB left', {disk: {freeBytes: 99_999_999, totalBytes: 1e9}}, ['box.disk-full']],
    ['100 MB left', {disk: {freeBytes: 100_000_000, totalBytes: 1e9}}, ['box.disk-low']],
    ['a byte less than 1 GB left', {disk: {freeBytes: 999_999_999, totalBytes: 2e9}}, ['box.disk-low']],
    ['1 GB left', {disk: {freeBytes: 1_000_000_000, totalBytes: 2e9}}, []],
    ['a disk that cannot be asked', {disk: undefined}, []],
    ['busy for 249 ms', {eventLoopLag: {p99Ms: 1, maxMs: 249}}, []],
    ['busy for 250 ms', {eventLoopLag: {p99Ms: 1, maxMs: 250}}, ['box.event-loop']],
    ['a clock that is held', {clock: 'held'}, []],
    ['a clock that nobody vouches for', {clock: 'untrusted'}, ['box.clock']],
  ] as const)('finds %s', ([, change, codes]) => {
    health.watch(timers);
    machine = {...machine, ...change};
    check();
    expect(open()).toEqual(codes);
    const {disk, eventLoopLag} = {disk: {freeBytes: 50e9, totalBytes: 100e9}, eventLoopLag: {p99Ms: 1, maxMs: 1}};
    machine = {...machine, disk, eventLoopLag, clock: 'trusted'};
    check();
    expect(open()).toEqual([]);
  });

  test('stores what a full disk refused, when there is space again', () => {
    health.watch(timers);
    const rows = store.database.prepare<[], number>('SELECT count(*) FROM incident').pluck();
    const free = fillDisk(store.database);
    health.incident('feed.truncated', 'mitel', 'x'.repeat(400), 'y'.repeat(20_000));
    check();
    expect([rows.get(), open()]).toEqual([0, ['feed.truncated']]);
    free();
    check();
    expect([rows.get(), open()]).toEqual([1, ['feed.truncated']]);
  });

  test('judges the event loop since the look before', () => {
    health.watch(timers);
    machine = {...machine, eventLoopLag: {p99Ms: 1, maxMs: 900}};
    check();
    expect(open()).toEqual(['box.event-loop']);
    check();
    expect(open()).toEqual([]);
  });
});

describe('the metrics', () => {
  const CANARIES = {extension: 'EXT4711', account: 'ACC-canary', number: '02079468888', detail: 'DETAIL-canary', raw: 'RAW-canary'};

  test('are what Prometheus reads, and hold no line, no account and no number', async () => {
    const {extension, account, number, detail, raw} = CANARIES;
    exec(`INSERT INTO feed (name, go_live) VALUES ('mitel', 0);
      INSERT INTO spool (id, feed, session, position, received_at, hash, bytes) VALUES (7, 'mitel', 1, '0', 500, x'00', CAST('${raw}' AS BLOB));
      INSERT INTO rejected_line (line, feed, reason, detail, at) VALUES (7, 'mitel', 'no-time', '${detail}', 0);
      INSERT INTO line_count (feed, outcome, count) VALUES ('mitel', 'rejected:no-time', 1), ('mitel', 'call', 12);
      INSERT INTO account (id, kind, currency, name) VALUES ('${account}', 'student', 'GBP', '${account}'), ('revenue', 'house', 'GBP', NULL);
      INSERT INTO transfer VALUES (1, '${account}', 'revenue', 7, 'GBP', 'CALL', 'a', 0, 'up', 1);
      INSERT INTO call (id, seq, state, up_seq, feed, family, first_line, extension, direction, payer, started_at, duration, prefix,
        destination, amount, tax, currency, flags, recorded_at, working)
      VALUES ('a', 1, 'billed', 1, 'mitel', 'mitel', 7, '${extension}', 'outgoing', '${account}', 0, 60, '${number}', 'London', 7, 0, 'GBP', '[]', 600, '${detail}');
      INSERT INTO line_state (extension, reasons, wanted, decision, decided_at, urgency) VALUES ('${extension}', '[]', 'locked', 1, 0, 2)`);
    health = start();
    health.stage('rating', {kind: 'unbillable', extension, reason: 'no-tenant'});
    health.stage('ledger', {kind: 'posted', account, code: 'CALL', amount: micros(7), currency: GBP});
    health.stage('switchboard', {kind: 'command', extension, act: 'lock', result: 'failed', tookMs: undefined});
    health.link('switchboard', {subject: 'asterisk', means: 'ami', state: {kind: 'down', why: `${detail} ${number}`, cure: 'look'}});
    health.incident('switchboard.unconfirmed', extension, `line ${extension}: ${detail}`, 'look');
    const text = await health.metrics.metrics();
    expect(Object.values(CANARIES).filter((canary) => text.includes(canary))).toEqual([]);
    const samples = read(text);
    expect(samples.get('spbs_lines{feed="mitel",outcome="call"}')).toBe(12);
    expect(samples.get('spbs_stage_light{stage="switchboard",light="fault"}')).toBe(1);
    expect(samples.get('spbs_stage_light{stage="switchboard",light="ok"}')).toBe(0);
    expect(samples.get('spbs_link_up{stage="switchboard",subject="asterisk"}')).toBe(0);
    expect(samples.get('spbs_incidents_open{code="switchboard.unconfirmed"}')).toBe(1);
    expect(samples.get('spbs_stage_count{stage="record",what="rejects-waiting"}')).toBe(1);
    expect(samples.get('spbs_journal_head{log="up"}')).toBe(1);
    expect(samples.get('spbs_disk_free_bytes')).toBe(50e9);
    expect(samples.get('spbs_event_loop_lag_seconds{quantile="1"}')).toBe(0.005);
    expect(samples.get('spbs_started_seconds')).toBe(0.001);
  });

  test('forget what is over', async () => {
    health.incident('feed.truncated', 'mitel', '', '');
    expect(await health.metrics.metrics()).toContain('spbs_incidents_open{code="feed.truncated"} 1');
    health.ended('feed.truncated', 'mitel');
    expect(await health.metrics.metrics()).not.toContain('feed.truncated');
  });
});

/** Text format 0.0.4: HELP and TYPE before the samples of each metric. Throws for a line that is none of these. */
function read(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const announced = new Set<string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const type = /^# TYPE ([a-z_]+) gauge$/.exec(line);
    const sample = /^([a-z_]+)((?:\{[a-z_]+="[^"\\]*"(?:,[a-z_]+="[^"\\]*")*\})?) (\S+)$/.exec(line);
    if (type !== null) announced.add(type[1] ?? '');
    else if (sample !== null && announced.has(sample[1] ?? '') && Number.isFinite(Number(sample[3]))) {
      samples.set(`${sample[1]}${sample[2]}`, Number(sample[3]));
    } else if (!/^# HELP [a-z_]+ \S/.test(line)) throw new Error(`not a line of metrics: ${line}`);
  }
  return samples;
}
