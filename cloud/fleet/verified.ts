// What the start finds in the books. If they do not add up, that is a fault for people; students still pay and boxes are still heard:
// stopping would lose more.
import type {Incidents} from './incidents.ts';

/** At the start only the newest rows of the logs are hashed again; `spbs verify` does them all. */
const ROWS_VERIFIED_AT_START = 1_000;
const CURE = 'run spbs verify on cloud.db, keep a copy of the data folder, and call support';

type Verify = (of: {readonly last: number}) => Promise<{readonly findings: readonly string[]}>;

export async function tellVerified(incidents: Incidents, verify: Verify): Promise<void> {
  const {findings} = await verify({last: ROWS_VERIFIED_AT_START});
  const place = {site: '', code: 'books.corrupt', subject: 'books'} as const;
  const [first] = findings;
  if (first === undefined) return incidents.end(place);
  const detail = findings.length > 1 ? `${first}, and ${findings.length - 1} more` : first;
  return incidents.open({...place, detail, cure: CURE});
}
