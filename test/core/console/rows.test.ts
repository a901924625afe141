// What pages read is what the ledger and credit control say, on a site that both have worked on.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAccountReader} from '../../../edge/console/rows/accounts.ts';
import {createCallReader} from '../../../edge/console/rows/calls.ts';
import {createLineReader, isCovered} from '../../../edge/console/rows/lines.ts';
import {createRejectReader} from '../../../edge/console/rows/rejects.ts';
import {createSiteReader} from '../../../edge/console/rows/site.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {instant, later} from '../../../shared/time/instant.ts';
import {RIG_NOW, type RigBox} from '../../rig/console/box.ts';
import {callLine, deliver, openRigSite, POLICY, type SiteName} from '../../rig/console/site.ts';

const ALL = Number.MAX_SAFE_INTEGER;
const HOUR = 3_600_000;
const folders: string[] = [];
let box: RigBox;

function open(site: SiteName): RigBox {
  const folder = mkdtempSync(join(tmpdir(), 'spbs-rows-'));
  folders.push(folder);
  box = openRigSite(folder, site);
  return box;
}
afterEach(() => {
  box.close();
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true});
});

describe('accounts', () => {
  beforeEach(() => void open('busy'));

  test('have the balance that the ledger has, and movements that lead to it, on whichever page one begins', () => {
    const reader = createAccountReader(box.reading);
    const {accounts} = reader.page({filter: 'all', search: '', page: 1, floor: 0}, RIG_NOW);
    expect(accounts).toHaveLength(35);
    for (const {id, balance} of accounts) {
      expect(balance).toBe(box.ledger.balance(id as AccountId));
      const all = reader.movements(id, ALL, 100);
      expect(all.at(0)?.balanceAfter ?? 0).toBe(balance);
      const oldest = all.at(-1);
      expect(oldest?.balanceAfter ?? 0).toBe(oldest?.amount ?? 0);
      for (const [place, movement] of all.entries()) {
        expect(movement.balanceAfter - movement.amount).toBe(all[place + 1]?.balanceAfter ?? 0);
        expect(reader.movements(id, movement.seq, 100)).toEqual(all.slice(place + 1));
      }
    }
  });

  test('are found by number, by name and by line', () => {
    const reader = createAccountReader(box.reading);
    const found = (search: string): readonly string[] =>
      reader.page({filter: 'all', search, page: 1, floor: 0}, RIG_NOW).accounts.map(({id}) => id);
    expect(found('s-1034')).toEqual(['s-1034']);
    expect(found('HUGO')).toEqual(['s-1034']);
    expect(found('2134')).toEqual(['s-1034']);
    expect(found('213')).toEqual([]);
    // Anna Berg had line 2101 before; now it is Amara Obi's.
    expect(found('2101')).toEqual(['s-1001']);
    expect(found("'; DROP TABLE account; --")).toEqual([]);
    expect(found('%')).toEqual([]);
  });

  test('are filtered by what credit control knows of them', () => {
    const reader = createAccountReader(box.reading);
    const page = (filter: 'floor' | 'refused' | 'closed') => reader.page({filter, search: '', page: 1, floor: 0}, RIG_NOW);
    expect(page('refused').accounts.map(({id}) => id)).toEqual(['s-1007', 's-1010']);
    expect(page('floor').accounts.map(({id}) => id)).toEqual(['s-1034']);
    expect(page('closed').accounts.map(({id}) => id)).toEqual(['s-0907']);
    expect(page('floor').counts).toMatchObject({all: 35, floor: 1, refused: 2, closed: 1});
  });

  test('of the house are no payers', () => {
    const reader = createAccountReader(box.reading);
    expect(reader.one('revenue', RIG_NOW)).toBeUndefined();
    expect(reader.one('clearing:card', RIG_NOW)).toBeUndefined();
  });
});

describe('lines', () => {
  test('behind the brake are those that credit control locks when it is let go', () => {
    open('faulty');
    const reader = createLineReader(box.reading);
    const waiting = reader.behindBrake(box.clock.now()).map(({extension}) => extension);
    expect(waiting).toHaveLength(6);
    const before = lockedLines();
    box.acts.releaseBrake('Sam Porter');
    expect(lockedLines().filter((extension) => !before.includes(extension))).toEqual(waiting);
    expect(reader.behindBrake(box.clock.now())).toEqual([]);
    expect(createSiteReader(box.reading).brakeSince()).toBeUndefined();
  });

  test('that staff opened are covered as long as credit control keeps them open', () => {
    open('busy');
    const reader = createLineReader(box.reading);
    const line = () => {
      const found = reader.one('2134', box.clock.now());
      return {covered: found !== undefined && isCovered(found, box.clock.now()), wanted: found?.state?.wanted};
    };
    expect(line()).toEqual({covered: true, wanted: 'open'});
    box.clock.set(later(RIG_NOW, 21 * HOUR));
    box.review();
    expect(line()).toEqual({covered: false, wanted: 'locked'});
    box.acts.override({extension: '2134', act: 'unlock', reason: 'x', expires: later(RIG_NOW, 99 * HOUR), limit: 1_000_000}, 'Sam Porter');
    expect(line()).toEqual({covered: true, wanted: 'open'});
    // Ten minutes to India, £1.95: more than the pound that staff allowed.
    deliver(box, 'annexe', {
      lines: [callLine(33, {number: '900912228345678', start: RIG_NOW, seconds: 600})],
      at: later(RIG_NOW, 22 * HOUR),
    });
    expect(line()).toEqual({covered: false, wanted: 'locked'});
  });

  test('are counted, found and paged', () => {
    open('faulty');
    const reader = createLineReader(box.reading);
    const {counts} = reader.page({filter: 'all', search: '', page: 1}, RIG_NOW);
    expect(counts).toEqual({all: 40, locked: 9, differing: 5, override: 1});
    const found = (search: string): number => reader.page({filter: 'all', search, page: 1}, RIG_NOW).lines.length;
    expect([found('2139'), found('213'), found('x'), found('_')]).toEqual([1, 10, 0, 0]);
    expect(reader.page({filter: 'all', search: '', page: 2}, RIG_NOW)).toMatchObject({lines: [], hasMore: false});
  });

  test('know who pays now, who paid before, and that nobody does', () => {
    open('busy');
    const reader = createLineReader(box.reading);
    expect(reader.one('2101', RIG_NOW)?.payer).toMatchObject({account: 's-1001', name: 'Amara Obi'});
    expect(reader.tenancies('2101').map(({payer, to}) => [payer.account, to === undefined])).toEqual([
      ['s-1001', true],
      ['s-0907', false],
    ]);
    expect(reader.one('2136', RIG_NOW)).toMatchObject({payer: undefined, state: {reasons: ['vacant'], wanted: 'locked'}});
    expect(reader.one('9999', RIG_NOW)).toBeUndefined();
  });

  function lockedLines(): readonly string[] {
    return box.database.prepare<[], string>("SELECT extension FROM line_state WHERE wanted = 'locked' ORDER BY extension").pluck().all();
  }
});

