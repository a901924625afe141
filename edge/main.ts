// The box: opens the store, wires the stages in the order of the flow, and runs until it is told to stop.
// In: options, a log, a signal. Out: nothing; all that it does is in its database and on the switchboard.
// Never true: two boxes on one ledger; a feed read before what was left unfinished; an effect before its commit.
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import process from 'node:process';
import type {Failure} from '../shared/failure/failure.ts';
import type {AccountId} from '../shared/journal/transfer.ts';
import type {Log} from '../shared/log/log.ts';
import {ZERO, type Micros} from '../shared/money/micros.ts';
import {compiledText} from '../shared/tariff/compiled-text.ts';
import {aborted} from '../shared/time/back-off.ts';
import {instant, instantFromIso, type Clock, type Timers} from '../shared/time/instant.ts';
import {listen} from '../shared/web/listen.ts';
import {verifyingKey} from '../shared/wire/batch.ts';
import type {EdgeOptions} from './config/options.ts';
import {consolePlace, consoleServer, pem} from './config/serve.ts';
import {createActs} from './console/acts.ts';
import {createConsole, type Console} from './console/console.ts';
import type {LogEntry} from './console/given.ts';
import {createCreditControl, type Settled} from './credit/control.ts';
import {reviewInTime} from './credit/review.ts';
import {createRunningCredit} from './credit/running-money.ts';
import {createIntake, type Intake} from './engine/intake.ts';
import {createRunningCalls, type RunningCalls, type RunningGiven} from './engine/running.ts';
import {rateWaiting} from './engine/waiting.ts';
import {createDoor} from './feed/doors.ts';
import type {FeedSettings} from './feed/settings.ts';
import {createSpool, type Spool} from './feed/spool.ts';
import {clockFloor, clockTrust} from './health/clock-trust.ts';
import {eventOfCommand, eventsOfCredit, eventsOfDelivery, factOfIncident, tellHeldIncidents, type StageEvents} from './health/events.ts';
import {createFeedTeller} from './health/feed-teller.ts';
import {createHealth, type Health} from './health/health.ts';
import {createMachine, LAG_SAMPLE_MS, type Machine} from './health/machine.ts';
import {traceCredit, traceDelivery} from './health/trace.ts';
import {tellVerified} from './health/verified.ts';
import {alertWaiting} from './health/waiting-alert.ts';
import {createBeginning} from './ledger/beginning.ts';
import {createJournal} from './ledger/journal.ts';
import {createLedger} from './ledger/ledger.ts';
import {createResolver} from './ledger/resolve.ts';
import {verifyLedger} from './ledger/verify.ts';
import {createRater} from './rating/rate.ts';
import {createRunningRater} from './rating/running.ts';
import {createRecorders} from './record/recorders.ts';
import {createSiteBook} from './site/book.ts';
import {createSiteReaders} from './site/write.ts';
import {claimIdentity} from './store/identity.ts';
import {claimFolder, inTransaction, openForReading, openStore, tellingOfCommits, tellingOfFull, type Database} from './store/open.ts';
import {createReconciler} from './switchboard/reconciler.ts';
import {createSwitchboard} from './switchboard/switchboards.ts';
import {createCloud, type Cloud} from './sync/cloud.ts';
import {assertSameBox, readIdentity, type Identity} from './sync/identity.ts';

export type EdgeGiven = {
  readonly options: EdgeOptions;
  readonly version: string;
  readonly log: Log;
  readonly logEntries: () => readonly LogEntry[];
  /** Aborted: everything is drained and closed. */
  readonly stop: AbortSignal;
  /** The console can be opened. `setupCode`: nobody has a password yet; whoever has the code makes the first one. */
  readonly ready: (address: string, setupCode: string | undefined) => void;
};

/** systemd-timesyncd and chrony's wrapper touch it when the clock has been set by a time server. */
const SYNCHRONISED = '/run/systemd/timesync/synchronized';

const clock: Clock = {now: () => instant(Date.now()), monotonicMs: () => performance.now()};
const timers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
const random = Math.random;

