// Three sites to look at: a busy one on an ordinary afternoon, one where much is wrong, and a box that has just been unpacked.
import {readTariff, type TariffReading} from '../../../shared/tariff/read.ts';
import {instant, isoFromInstant, later, type Instant} from '../../../shared/time/instant.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import {RIG_NOW, createRigBox, type RigBox, type Told} from './box.ts';

export type SiteName = 'busy' | 'faulty' | 'empty';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const POUND = 1_000_000;

export const POLICY: Policy = {
  mode: 'bill-and-lock',
  country: 'GB',
  zone: 'Europe/London',
  currency: 'GBP',
  dialPlan: {outsideLine: '9', areaCode: '1223', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4},
  alwaysOpen: ['2999'],
  answerAllowanceSeconds: 20,
  floor: 0,
  warnBelow: 2 * POUND,
  refusedLocks: 'at-once',
  catchAll: 'unbillable',
  dearestCall: 25 * POUND,
  longestCallHours: 6,
  backBillingDays: 30,
  brake: {lines: 5, percent: 5, minutes: 10},
};

function tariffText(name: string, mobile: string): string {
  return `
format: spbs-tariff/1
name: ${name}
currency: GBP
zone: Europe/London
prices: gross
rounding: {mode: up, decimals: 2}
tax: [{percent: '20'}]
bands:
  - {name: evening, times: [{days: [mon, tue, wed, thu, fri], from: '18:00', to: '08:00'}, {days: [sat, sun]}]}
rates:
  - {name: free, initialSeconds: 0, nextSeconds: 1, perMinute: '0'}
  - {name: national, connectionFee: '0.05', initialSeconds: 60, nextSeconds: 1, perMinute: '0.04', perMinuteIn: {evening: '0.02'}}
  - {name: mobile, connectionFee: '0.05', initialSeconds: 30, nextSeconds: 30, perMinute: '${mobile}'}
  - {name: far, connectionFee: '0.10', initialSeconds: 60, nextSeconds: 60, perMinute: '0.185'}
destinations:
  - {name: United Kingdom, rate: national, prefixes: ['441', '442', '443']}
  - {name: United Kingdom mobile, rate: mobile, prefixes: ['447']}
  - {name: United Kingdom freephone, rate: free, prefixes: ['44800', '44808']}
  - {name: France, rate: far, prefixes: ['33']}
  - {name: India, rate: far, prefixes: ['91']}
  - {name: Nigeria mobile, rate: far, prefixes: ['23480', '23481']}
  - {name: Brazil, rate: far, prefixes: ['55'], catchAll: true}
`;
}

function tariffOf(text: string): Extract<TariffReading, {kind: 'tariff'}> {
  const read = readTariff(text);
  if (read.kind === 'invalid') throw new Error(JSON.stringify(read.problems));
  return read;
}

const NAMES = `Amara Obi,Ben Clarke,Chiara Rossi,Dmitri Volkov,Elif Yilmaz,Fatima Noor,Gareth Pugh,Hana Sato,Imran Aziz,Jana Novak,
  Kofi Mensah,Lucia Gomez,Mateo Silva,Niamh Byrne,Oscar Lind,Priya Nair,Quentin Roux,Rhea Kapoor,Sofia Costa,Tomas Horak,Ulrike Maier,
  Viktor Dahl,Wanjiru Kamau,Xin Yi Li,Yusuf Demir,Zofia Wrona,Aoife Kelly,Bruno Alves,Clara Meyer,Diego Vega,Esther Okafor,Felix Braun,
  Grace Park,Hugo Marin`
  .split(',')
  .map((name) => name.trim());

/** Dialled behind the outside line 9. */
const NUMBERS = ['907700900123', '901223496018', '902079460958', '90033142685300', '900912228345678', '908000280000', '907700900456'];

