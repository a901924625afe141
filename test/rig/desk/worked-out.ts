// A page that fills itself, loaded anew as a browser without script does, until it is filled.
import {setTimeout as sleep} from 'node:timers/promises';
import {get, type DeskRig} from './rig.ts';

const WAITED_MS = 20_000;
const EVERY_MS = 50;

export async function workedOut(rig: Pick<DeskRig, 'address'>, path: string, cookie: string): Promise<string> {
  for (let waited = 0; waited < WAITED_MS; waited += EVERY_MS) {
    const text = await (await get(rig, path, cookie)).text();
    if (!text.includes('Being worked out')) return text;
    await sleep(EVERY_MS);
  }
  throw new Error(`${path} was not worked out within ${WAITED_MS} ms`);
}
