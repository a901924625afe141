// The box and its cloud. With an identity they talk by MQTT, both ways; without one, signed batches are taken from a folder.
// In: what the stages need to hear from above, word of commits. Out: what the cloud has decided about this box.
// Never true: a feed open on a box that does not know yet who it is; a fenced box that writes to the switchboard.
import type {KeyObject} from 'node:crypto';
import type {Log} from '../../shared/log/log.ts';
import {aborted} from '../../shared/time/back-off.ts';
import type {Clock, Random, Timers} from '../../shared/time/instant.ts';
import type {Health} from '../health/health.ts';
import {mqttConnect} from './connection.ts';
import {createDownPath, type DownGiven, type DownPath} from './down.ts';
import {dropOldIdentity, type Identity} from './identity.ts';
import {openInbox} from './inbox.ts';
import {createLink} from './link.ts';
import {createLinkRows, type LinkRows} from './link-rows.ts';
import {Session, type SessionEvents} from './session.ts';
import {CURES, STAND_CODES, standing} from './verdicts.ts';

export type CloudGiven = DownGiven & {
  /** Undefined for a box that was never enrolled. */
  readonly identity: Identity | undefined;
  /** The key of a cloud that sends files, for a box without an identity; without it no row is accepted. */
  readonly fileKey: KeyObject | undefined;
  readonly dataFolder: string;
  readonly inbox: string;
  readonly version: string;
  readonly health: Pick<Health, 'incident' | 'ended' | 'link' | 'stage' | 'snapshot'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly log: Log;
  /** The box knows who it is: what was held back may be numbered. */
  readonly onSettled: () => void;
};

export type Cloud = {
  /** After a commit: there may be rows to send. */
  readonly wake: () => void;
  readonly run: (stop: AbortSignal) => Promise<void>;
  /** False on a blank box until the cloud has said who it is: nothing is numbered before. */
  readonly isSettled: () => boolean;
  /** Resolves when it is settled, or at the abort. */
  readonly settled: (stop: AbortSignal) => Promise<void>;
  readonly isFenced: () => boolean;
  /** Does the cloud, since this process began, know the time that we know? */
  readonly agreesOnTime: () => boolean;
};

const REFUSED_CURE = 'the cloud must send what is missing, or this box must be updated; a refused file is kept beside the inbox';
/** What a clock that no time server sets is off by after weeks; prices change at the minute. */
const SAME_TIME_MS = 30_000;

export function createCloud(given: CloudGiven): Cloud {
  const rows = createLinkRows(given.database, given.transact);
  return given.identity === undefined ? withFiles(given) : withLink(given, rows, given.identity);
}

function downTeller({health}: CloudGiven) {
  return {
    stopped: (why: string): void =>
      health.incident('credit.down-refused', 'cloud', `rows from the cloud are not applied: ${why}`, REFUSED_CURE),
    goes: (): void => health.ended('credit.down-refused', 'cloud'),
  };
}

function withFiles(given: CloudGiven): Cloud {
  const {fileKey, inbox: folder, timers, log} = given;
  return {
    wake: () => undefined,
    run: (stop) => {
      if (fileKey === undefined) return aborted(stop);
      const {apply} = createDownPath(given, fileKey);
      const close = openInbox({folder, apply, timers, log, ...downTeller(given)});
      return aborted(stop).then(close);
    },
    isSettled: () => true,
    settled: () => Promise.resolve(),
    isFenced: () => false,
    agreesOnTime: () => false,
  };
}

type Known = {fenced: string | undefined; agreesOnTime: boolean; isSettled: boolean; readonly settle: () => void};

function withLink(given: CloudGiven, rows: LinkRows, identity: Identity): Cloud {
  const {clock, timers, random, randomBytes, log, health, version} = given;
  const waiting = gate();
  const known: Known = {fenced: rows.fenced(), agreesOnTime: false, isSettled: !rows.isBlank(), settle: waiting.open};
  if (known.isSettled) waiting.open();
  const way: DownPath = createDownPath(given, identity.cloud);
  const events = eventsOf(given, known);
  const link = createLink({
    connect: mqttConnect(identity, randomBytes(6).toString('hex'), timers),
    session: (wire) =>
      new Session({
        ...way,
        ...wire,
        identity,
        rows,
        status: health.snapshot,
        version,
        nonce: () => randomBytes(16).toString('hex'),
        clock,
        timers,
        random,
        log,
        events,
      }),
    clock,
    timers,
    random,
    log,
    onState: (state) => {
      const isLost = state.kind === 'down' && !known.isSettled;
      const told = isLost ? {...state, why: `waiting for the cloud to say who this box is (${state.why})`} : state;
      health.link('sync', {subject: `${identity.host}:${identity.port}`, means: 'mqtt', state: told});
    },
  });
  return {
    wake: link.wake,
    run: (stop) => {
      // The epoch that this identity was given; a blank box is told its own with the answer to its hello.
      if (known.isSettled) rows.raiseEpoch(identity.epoch);
      return link.run(stop);
    },
    isSettled: () => known.isSettled,
    settled: (stop) => Promise.race([waiting.opened, aborted(stop)]),
    isFenced: () => known.fenced !== undefined,
    agreesOnTime: () => known.agreesOnTime,
  };
}

function gate(): {readonly opened: Promise<void>; readonly open: () => void} {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {opened, open: () => open()};
}

function eventsOf(given: CloudGiven, known: Known): SessionEvents {
  const {health, clock, dataFolder, onSettled} = given;
  const teller = downTeller(given);
  let isOldDropped = false;
  return {
    settled: () => {
      if (known.isSettled) return;
      known.isSettled = true;
      known.settle();
      onSettled();
    },
    clock: (cloud) => {
      known.agreesOnTime = Math.abs(cloud - clock.now()) < SAME_TIME_MS;
    },
    acknowledged: (log, upTo) => {
      health.stage('sync', {kind: 'acknowledged', log, upTo});
      if (log === 'down') return;
      health.ended('sync.stuck', 'up');
      if (!isOldDropped) dropOldIdentity(dataFolder);
      isOldDropped = true;
    },
    fenced: (why) => {
      known.fenced = why;
      if (why === undefined) health.ended('sync.fenced', 'cloud');
      else
        health.incident(
          'sync.fenced',
          'cloud',
          `the cloud has fenced this box, and no line is locked or opened: ${why}`,
          CURES['sync.fenced'],
        );
    },
    stands: (log, code, why) => health.incident(code, log, standing(log, why), CURES[code]),
    goes: (log) => {
      for (const code of STAND_CODES) health.ended(code, log);
    },
    downRefused: (why) => {
      if (why === undefined) teller.goes();
      else teller.stopped(why);
    },
    stuck: (seconds) => {
      if (seconds === undefined) health.ended('sync.stuck', 'up');
      else
        health.incident(
          'sync.stuck',
          'up',
          `connected to the cloud, rows wait, and none was acknowledged for ${seconds} s`,
          CURES['sync.stuck'],
        );
    },
  };
}