export function openRigSite(folder: string, name: SiteName): RigBox {
  if (name === 'empty') return createRigBox(folder, undefined);
  const box = createRigBox(folder, {site: 'north-hall', box: 'box-1'});
  describe(box);
  history(box);
  present(box);
  if (name === 'faulty') trouble(box);
  else calm(box);
  box.clock.set(RIG_NOW);
  return box;
}

const MOVED_IN = later(RIG_NOW, -38 * DAY);

/** 40 lines: 34 students, two vacant, two of staff, a lift and a fire telephone. */
const extensionOf = (place: number): string => String(2101 + place);
const accountOf = (place: number): string => `s-${1001 + place}`;

function describe(box: RigBox): void {
  const past = tariffOf(tariffText('Student calls 2025/26', '0.14'));
  const present_ = tariffOf(tariffText('Student calls 2026/27', '0.12'));
  const next = tariffOf(tariffText('Student calls from January', '0.11'));
  box.clock.set(later(RIG_NOW, -40 * DAY));
  box.tell(
    {kind: 'policy', body: POLICY},
    ...[past, present_, next].map(({hash, canonical}) => ({kind: 'tariff', body: {hash, text: canonical}}) as const),
    {
      kind: 'schedule',
      body: {
        entries: [
          {from: later(RIG_NOW, -400 * DAY), tariff: past.hash},
          {from: instant(Date.parse('2026-09-01T00:00:00+01:00')), tariff: present_.hash},
          {from: instant(Date.parse('2027-01-01T00:00:00Z')), tariff: next.hash},
        ],
      },
    },
  );
  const kinds = new Map([
    [36, 'staff'],
    [37, 'staff'],
    [38, 'lift'],
    [39, 'emergency'],
  ] as const);
  const lines = Array.from({length: 40}, (_, place): Told => {
    return {kind: 'extension', body: {extension: extensionOf(place), class: kinds.get(place as 36) ?? 'student'}};
  });
  const former: readonly Told[] = [
    {kind: 'account', body: {account: 's-0907', currency: 'GBP', language: 'en', name: 'Anna Berg', closed: true}},
    {
      kind: 'tenancy',
      body: {tenancy: 't-before', extension: extensionOf(0), account: 's-0907', from: later(MOVED_IN, -300 * DAY), to: MOVED_IN},
    },
  ];
  box.tell(...lines, ...former, ...NAMES.flatMap((name, place) => studentRows(name, place)));
}

function studentRows(name: string, place: number): readonly Told[] {
  const account = accountOf(place);
  // Every third has a card that is charged by itself.
  const automaticTopUp = place % 3 === 0 ? {threshold: 2 * POUND, target: 10 * POUND} : undefined;
  const amount = (place === 33 ? 3 : 12 + (place % 5)) * POUND;
  return [
    {kind: 'account', body: {account, currency: 'GBP', language: 'en', name, closed: false, automaticTopUp}},
    {kind: 'tenancy', body: {tenancy: `t-${place}`, extension: extensionOf(place), account, from: MOVED_IN}},
    {
      kind: 'credit',
      body: {code: 'TOPUP', ref: `opening-${place}`, debit: 'clearing:card', credit: account, amount, currency: 'GBP', at: MOVED_IN},
    },
  ];
}

/** Two feeds, ten days of calls. */
function history(box: RigBox): void {
  const goLive = later(RIG_NOW, -30 * DAY);
  box.spool.open('main-hall', goLive);
  box.spool.open('annexe', goLive);
  box.review();
  for (let day = 10; day >= 1; day--) {
    const lines: string[] = [];
    for (let place = 0; place < 34; place += 1 + (day % 3)) {
      const start = later(RIG_NOW, -day * DAY + place * 7 * MINUTE);
      lines.push(
        callLine(place, {number: NUMBERS[(place + day) % NUMBERS.length] ?? '', start, seconds: 45 + ((place * 37 + day * 91) % 560)}),
      );
    }
    deliver(box, day % 2 === 0 ? 'annexe' : 'main-hall', {lines, at: later(RIG_NOW, -day * DAY + 5 * HOUR)});
  }
}

