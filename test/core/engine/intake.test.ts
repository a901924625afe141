// A delivery's way through the box on a real store, with the real recorder, rater, ledger and credit control.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Settled} from '../../../edge/credit/control.ts';
import type {Intake, Taken} from '../../../edge/engine/intake.ts';
import type {Delivery} from '../../../edge/feed/line.ts';
import type {Spool} from '../../../edge/feed/spool.ts';
import type {Ledger} from '../../../edge/ledger/ledger.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import type {Recorder} from '../../../edge/record/recorder.ts';
import type {SiteBook} from '../../../edge/site/book.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {Bug} from '../../../shared/assert/assert.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {tariffSchema} from '../../../shared/tariff/tariff.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {openFlow, recorderOn, SOME_ROW} from '../../rig/flow.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {formats, type FormatName, type PrintedCall} from '../../simulator/switchboard/formats.ts';
import {NOON} from '../rated-calls.ts';
import {fillDisk, temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const FEED = 'smdr';
const DAY = 86_400_000;
const HALF_POUND = 500_000;
const tariff = compileTariff(tariffSchema.parse(HALL_TARIFF));

describe('a delivery', () => {
  let store: TemporaryStore;
  let spool: Spool;
  let ledger: Ledger;
  let intake: Intake;
  let book: SiteBook;
  let told: Taken[];
  let settled: Settled[];
  let quarantined: string[];
  let recorderOf: (feed: string) => Recorder;
  let fails: (text: string) => boolean;
  let sequence: number;

  beforeEach(() => {
    store = temporaryStore();
    const {database} = store;
    fails = () => false;
    recorderOf = recorderOn(database, 'mitel-mivoice');
    told = [];
    settled = [];
    quarantined = [];
    sequence = 0;
    const flow = openFlow({
      database,
      tariff,
      now: () => NOON,
      recorderOf: (feed) => {
        const recorder = recorderOf(feed);
        return {
          read: (lines) => {
            if (lines.some(({bytes}) => fails(Buffer.from(bytes).toString('latin1')))) throw new Error('a fault of ours');
            return recorder.read(lines);
          },
        };
      },
      after: (taken, of) => {
        told.push(taken);
        settled.push(of);
      },
      quarantined: (feed, line, detail) => quarantined.push(`${feed} ${line} ${detail}`),
    });
    ({spool, ledger, intake, book} = flow);
    const {readers} = flow;
    readers.policy(HALL_POLICY, SOME_ROW);
    readers.extension({extension: '101', class: 'student'}, SOME_ROW);
    readers.account({account: 'ann', currency: 'GBP', language: 'en', closed: false}, SOME_ROW);
    readers.tenancy({tenancy: 't', extension: '101', account: 'ann', from: 0}, SOME_ROW);
    flow.book.changed();
    spool.open(FEED, (NOON - DAY) as Instant);
    inTransaction(database, () =>
      ledger.take({code: 'TOPUP', ref: 'p', debit: 'cash', credit: 'ann', amount: HALF_POUND, currency: 'GBP', at: NOON}, SOME_ROW),
    );
  });
  afterEach(() => {
    store.remove();
  });

  const printed = (call: Partial<PrintedCall> = {}, format: FormatName = 'mitel-mivoice-207'): string =>
    formats[format](
      {
        direction: 'outgoing',
        extension: '101',
        other: '902079460123',
        startMs: NOON - 120_000,
        ringSeconds: 2,
        talkSeconds: 60,
        diverted: false,
        sequence: ++sequence,
        ...call,
      },
      'UTC',
    );
  const delivery = (...texts: readonly string[]): Delivery => ({
    feed: FEED,
    lines: texts.map((text, index) => ({
      feed: FEED,
      session: 1,
      position: String(index),
      receivedAt: NOON,
      bytes: Buffer.from(text, 'latin1'),
      broken: undefined,
    })),
    file: undefined,
  });
  const balance = (): number => ledger.balance('ann' as AccountId);
  const value = (sql: string): unknown => store.database.prepare(sql).pluck().get();
  const counts = (): unknown =>
    Object.fromEntries(store.database.prepare('SELECT outcome, count FROM line_count').raw().all() as [string, number][]);

  test('uses a free allowance call by call, and not again when its lines come again', () => {
    const free = {allowance: 'free', name: 'Free', unit: 'seconds', amount: 90, period: 'day', destinations: [], from: 0} as const;
    store.database
      .prepare('INSERT INTO allowance (id, from_at, body) VALUES (?, ?, ?)')
      .run(free.allowance, free.from, JSON.stringify(free));
    book.changed();
    const lines = [printed(), printed(), printed()];
    intake.deliver(delivery(...lines));
    // The first minute is free, half of the second, none of the third: 5p and 10p.
    expect(balance()).toBe(HALF_POUND - 150_000);
    intake.deliver(delivery(...lines));
    expect([balance(), value('SELECT sum(used) FROM allowance_bucket')]).toEqual([HALF_POUND - 150_000, 90]);
    expect(verifyLedger(store.database).findings).toEqual([]);
  });

  test('is spooled, priced, debited and judged, and told once all that is durable', () => {
    intake.deliver(delivery(printed(), printed()));
    expect(balance()).toBe(300_000);
    expect(told).toMatchObject([{feed: FEED, lines: 2, recorded: {replays: 0}}]);
    expect(value('SELECT finished_line FROM feed')).toBe(2);
    expect(counts()).toEqual({call: 2});
    expect(settled.flatMap(({decided}) => decided)).toEqual([]);
    intake.deliver(delivery(printed({talkSeconds: 180})));
    expect(settled.at(-1)?.decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['floor']}]);
    expect(verifyLedger(store.database).findings).toEqual([]);
  });

  test('keeps every line that is none: with its reason, in a list, to be read again', () => {
    intake.deliver(delivery('what is this', printed(), 'x'.repeat(40)));
    expect(balance()).toBe(400_000);
    expect(store.database.prepare('SELECT line, reason, ended_at FROM rejected_line ORDER BY line').raw().all()).toEqual([
      [1, 'no-variant', null],
      [3, 'no-variant', null],
    ]);
    expect(intake.dismissReject(3)).toBe(true);
    expect(intake.dismissReject(3)).toBe(false);
    expect(value('SELECT count(*) FROM rejected_line WHERE ended_at IS NULL')).toBe(1);
  });

  test('that was rejected is read again with a better profile, and then bills as if it had come today', () => {
    const line = printed({}, 'asterisk-csv');
    intake.deliver(delivery(line, 'nothing at all'));
    expect(balance()).toBe(HALF_POUND);
    recorderOf = recorderOn(store.database, 'asterisk-csv');
    expect(intake.rerunRejects(FEED)).toBe(1);
    expect(balance()).toBe(400_000);
    expect(intake.rerunRejects(FEED)).toBe(0);
    expect(balance()).toBe(400_000);
    expect(store.database.prepare('SELECT line FROM rejected_line WHERE ended_at IS NULL').pluck().all()).toEqual([2]);
    expect(verifyLedger(store.database).findings).toEqual([]);
  });

  test('on which our own code fails stops the box, but keeps its lines; the next start puts the one at fault aside', () => {
    const poison = printed({other: '902079461111'});
    fails = (text) => text.includes('9461111');
    expect(() => intake.deliver(delivery(printed(), poison, printed()))).toThrow(Bug);
    expect([value('SELECT count(*) FROM spool'), value('SELECT count(*) FROM call'), value('SELECT finished_line FROM feed')]).toEqual([
      3, 0, 0,
    ]);
    expect(told).toEqual([]);

    intake.resume(FEED);
    expect(quarantined).toEqual([`${FEED} 2 a fault of ours`]);
    expect(balance()).toBe(300_000);
    expect(value('SELECT finished_line FROM feed')).toBe(3);
    expect(store.database.prepare('SELECT line, reason FROM rejected_line').raw().all()).toEqual([[2, 'quarantined']]);

    fails = () => false;
    expect(intake.rerunRejects(FEED)).toBe(1);
    expect(balance()).toBe(200_000);
  });

  test('is nowhere while the disk is full, and billed once when it has room again', () => {
    const lines = Array.from({length: 200}, () => printed({talkSeconds: 0}));
    const whole = delivery(...lines, printed());
    const room = fillDisk(store.database);
    for (let attempt = 0; attempt < 3; attempt++) expect(() => intake.deliver(whole)).toThrow(/disk takes no more/);
    expect([value('SELECT count(*) FROM spool'), value('SELECT count(*) FROM call')]).toEqual([0, 0]);
    room();
    intake.deliver(whole);
    expect([value('SELECT count(*) FROM spool'), value('SELECT count(*) FROM call')]).toEqual([201, 201]);
    expect(balance()).toBe(400_000);
    expect(verifyLedger(store.database).findings).toEqual([]);
  });

  test('that was spooled and not finished when the box died is finished by the next one', () => {
    // What a box leaves behind that dies between the two: here by hand, in the crash tier by kill -9.
    inTransaction(store.database, () => spool.keep(delivery(...Array.from({length: 250}, () => printed({talkSeconds: 1})))));
    intake.resume(FEED);
    expect(value('SELECT count(*) FROM call')).toBe(250);
    expect(value('SELECT finished_line FROM feed')).toBe(250);
    intake.resume(FEED);
    expect(value('SELECT count(*) FROM call')).toBe(250);
  });

  test('of three years of Master.csv keeps what was before the go-live, and bills what came after', () => {
    recorderOf = recorderOn(store.database, 'asterisk-csv');
    spool.setGoLive(FEED, (NOON - DAY) as Instant);
    // A call every six hours for three years, and four on the last day.
    const calls = Array.from({length: 3 * 365 * 4}, (_, index) => NOON - DAY - (index + 1) * (DAY / 4)).toReversed();
    const today = [6, 12, 18, 23].map((hour) => NOON - DAY + hour * 3_600_000);
    const lines = [...calls, ...today].map((startMs) => printed({startMs}, 'asterisk-csv'));
    for (let from = 0; from < lines.length; from += 500) intake.deliver(delivery(...lines.slice(from, from + 500)));
    expect(store.database.prepare('SELECT state, count(*) FROM call GROUP BY state ORDER BY state').raw().all()).toEqual([
      ['before-go-live', 4_380],
      ['billed', 4],
    ]);
    expect(balance()).toBe(100_000);
    // Nobody has to be told of what was never billed.
    expect(value("SELECT count(*) FROM up_log WHERE kind IN ('call', 'unbillable')")).toBe(4);
    // The file is sent again, whole: nothing is billed twice.
    for (let from = 0; from < lines.length; from += 500) intake.deliver(delivery(...lines.slice(from, from + 500)));
    expect(balance()).toBe(100_000);
    expect(verifyLedger(store.database).findings).toEqual([]);
  });
});
