// A second pair of eyes on Asterisk's database, by a manager connection of the test's own.
import {setTimeout as sleep} from 'node:timers/promises';
import {AmiSession, succeeded} from '../../../edge/switchboard/ami/session.ts';
import {openWire} from '../../../edge/switchboard/wire.ts';
import {Secret} from '../../../shared/log/log.ts';
import type {Timers} from '../../../shared/time/instant.ts';
import {AMI_USER, ASTERISK_HOST, type RigSettings} from './settings.ts';

export type Manager = {
  readonly isLocked: (extension: string) => Promise<boolean>;
  /** Resolves with the machine's time as soon as the lock is seen. */
  readonly lockedAt: (extension: string) => Promise<number>;
  /** What Asterisk makes of a variable or a function call, such as `REGEX("^9" 999)`. */
  readonly valueOf: (expression: string) => Promise<string>;
  /** How long a bare DBPut takes, in milliseconds. */
  readonly putMs: () => Promise<number>;
  readonly close: () => void;
};

/** So close to each other are two looks at the flag. */
const LOOK_MS = 1;

const timers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

export async function openManager({amiPort: port, secret}: RigSettings): Promise<Manager> {
  const session = new AmiSession(openWire({host: ASTERISK_HOST, port, tls: undefined}), `${ASTERISK_HOST}:${port}`, timers);
  const down = await session.login({username: AMI_USER, secret: new Secret(secret)});
  if (down !== undefined) throw new Error(down.why);
  const isLocked = async (extension: string): Promise<boolean> => {
    const fields = {Family: 'spbs', Key: `lock-${extension}`};
    const answer = await session.ask({name: 'DBGet', fields, listEnds: 'DBGetComplete'});
    if (answer.kind === 'failed') throw new Error(answer.detail);
    return answer.list.some((event) => event.fields.get('val') === '1');
  };
  return {
    isLocked,
    lockedAt: async (extension) => {
      while (!(await isLocked(extension))) await sleep(LOOK_MS);
      return Date.now();
    },
    valueOf: async (expression) => {
      const answer = await session.ask({name: 'Getvar', fields: {Variable: expression}});
      if (answer.kind === 'failed' || !succeeded(answer.response)) throw new Error(`Getvar ${expression} failed`);
      return answer.response.fields.get('value') ?? '';
    },
    putMs: async () => {
      const began = performance.now();
      const answer = await session.ask({name: 'DBPut', fields: {Family: 'bench', Key: 'put', Val: '1'}});
      if (answer.kind === 'failed' || !succeeded(answer.response)) throw new Error('DBPut failed');
      return performance.now() - began;
    },
    close: () => session.cut(),
  };
}