type Called = {readonly number: string; readonly start: Instant; readonly seconds: number};

export function callLine(place: number, {number, start, seconds}: Called): string {
  return `${extensionOf(place)};${number};${isoFromInstant(start)};${seconds}`;
}

export function deliver(
  box: RigBox,
  feed: string,
  {lines, at}: {readonly lines: readonly (string | Buffer)[]; readonly at: Instant},
): void {
  box.clock.set(at);
  box.intake.deliver({
    feed,
    file: undefined,
    lines: lines.map((line, place) => ({
      feed,
      session: 1,
      position: String(place),
      receivedAt: at,
      bytes: typeof line === 'string' ? Buffer.from(line, 'latin1') : line,
      broken: undefined,
    })),
  });
}

/** The last hours: some rejects, some calls that cannot be billed, some students at their floor, one decision of staff. */
function present(box: RigBox): void {
  const at = (minutes: number): Instant => later(RIG_NOW, -minutes * MINUTE);
  deliver(box, 'main-hall', {
    at: at(95),
    lines: [
      '# SMDR main hall',
      Buffer.from('\x02 24/11 12:26  2118   P001 00:03:1\x00\xff  ???\r', 'latin1'),
      '?2104;907700900123;2026-11-24T12:20:00Z;61',
      '?2105;901223496018;2026-11-24T12:21:00Z;182',
      '11/24 12:27PM   2119    10      00:01:12 A  07700900999                    <script>alert(1)</script>',
      '',
    ],
  });
  deliver(box, 'annexe', {at: at(70), lines: ['NO ROUTE TO PRINTER ..... CHECK CABLE', Buffer.from('\x1b[31m2123\x07 cut', 'latin1')]});
  const odd: readonly [number, Called][] = [
    [3, {number: '90055114003001', start: at(64), seconds: 340}],
    [8, {number: '900870773111632', start: at(61), seconds: 95}],
    [8, {number: '900870773111632', start: at(58), seconds: 122}],
    [34, {number: '907700900123', start: at(55), seconds: 240}],
    [35, {number: '901223496018', start: at(52), seconds: 61}],
    [12, {number: '900912228345678', start: at(470), seconds: 9_600}],
    [15, {number: '', start: at(44), seconds: 31}],
  ];
  deliver(box, 'main-hall', {at: at(43), lines: odd.map(([place, call]) => callLine(place, call))});
  // 33 has spent what it had; 6, 9 and 21 have a card that was refused.
  deliver(box, 'main-hall', {at: at(31), lines: [callLine(33, {number: '900912228345678', start: at(52), seconds: 1_140})]});
  box.clock.set(at(29));
  for (const place of [6, 9]) {
    const body = {request: `r-${place}`, account: accountOf(place), result: 'refused'} as const;
    box.tell({kind: 'top-up-result', body});
  }
  box.review();
  const unlock = {
    extension: extensionOf(33),
    act: 'unlock',
    reason: '£5 cash at reception, receipt 114',
    expires: later(RIG_NOW, 20 * HOUR),
    limit: 5 * POUND,
  } as const;
  box.clock.set(at(26));
  box.acts.override(unlock, 'Sam Porter');
  confirm(box, at(26));
  deliver(box, 'main-hall', {at: at(3), lines: [callLine(17, {number: '907700900456', start: at(6), seconds: 151})]});
}

/** What the reconciler would have written: all lines as wanted, but for those that are named. */
function confirm(box: RigBox, at: Instant, except: readonly string[] = []): void {
  box.database
    .prepare(
      `UPDATE line_state SET confirmed_decision = decision, actual_at = ?, failures = 0, last_failure = NULL,
         actual_outgoing = CASE wanted WHEN 'locked' THEN 'barred' ELSE 'open' END,
         actual_incoming = CASE wanted WHEN 'locked' THEN 'diverted' ELSE 'normal' END
       WHERE instr(?, extension) = 0`,
    )
    .run(at, except.join(' '));
}

