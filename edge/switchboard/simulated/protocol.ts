// What the box and the simulated switchboard say to each other: one line a command, one line an answer, in order.
//   switchboard: SPBS-SIMULATED 1 <nonce>        box: AUTH <proof>      → OK ready | ERR wrong-secret
//   LOCK 101 → OK locked      UNLOCK 101 → OK open      READ 101 → OK barred diverted | OK open normal
//   READALL → OK <n>, then n lines `101 barred diverted`          PING → OK pong
//   LIVE → OK <n>, then n lines `<id> <extension> <dialled or -> <answered seconds or ->`      LIMIT <id> <seconds> → OK limited
// A command that cannot be done is answered `ERR <word> <text>`.
import {createHmac} from 'node:crypto';
import type {LineReading, LiveCall} from '../port.ts';

/** Longer than any line of either side. */
export const LONGEST_LINE = 1_024;

export const GREETING = /^SPBS-SIMULATED 1 ([0-9a-f]{32})$/;

/** Shows that the box knows the secret without sending it. */
export function proofOf(secret: string, nonce: string): string {
  return createHmac('sha256', secret).update(nonce).digest('hex');
}

export function readReading(words: string): LineReading | undefined {
  if (words === 'barred diverted') return {outgoing: 'barred', incoming: 'diverted'};
  if (words === 'open normal') return {outgoing: 'open', incoming: 'normal'};
  return undefined;
}

export function readLiveCall(line: string): LiveCall | undefined {
  const parts = /^(\S{1,40}) ([0-9A-Za-z_-]{1,32}) ([0-9*#]{1,40}|-) (\d{1,9}(?:\.\d{1,3})?|-)$/.exec(line);
  if (parts === null) return undefined;
  const [, id = '', extension = '', dialled = '-', seconds = '-'] = parts;
  return {id, extension, dialled: dialled === '-' ? undefined : dialled, answeredSeconds: seconds === '-' ? undefined : Number(seconds)};
}
