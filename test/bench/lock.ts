// Call end → balance debited → locked and confirmed, on the simulated switchboard, beside the switchboard's own round trip.
import {setTimeout as sleep} from 'node:timers/promises';
import {startSite} from '../rig/site.ts';
import {latencyOf, type Latency} from './measure.ts';

const POUND = 1_000_000;

export async function benchLock(cycles: number): Promise<readonly Latency[]> {
  const site = await startSite([{account: 'ann', extension: '101', name: 'Ann', opening: 0}]);
  const lockedMs: number[] = [];
  const unlockedMs: number[] = [];
  const roundTripMs: number[] = [];
  const until = async (state: string): Promise<number> => {
    const began = performance.now();
    while (!(await site.board.control.ask('STATE 101')).startsWith(state)) await sleep(0);
    return performance.now() - began;
  };
  try {
    await until('barred');
    for (let cycle = 0; cycle < cycles; cycle++) {
      site.cloud.credit('ann', 0.1 * POUND);
      unlockedMs.push(await until('open'));
      const began = performance.now();
      await site.board.control.ask('COUNTS');
      roundTripMs.push(performance.now() - began);
      await site.board.control.ask('CALL 101 902079460123 60');
      lockedMs.push(await until('barred'));
    }
    return [
      latencyOf('record printed → line barred on the switchboard', lockedMs),
      latencyOf('credit written → line open on the switchboard', unlockedMs),
      latencyOf('the switchboard’s own round trip', roundTripMs),
    ];
  } finally {
    await site.end();
  }
}