function calm(box: RigBox): void {
  const {health, clock} = box;
  clock.set(later(RIG_NOW, -9 * DAY));
  health.link('feed', {subject: 'main-hall', means: 'tcp', state: {kind: 'up'}});
  health.link('feed', {subject: 'annexe', means: 'folder', state: {kind: 'up'}});
  health.link('switchboard', {subject: '10.20.0.5:5038', means: 'ami', state: {kind: 'up'}});
  health.link('sync', {subject: '192.0.2.10:8883', means: 'mqtt', state: {kind: 'up'}});
  clock.set(later(RIG_NOW, -26 * MINUTE));
  for (const tookMs of [14, 9, 22, 31, 12]) {
    health.stage('switchboard', {kind: 'command', extension: '2134', act: 'unlock', result: 'confirmed', tookMs});
  }
  writeLog(box);
}

function trouble(box: RigBox): void {
  const {health, clock} = box;
  calm(box);
  clock.set(later(RIG_NOW, -12 * MINUTE));
  const why = 'no answer from 10.20.0.9:4001 within 10 s';
  const cure = 'Check that the switchboard is on, the cable, and the port in its settings.';
  health.link('feed', {subject: 'annexe', means: 'tcp', state: {kind: 'down', why, cure}});
  health.incident('feed.unreachable', 'annexe', why, cure);
  const quarantined = 'line 4711 of feed main-hall stops the program: broken invariant';
  health.incident('record.quarantined', 'main-hall', quarantined, 'Send the line to support; every other line is read.');
  const refused = 'the switchboard refuses the login of spbs';
  health.incident('switchboard.unreachable', '10.20.0.5:5038', refused, 'Check username and secret in manager.conf, then the permit line.');
  health.link('switchboard', {
    subject: '10.20.0.5:5038',
    means: 'ami',
    state: {kind: 'down', why: refused, cure: 'Check username and secret.'},
  });
  health.link('sync', {
    subject: '192.0.2.10:8883',
    means: 'mqtt',
    state: {kind: 'down', why: 'it does not answer', cure: 'Nothing to do if the internet is down.'},
  });
  health.incident('box.disk-low', 'box', '840 MB are left where the ledger lives', 'Free space on that disk, or move the data folder.');
  health.incident('box.clock', 'box', 'the box does not know the time', 'Allow the box to reach a time server (NTP, UDP port 123).');
  box.machine.facts = {...box.machine.facts, disk: {freeBytes: 840_000_000, totalBytes: 62_700_000_000}, clock: 'untrusted'};
  // A tariff with a slip of the pen: twelve students fall below their floor in one delivery.
  const lines = Array.from({length: 12}, (_, place) =>
    callLine(place * 2, {number: '900912228345678', start: later(RIG_NOW, -90 * MINUTE), seconds: 4_500}),
  );
  deliver(box, 'main-hall', {at: later(RIG_NOW, -9 * MINUTE), lines});
  const failed = box.database.prepare(
    "UPDATE line_state SET failures = 4, last_failure = 'refused: the switchboard refuses the login of spbs' WHERE confirmed_decision < decision",
  );
  failed.run();
  box.log.named('switchboard').error('the login was refused', {switchboard: '10.20.0.5:5038', attempts: 4});
}

function writeLog({log, clock, entries}: RigBox): void {
  entries.length = 0;
  for (let place = 0; place < 130; place++) {
    clock.set(later(RIG_NOW, (place - 130) * 4 * MINUTE));
    const feed = place % 3 === 0 ? 'annexe' : 'main-hall';
    if (place % 29 === 7) log.named(`feed.${feed}`).warn('the connection was lost and is back', {seconds: 4, session: place});
    else if (place % 2 === 0) log.named('flow').info('calls recorded', {feed, calls: 1 + (place % 4), seq: 400 + place});
    else log.named('switchboard').debug('line confirmed', {extension: extensionOf(place % 36), wanted: 'open', tookMs: 12});
  }
}