const QUARANTINE_CURE = 'the line is kept among the rejects; send it to support, and read it again after the next update';
const WAITS_FOR_CLOUD = {
  kind: 'down',
  why: 'it waits until the cloud has said who this box is',
  cure: 'connect the box to the internet; a switchboard that keeps its records loses none meanwhile',
} as const;
const BRAKE_CURE = 'look at Accounts and at the tariff; if it is right, let the lines be locked on the page Flow';

/** Resolves when everything is closed after `stop`. Throws a Failure for what a person must mend before it can run. */
export async function runEdge(given: EdgeGiven): Promise<void> {
  const {options} = given;
  const folder = options['data.folder'];
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const claim = claimFolder(folder);
  const path = join(folder, 'box.db');
  const database = openStore(path);
  const reading = openForReading(path);
  try {
    const identity = readIdentity(folder);
    if (identity !== undefined) assertSameBox(identity, options);
    claimIdentity(database, {site: options.site, box: options.box}, clock.now());
    await run({...given, identity}, database, reading);
  } finally {
    reading.close();
    database.close();
    claim.release();
  }
}

async function run(given: BoxGiven, database: Database, reading: Database): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  given.stop.addEventListener('abort', end, {once: true});
  if (given.stop.aborted) end();
  const box = createBox(given, database, reading);
  box.catchUp();
  const served = await listen(consoleServer(given.options, box.panel.app), consolePlace(given.options));
  try {
    given.ready(served.address, box.panel.setupCode());
    // The first part that ends, ends all: by the signal, or because it failed.
    await Promise.all(box.parts.map((part) => part(stop.signal).finally(end)));
  } finally {
    box.panel.close();
    await served.close();
  }
}

/** `identity`: who the box is to its cloud; undefined for one that was never enrolled. */
type BoxGiven = EdgeGiven & {readonly identity: Identity | undefined};
type Part = (stop: AbortSignal) => Promise<void>;
type Box = {readonly parts: readonly Part[]; readonly catchUp: () => void; readonly panel: Console};

type Told = {
  readonly full: (refusal: Failure | undefined) => void;
  readonly committed: () => void;
  readonly runningCost: (account: AccountId) => Micros;
};

/** The flow: feed → record → rating → ledger → credit → switchboard. */
function createFlow({options, log}: BoxGiven, database: Database, told: Told) {
  const transact = tellingOfCommits(
    tellingOfFull(database, (work) => inTransaction(database, work), told.full),
    told.committed,
  );
  const spool = createSpool(database);
  const book = createSiteBook(database, compiledText);
  const rate = createRater({site: options.site, book});
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  const resolver = createResolver(database, {...book, journal, rate, now: clock.now});
  const {balance} = ledger;
  const ground = {...book, balance, runningCost: told.runningCost, write: journal.write, nextSeq: journal.next, now: clock.now};
  const credit = createCreditControl(database, ground);
  const switchboard = createSwitchboard(options.switchboard, {timers, random, log: log.named('switchboard')});
  return {transact, spool, book, rate, journal, ledger, resolver, credit, switchboard};
}

function createBox(given: BoxGiven, database: Database, reading: Database): Box {
  const {options, log} = given;
  const flow = createFlow(given, database, {
    full: (refusal) => watch.full(refusal),
    committed: () => ways.cloud.wake(),
    runningCost: (account) => watch.running?.costOf(account) ?? ZERO,
  });
  const watch = createWatch(given, database, flow, {changed: () => panel.changed(), cloud: () => ways.cloud});
  const ways = createWays(given, database, flow, watch);
  const {intake, cloud, acts} = ways;
  const {health, reconciler, running, announce} = watch;
  const panel = createConsole({
    database,
    reading,
    health,
    acts,
    book: flow.book,
    clock,
    timers,
    randomBytes,
    logEntries: given.logEntries,
    log: log.named('console'),
  });

  const parts: Part[] = [
    cloud.run,
    (stop) => reviewInTime({...flow, announce, clock, timers, log}, stop),
    (stop) => rateWaiting({...flow, settle: (touched) => flow.credit.settle(touched, 'call'), after: announce, timers, log}, stop),
    (stop) => aborted(stop).finally(health.watch(timers)),
  ];
  if (flow.switchboard !== undefined && reconciler !== undefined) parts.push(flow.switchboard.run, reconciler.run);
  if (running !== undefined) parts.push(running.run);
  for (const settings of options.feeds) {
    const feed = feedPart(settings, {spool: flow.spool, intake, health, log});
    // A box that is new on its site may be sent a past first: a call that is in it is no call.
    if (!cloud.isSettled()) health.link('feed', {subject: settings.name, means: settings.door, state: WAITS_FOR_CLOUD});
    parts.push((stop) => cloud.settled(stop).then(() => feed(stop)));
  }
  return {parts, panel, catchUp: () => catchUp({given, flow, watch, intake, database})};
}

