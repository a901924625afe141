// What the start finds in the ledger. One that does not add up is a fault for people; calls are still kept: stopping would lose more.
import type {Verification} from '../ledger/verify.ts';
import type {Health} from './health.ts';

type Since = {readonly up: number; readonly down: number};

/** At the start only the newest rows of the logs are hashed again; `spbs verify` does them all. */
const ROWS_VERIFIED_AT_START = 10_000;
const CURE = 'run spbs verify on the database of the box, keep a copy of the data folder, and call support';

export function tellVerified(health: Pick<Health, 'snapshot' | 'incident' | 'ended'>, verify: (since: Since) => Verification): void {
  const {heads} = health.snapshot();
  const since = (seq: number): number => Math.max(0, seq - ROWS_VERIFIED_AT_START);
  const {findings} = verify({up: since(heads.up.seq), down: since(heads.down.seq)});
  const [first] = findings;
  if (first === undefined) health.ended('ledger.corrupt', 'ledger');
  else health.incident('ledger.corrupt', 'ledger', `${first}${findings.length > 1 ? `, and ${findings.length - 1} more` : ''}`, CURE);
}
