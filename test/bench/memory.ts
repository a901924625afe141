// What box and cloud hold in memory: at rest, while a backlog is drained, and after it. Flat means that no queue grows with it.
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {must} from '../../shared/assert/assert.ts';
import type {Child} from '../rig/child.ts';
import {Backlog} from './backlog.ts';

/** Megabytes of resident memory; `mostGrown`: what is promised of the growth from rest to the most. */
export type Memory = {
  readonly name: string;
  readonly idle: number;
  readonly most: number;
  readonly after: number;
  readonly mostGrown?: number;
};

const REST_MS = 2_000;

/** Linux only: there the kernel tells it of every process. */
function residentOf({process: {pid}}: Child): number {
  const status = readFileSync(`/proc/${must(pid, 'process')}/status`, 'utf8');
  const [, kilobytes] = must(/^VmRSS:\s+(\d+) kB$/m.exec(status), 'VmRSS');
  return Number(kilobytes) / 1024;
}

/** One backlog after the other, each as long: if memory grew with what has gone through, the later would show it. */
export async function benchMemory(calls: number, backlogs: number): Promise<readonly Memory[]> {
  const backlog = await Backlog.open();
  try {
    const cloud = new Watched(backlog.cloud.child);
    await backlog.startBox();
    const idle = await restOf(backlog);
    await backlog.stopBox();
    const seen: Memory[] = [];
    for (let round = 1; round <= backlogs; round++) {
      backlog.record(calls);
      let box: Watched | undefined;
      await backlog.drain(() => {
        box ??= new Watched(must(backlog.box(), 'box').child);
        for (const each of [box, cloud]) each.look();
      });
      const after = await restOf(backlog);
      const what = `${round === 1 ? '' : 'another '}${calls.toLocaleString('en-GB')} calls`;
      seen.push({name: `cloud, ${what}`, idle: idle.cloud, most: cloud.most, after: after.cloud});
      seen.push({name: `box, ${what}`, idle: idle.box, most: must(box, 'box that was drained').most, after: after.box});
      await backlog.stopBox();
    }
    return seen;
  } finally {
    await backlog.remove();
  }
}

async function restOf(backlog: Backlog): Promise<{readonly cloud: number; readonly box: number}> {
  await sleep(REST_MS);
  return {cloud: residentOf(backlog.cloud.child), box: residentOf(must(backlog.box(), 'box').child)};
}

class Watched {
  readonly #child: Child;
  most = 0;

  constructor(child: Child) {
    this.#child = child;
  }

  look(): void {
    this.most = Math.max(this.most, residentOf(this.#child));
  }
}