/** Made after what needs them. */
type Later = {readonly changed: () => void; readonly cloud: () => Cloud};

/** What follows from anything, once it is durable: people see it, and the switchboard is brought into line. */
function createWatch(given: BoxGiven, database: Database, flow: Flow, later: Later) {
  const {log} = given;
  const {journal, book, ledger, switchboard} = flow;
  const {changed, cloud} = later;
  const may = {
    mayWrite: () => book.policy() !== undefined && !cloud().isFenced(),
    mayLock: () => book.policy()?.mode === 'bill-and-lock',
  };
  const health = createHealth({
    database,
    clock,
    log: log.named('health'),
    machine: machineOf(given, database, () => cloud().agreesOnTime()),
    // Told when the cloud has said who this box is: until then nothing is numbered.
    tell: (change) => void (cloud().isSettled() && journal.write([factOfIncident(change, journal.next())])),
    changed,
  });
  const show = (events: StageEvents): void => {
    for (const [stage, event] of events) health.stage(stage, event);
  };
  const reconciler =
    switchboard &&
    createReconciler({
      switchboard,
      database,
      clock,
      timers,
      random,
      log: log.named('switchboard'),
      incident: health.incident,
      ended: health.ended,
      onChange: changed,
      onConfirmed: (extension, wanted, tookMs) => {
        show([eventOfCommand(extension, wanted, tookMs)]);
        log.named('switchboard').debug('line confirmed', {extension, wanted, tookMs});
      },
      ...may,
    });
  const announce = (settled: Settled): void => {
    show(eventsOfCredit(settled));
    traceCredit(log.named('credit'), settled, ledger.balance);
    const {braked, decided} = settled;
    if (braked > 0)
      health.incident('credit.brake', 'site', `${braked} more lines are due to be locked at once: that is rarely true`, BRAKE_CURE);
    alertWaiting(health, settled.waiting, book.policy());
    reconciler?.decided(decided.map(({extension}) => extension));
  };
  const full = (refusal: Failure | undefined): void => {
    if (refusal === undefined) health.ended('ledger.store-full', 'ledger');
    else health.incident('ledger.store-full', 'ledger', refusal.message, refusal.cure);
  };
  const running = followRunning(given, database, flow, {...may, ...health, after: announce, told: health.running});
  return {health, show, reconciler, running, announce, full};
}

type Follow = Pick<RunningGiven<Settled>, 'mayWrite' | 'mayLock' | 'after' | 'told' | 'incident' | 'ended'>;

/** Undefined without a switchboard that tells of its calls. */
function followRunning({options, log}: BoxGiven, database: Database, flow: Flow, follow: Follow): RunningCalls | undefined {
  const {switchboard, book, ledger, credit, transact} = flow;
  if (switchboard?.capabilities.reportsLiveCalls !== true) return undefined;
  return createRunningCalls({
    ...follow,
    switchboard,
    book,
    rate: createRunningRater({site: options.site, book}),
    credit: createRunningCredit(database, {...book, balance: ledger.balance, now: clock.now}),
    transact,
    settle: (accounts) => credit.settle(accounts, 'call'),
    clock,
    timers,
    log: log.named('running'),
  });
}

