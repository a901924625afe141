// What every part of the link stands on, and what a session begins with.
import type {KeyObject} from 'node:crypto';
import type {Log} from '../../shared/log/log.ts';
import type {Random, Timers} from '../../shared/time/instant.ts';
import type {Hello} from '../../shared/wire/talk.ts';
import type {Intake} from '../books/intake.ts';
import type {Incidents} from '../fleet/incidents.ts';
import type {Store} from '../store/open.ts';
import type {Connection} from './broker.ts';
import type {DownGiven} from './down.ts';
import type {Judgement} from './hello.ts';
import type {KnownBox} from './register.ts';
import type {Sessions, Turn} from './sessions.ts';

export type Ground = {
  readonly store: Pick<Store, 'transact' | 'reading'>;
  readonly sessions: Sessions;
  readonly intake: Intake;
  readonly incidents: Incidents;
  /** Signs what goes down. */
  readonly key: KeyObject;
  readonly monotonicMs: () => number;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
};

export type Beginning = {
  readonly connection: Connection;
  readonly box: KnownBox;
  readonly turn: Turn;
  readonly hello: Hello;
  readonly judgement: Judgement;
  /** Undefined: nothing goes down. */
  readonly start: DownGiven['start'] | undefined;
  /** Where our up log stands. */
  readonly upTo: number;
};
