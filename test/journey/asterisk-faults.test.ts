// What goes wrong around a real Asterisk: a wrong secret, rotated files, restarts on either side, somebody's hand in its database.
import {existsSync, readdirSync, readFileSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeEach, describe, expect, test, vi} from 'vitest';
import {startAsteriskSite, type AsteriskSite} from '../rig/asterisk/site.ts';

const POUND = 1_000_000;
const SOON = {timeout: 15_000, interval: 20};
const TALK_SECONDS = 1.2;
const LONDON = '902079460123';
const BARRED = 403;
const LOCKED = {wanted: 'locked', confirmed: 1};
const OPEN = {wanted: 'open', confirmed: 1};
/** The sweep looks at one line every ten seconds: each once in ten minutes. */
const LINES = 60;

/** 101 has nothing and is locked from the start, 102 has money for one call, the others for many. */
const students = Array.from({length: LINES}, (_, index) => {
  const extension = String(101 + index);
  return {account: `s${extension}`, extension, name: `Student ${extension}`, opening: [0, 0.1][index] ?? 10};
}).map((student) => ({...student, opening: student.opening * POUND}));

type Incident = {readonly detail: string; readonly cure: string; readonly ended: number};

describe('a site on a real Asterisk', () => {
  let started: AsteriskSite | undefined;
  const site = (): AsteriskSite => started ?? expect.unreachable('the site is started before each test');
  beforeEach(async (context) => {
    started ??= await startAsteriskSite(context, students, {secret: 'mistyped'});
    await started.installDialplan();
  });
  afterAll(() => started?.end());

  /** The newest incident with this code. */
  const incident = (code: string): Incident | undefined =>
    site().rows(`SELECT detail, cure, ended_at IS NOT NULL AS ended FROM incident WHERE code = '${code}' ORDER BY id DESC LIMIT 1`)[0] as
      | Incident
      | undefined;
  const isLocked = (extension: string): boolean => /^Value: 1$/m.test(site().asterisk.console(`database get spbs lock-${extension}`));

  test('bills calls while the secret for AMI is wrong, says so with the cure, and locks once it is right', async () => {
    const {sipp, balance, line, restart, switchboard} = site();
    expect(await sipp.call('102', LONDON, TALK_SECONDS)).toMatchObject({status: 200});
    await vi.waitFor(() => expect(balance('s102')).toBe(0), SOON);
    expect(line('102')).toMatchObject({wanted: 'locked', confirmed: 0});
    expect(isLocked('102')).toBe(false);
    await vi.waitFor(() => expect(incident('switchboard.unreachable')).toMatchObject({ended: 0}), SOON);
    const told = incident('switchboard.unreachable');
    expect(told?.detail).toMatch(/^no line can be locked or unlocked: .* refuses the login of spbs: Authentication failed$/);
    expect(told?.cure).toMatch(/secret in the box’s switchboard settings must equal secret= of \[spbs\] in manager\.conf/);

    await restart({switchboard: switchboard()});
    await vi.waitFor(() => expect([line('101'), line('102')]).toMatchObject([LOCKED, LOCKED]), SOON);
    expect(incident('switchboard.unreachable')).toMatchObject({ended: 1});
    expect(await sipp.call('102', LONDON, TALK_SECONDS)).toMatchObject({status: BARRED});
  }, 60_000);

  test('does not take a flag for a lock while the dialplan that asks for it is not installed', async () => {
    const {sipp, asterisk, balance, line, rows, restart, installDialplan} = site();
    const found = () => rows("SELECT actual_outgoing AS outgoing, last_failure AS failure FROM line_state WHERE extension = '101'")[0];
    expect(found()).toEqual({outgoing: 'barred', failure: null});
    asterisk.installDialplan(`[spbs-phones]\nexten => _9X.,1,Dial(PJSIP/\${EXTEN:1}@trunk)\n`);
    await restart();
    await vi.waitFor(() => expect(incident('switchboard.drift')?.detail).toMatch(/^line 101 should be locked/), SOON);
    await vi.waitFor(
      () => expect(found()).toMatchObject({failure: expect.stringContaining('print it with spbs dialplan') as string}),
      SOON,
    );
    expect(await sipp.call('101', LONDON, TALK_SECONDS)).toMatchObject({status: 200});
    await vi.waitFor(() => expect(balance('s101')).toBe(-0.1 * POUND), SOON);

    await installDialplan();
    await vi.waitFor(() => expect(found()).toEqual({outgoing: 'barred', failure: null}), SOON);
    expect(line('101')).toMatchObject(LOCKED);
    await vi.waitFor(() => expect(incident('switchboard.drift')).toMatchObject({ended: 1}), SOON);
    expect(await sipp.call('101', LONDON, TALK_SECONDS)).toMatchObject({status: BARRED});
  }, 60_000);

  test('reads the row of a caller whose name is made of what divides rows', async () => {
    const {sipp, rows, log} = site();
    const before = log.length;
    expect(await sipp.incomingCall('105', TALK_SECONDS, 'O"Neil, "Zoë", \\",ANSWERED;\u202e')).toMatchObject({status: 200});
    await vi.waitFor(() => expect(rows("SELECT class FROM call WHERE extension = '105'")).toEqual([{class: 'incoming'}]), SOON);
    expect(said(log.slice(before))).not.toContain('line rejected');
    expect(rows('SELECT count(*) AS rejected FROM rejected_line')).toEqual([{rejected: 0}]);
  });

  test('loses no call and bills none twice when Master.csv is rotated while calls flow', async () => {
    const {sipp, asterisk, rows, balance} = site();
    const lines = ['111', '112', '113', '114'];
    const calls = Promise.all(
      lines.map(async (extension) => {
        for (let call = 0; call < 4; call++) expect(await sipp.call(extension, LONDON, TALK_SECONDS)).toMatchObject({status: 200});
      }),
    );
    await sleep(2_000);
    rotate(asterisk.cdrFolder);
    asterisk.console('logger reload');
    await sleep(2_000);
    rotate(asterisk.cdrFolder);
    await calls;
    // Ten pounds less four calls at 10p.
    await vi.waitFor(() => expect(lines.map((extension) => balance(`s${extension}`))).toEqual(lines.map(() => 9.6 * POUND)), SOON);
    // As many rows of ours as Asterisk has written in all its files.
    expect(existsSync(join(asterisk.cdrFolder, 'Master.csv.2'))).toBe(true);
    expect(rows('SELECT sum(count) AS rows FROM line_count')).toEqual([{rows: rowsIn(asterisk.cdrFolder)}]);
    expect(rows('SELECT DISTINCT session FROM spool ORDER BY session')).toHaveLength(3);
    expect(rows("SELECT extension, count(*) AS calls FROM call WHERE extension LIKE '11%' GROUP BY extension")).toEqual(
      lines.map((extension) => ({extension, calls: 4})),
    );
  }, 60_000);

  test('keeps its locks over a restart of Asterisk, and does afterwards what was decided meanwhile', async () => {
    const {sipp, asterisk, cloud, log, line, verify} = site();
    const before = log.length;
    await asterisk.stop();
    await vi.waitFor(() => expect(said(log.slice(before))).toContain('the switchboard is not connected'), SOON);
    cloud.credit('s102', POUND);
    await vi.waitFor(() => expect(line('102')).toMatchObject({wanted: 'open', confirmed: 0}), SOON);
    await asterisk.start();
    // The dialplan alone bars it; the box may not even be back.
    expect(await sipp.call('101', LONDON, TALK_SECONDS)).toMatchObject({status: BARRED});
    await vi.waitFor(() => expect(line('102')).toMatchObject(OPEN), SOON);
    expect(said(log.slice(before))).toContain('connected to the switchboard');
    expect(await sipp.call('102', LONDON, TALK_SECONDS)).toMatchObject({status: 200});
    expect(line('101')).toMatchObject(LOCKED);
    expect(verify()).toEqual([]);
  }, 60_000);

  test('bills once the calls that ended, into a file rotated since, while the box was dead', async () => {
    const {sipp, asterisk, balance, stop, start, restart, verify} = site();
    const lines = ['121', '122', '123'];
    const calls = Promise.all(lines.map((extension) => sipp.call(extension, LONDON, 3)));
    await sleep(1_000);
    await stop('SIGKILL');
    await calls;
    rotate(asterisk.cdrFolder);
    expect(await sipp.call('121', LONDON, TALK_SECONDS)).toMatchObject({status: 200});
    await start();
    const left = [9.8, 9.9, 9.9].map((pounds) => pounds * POUND);
    await vi.waitFor(() => expect(lines.map((extension) => balance(`s${extension}`))).toEqual(left), SOON);

    const inMidCall = sipp.call('122', LONDON, 4);
    await restart();
    expect(await inMidCall).toMatchObject({status: 200});
    await vi.waitFor(() => expect(balance('s122')).toBe(9.8 * POUND), SOON);
    expect(balance('s121')).toBe(9.8 * POUND);
    expect(verify()).toEqual([]);
  }, 60_000);

  test('heals what somebody has changed in Asterisk by hand, while the box was off and while it runs', async () => {
    const {asterisk, line, stop, start, verify} = site();
    await stop();
    asterisk.console('database del spbs lock-101');
    asterisk.console('database put spbs lock-130 1');
    expect([isLocked('101'), isLocked('130')]).toEqual([false, true]);
    await start();
    await vi.waitFor(() => expect([isLocked('101'), isLocked('130')]).toEqual([true, false]), SOON);
    await vi.waitFor(() => expect(incident('switchboard.drift')).toMatchObject({ended: 1}), SOON);
    expect(incident('switchboard.drift')?.detail).toMatch(/^line 101 should be locked/);

    // The sweep looked at 101 first, and comes to 102 ten seconds later.
    expect(line('102')).toMatchObject(OPEN);
    asterisk.console('database put spbs lock-102 1');
    expect(isLocked('102')).toBe(true);
    await vi.waitFor(() => expect(isLocked('102')).toBe(false), SOON);
    await vi.waitFor(() => expect(incident('switchboard.drift')).toMatchObject({ended: 1}), SOON);
    expect(incident('switchboard.drift')?.detail).toMatch(/^line 102 should be open/);
    expect(verify()).toEqual([]);
  }, 60_000);
});

/** As logrotate does it. */
function rotate(folder: string): void {
  const first = join(folder, 'Master.csv.1');
  if (existsSync(first)) renameSync(first, join(folder, 'Master.csv.2'));
  renameSync(join(folder, 'Master.csv'), first);
}

function rowsIn(folder: string): number {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return texts.join('').split('\n').length - 1;
}

function said(log: AsteriskSite['log']): string {
  return log.map(({msg}) => msg).join('\n');
}