/** Three ways by which something happens: calls come in, rows come down, a person at the console acts. */
function createWays(given: BoxGiven, database: Database, flow: Flow, {health, show, running, announce}: Watch) {
  const {options, log} = given;
  const {transact, spool, book, rate, journal, ledger, credit} = flow;
  const intake = createIntake({
    database,
    transact,
    spool,
    rate,
    ledger,
    recorderOf: createRecorders(options.site, options.feeds, {database, spool}),
    mode: () => book.policy()?.mode ?? 'watch',
    recorded: (recorded) => running?.release(recorded),
    settle: (touched) => credit.settle(touched, 'call'),
    after: (taken, settled) => {
      running?.released();
      show(eventsOfDelivery(taken));
      // It looks up a balance for every call: not where nobody reads it.
      if (options['log.level'] === 'debug') traceDelivery(log.named('flow'), taken, ledger.balance);
      announce(settled);
    },
    quarantined: (feed, line, detail) =>
      health.incident('record.quarantined', feed, `line ${line} of feed ${feed} stops the program: ${detail}`, QUARANTINE_CURE),
    now: clock.now,
  });
  const fileKey = options['cloud.key'];
  const cloud = createCloud({
    ...flow,
    database,
    identity: given.identity,
    fileKey: fileKey === undefined ? undefined : verifyingKey(pem(fileKey, 'cloud.key')),
    dataFolder: options['data.folder'],
    inbox: join(options['data.folder'], 'down'),
    version: given.version,
    site: createSiteReaders(database),
    beginning: createBeginning(database),
    now: clock.now,
    announce,
    onSettled: () => tellHeldIncidents(health.snapshot().incidents, {...flow, ...journal}),
    health,
    clock,
    timers,
    random,
    randomBytes,
    log: log.named('cloud'),
  });
  return {intake, cloud, acts: createActs({transact, intake, credit, journal, health, clock, announce})};
}

type Flow = ReturnType<typeof createFlow>;
type Watch = ReturnType<typeof createWatch>;

function feedPart(settings: FeedSettings, {spool, intake, health, log}: {spool: Spool; intake: Intake; health: Health; log: Log}): Part {
  const {name, door: means} = settings;
  const teller = createFeedTeller(health, timers, name, means);
  const door = createDoor(settings, {
    spool,
    deliver: intake.deliver,
    clock,
    timers,
    random,
    log: log.named(`feed.${name}`),
    onState: teller.tell,
    trouble: (code, detail, cure) => health.incident(code, name, detail, cure),
  });
  return (stop) => door.run(stop).finally(teller.quiet);
}

type CatchUp = {
  readonly given: EdgeGiven;
  readonly flow: Flow;
  readonly watch: Watch;
  readonly intake: Intake;
  readonly database: Database;
};

/** Before anything new: what was left unfinished, and what time alone has changed. */
function catchUp({given, flow, watch, intake, database}: CatchUp): void {
  const {spool, credit, book, transact, switchboard} = flow;
  const {feeds, switchboard: settings} = given.options;
  tellVerified(watch.health, (since) => verifyLedger(database, since));
  for (const {name, goLive} of feeds) {
    spool.open(name, clock.now());
    const configured = goLive === undefined ? undefined : instantFromIso(goLive);
    if (configured !== undefined) spool.setGoLive(name, configured);
    intake.resume(name);
  }
  watch.announce(transact(() => credit.review(book.extensions())));
  const subject = settings.kind === 'none' ? 'none' : `${settings.host}:${settings.port}`;
  switchboard?.onLink((state) => watch.health.link('switchboard', {subject, means: settings.kind, state}));
}

function machineOf({options, version}: EdgeGiven, database: Database, agreesOnTime: () => boolean): Machine {
  const delay = monitorEventLoopDelay({resolution: LAG_SAMPLE_MS});
  delay.enable();
  const floor = clockFloor(database);
  return createMachine({
    folder: options['data.folder'],
    version,
    startedAt: clock.now(),
    memoryBytes: () => process.memoryUsage.rss(),
    delay,
    clock: () => clockTrust(clock.now(), floor(), existsSync(SYNCHRONISED) || agreesOnTime()),
  });
}
