// A box becomes one of a cloud's as an engineer does it: by `spbs enrol` and a code; and reaches it by another line than the cloud said.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {dataFolder} from './box.ts';
import {startChild} from './child.ts';

export type EnrolAt = {readonly address: string; readonly authority: string; readonly code: string};

/** `port`: of a relay on this machine, where the cloud's broker is reached from now on. */
export async function enrolBox(folder: string, {address, authority, code}: EnrolAt, port: number): Promise<void> {
  const data = dataFolder(folder);
  const words = ['enrol', '--cloud', address, '--code', code, '--authority', authority, '--data', data, '--json'];
  const child = startChild('provisioning/spbs.js', words);
  await child.line((line) => line.startsWith('{'));
  await child.ended;
  const path = join(data, 'identity', 'link.json');
  const link = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>;
  writeFileSync(path, JSON.stringify({...link, port}));
}
