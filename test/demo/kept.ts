// What one demonstration keeps for the next: who may sign in, who lives there, which ports it had.
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {freePort, isFree} from '../rig/port.ts';

export type Ports = {readonly web: number; readonly link: number; readonly console: number};

export type Kept = {
  /** Of the switchboard. */
  readonly secret: string;
  readonly cardKey: string;
  readonly webhookSecret: string;
  readonly engineer: {readonly user: string; readonly password: string};
  readonly staff: {readonly name: string; readonly email: string; readonly password: string};
  /** Every student's. */
  readonly password: string;
  readonly goLive: string;
  readonly ports: Ports;
  /** Account → line, once the hall is furnished. */
  readonly residents?: Readonly<Record<string, string>>;
};

const DAY_MS = 86_400_000;
/** What people know them by, where they are free. */
const USUAL: Ports = {web: 8443, link: 8883, console: 8480};

function pathIn(folder: string): string {
  return join(folder, 'demo.json');
}

/** As it was, or made anew; on ports that are free now. */
export async function readKept(folder: string): Promise<Kept> {
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const path = pathIn(folder);
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Kept) : newKept();
  const {web, link, console: panel} = kept.ports;
  return {...kept, ports: {web: await free(web), link: await free(link), console: await free(panel)}};
}

export function keep(folder: string, kept: Kept): void {
  const path = pathIn(folder);
  writeFileSync(`${path}.new`, JSON.stringify(kept, undefined, 2), {mode: 0o600});
  renameSync(`${path}.new`, path);
}

function newKept(): Kept {
  const word = (bytes: number): string => randomBytes(bytes).toString('base64url');
  return {
    secret: word(12),
    cardKey: `sk_test_${randomBytes(12).toString('hex')}`,
    webhookSecret: `whsec_${randomBytes(12).toString('hex')}`,
    engineer: {user: 'engineer', password: word(12)},
    staff: {name: 'Robin Desk', email: 'desk@hall.example', password: word(12)},
    password: word(9),
    goLive: new Date(Date.now() - DAY_MS).toISOString(),
    ports: USUAL,
  };
}

async function free(port: number): Promise<number> {
  return (await isFree(port)) ? port : await freePort();
}