describe('what waits', () => {
  beforeEach(() => void open('busy'));

  test('of calls is grouped by reason, and read newest first', () => {
    const reader = createCallReader(box.reading);
    expect(reader.unbillableByReason()).toEqual([
      {reason: 'no-destination', count: 2},
      {reason: 'no-tenant', count: 2},
      {reason: 'number-unreadable', count: 1},
      {reason: 'price-implausible', count: 1},
      {reason: 'range-unconfirmed', count: 1},
    ]);
    const all = reader.unbillable(undefined, ALL, 100);
    expect(all).toHaveLength(7);
    expect(all.map(({seq}) => seq)).toEqual(all.map(({seq}) => seq).toSorted((a, b) => b - a));
    expect(reader.unbillable('no-tenant', ALL, 100).map(({extension}) => extension)).toEqual(['2136', '2135']);
    expect(reader.unbillable(undefined, all[2]?.seq ?? 0, 2)).toEqual(all.slice(3, 5));
  });

  test('of lines is grouped by feed, and left when it is dismissed or read', () => {
    const reader = createRejectReader(box.reading);
    expect(reader.feeds().map(({feed, count}) => [feed, count])).toEqual([
      ['annexe', 2],
      ['main-hall', 5],
    ]);
    const [newest] = reader.waiting('annexe', ALL, 10);
    expect(newest).toMatchObject({reason: 'not-text', length: 14});
    box.acts.dismissReject(newest?.line ?? 0, 'Sam Porter');
    expect(reader.isWaiting(newest?.line ?? 0)).toBe(false);
    box.dialect.mended = true;
    expect(box.acts.rerunRejects('main-hall', 'Sam Porter')).toBe(2);
    expect(reader.feeds().map(({feed, count}) => [feed, count])).toEqual([
      ['annexe', 1],
      ['main-hall', 3],
    ]);
  });
});

describe('the site', () => {
  test('has its policy and its schedule, with the names of the tariffs', () => {
    open('busy');
    const reader = createSiteReader(box.reading);
    expect(reader.policy()).toEqual(POLICY);
    expect(reader.schedule().map(({from, text}) => [from, text?.name])).toEqual([
      [instant(Date.parse('2027-01-01T00:00:00Z')), 'Student calls from January'],
      [instant(Date.parse('2026-08-31T23:00:00Z')), 'Student calls 2026/27'],
      [later(RIG_NOW, -400 * 24 * HOUR), 'Student calls 2025/26'],
    ]);
    box.tell({kind: 'policy', body: {...POLICY, floor: -5_000_000}});
    expect(reader.policy()?.floor).toBe(-5_000_000);
    box.tell({kind: 'schedule', body: {entries: [{from: RIG_NOW, tariff: 'f'.repeat(64)}]}});
    expect(reader.schedule()).toEqual([{from: RIG_NOW, hash: 'f'.repeat(64), text: undefined}]);
  });

  test('knows the tariff that priced a call, and from when it applied; also one that the schedule does not name any more', () => {
    open('busy');
    const reader = createSiteReader(box.reading);
    const [january, autumn] = reader.schedule();
    const september = instant(Date.parse('2026-09-07T12:00:00Z'));
    expect(reader.pricedBy(autumn?.hash ?? '', september)).toEqual({
      hash: autumn?.hash,
      name: 'Student calls 2026/27',
      from: instant(Date.parse('2026-08-31T23:00:00Z')),
    });
    // It does not apply to calls of September.
    expect(reader.pricedBy(january?.hash ?? '', september)).toMatchObject({name: 'Student calls from January', from: undefined});
    expect(reader.pricedBy('f'.repeat(64), september)).toBeUndefined();
  });

  test('that has just been unpacked has none', () => {
    open('empty');
    const reader = createSiteReader(box.reading);
    expect([reader.policy(), reader.schedule(), reader.brakeSince()]).toEqual([undefined, [], undefined]);
  });
});
