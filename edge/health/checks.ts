// What no stage sees: the machine's own limits.
import type {IncidentCode} from './codes.ts';
import type {Incidents} from './incidents.ts';
import type {BoxStatus} from './status.ts';

/** The ledger writes megabytes a day: this is weeks of warning. */
const DISK_LOW_BYTES = 1_000_000_000;
/** SQLite needs room for its write-ahead log to commit at all. */
const DISK_FULL_BYTES = 100_000_000;
/** A call's debit must not wait: no transaction lasts longer than 20 ms, so this is something else. */
const LAG_MS = 250;
const BOX = 'box';

type Finding = {
  readonly code: IncidentCode;
  readonly subject: string;
  readonly found: boolean;
  readonly detail: string;
  readonly cure: string;
};

/** Opens and ends the incidents that follow from one status. */
export function checkBox(status: BoxStatus, incidents: Pick<Incidents, 'incident' | 'ended'>): void {
  for (const {code, subject, found, detail, cure} of findings(status)) {
    if (found) incidents.incident(code, subject, detail, cure);
    else incidents.ended(code, subject);
  }
}

function findings({disk, eventLoopLag, clock}: BoxStatus): readonly Finding[] {
  const free = disk?.freeBytes ?? Infinity;
  const left = `${Math.round(free / 1_000_000)} MB are left where the ledger lives`;
  return [
    {
      code: 'box.disk-full',
      subject: BOX,
      found: free < DISK_FULL_BYTES,
      detail: `${left}: soon nothing can be recorded`,
      cure: 'Free space on that disk, or move the data folder to a larger one. Nothing is lost while the switchboard keeps its records.',
    },
    {
      code: 'box.disk-low',
      subject: BOX,
      found: free >= DISK_FULL_BYTES && free < DISK_LOW_BYTES,
      detail: left,
      cure: 'Free space on that disk, or move the data folder to a larger one.',
    },
    {
      code: 'box.event-loop',
      subject: BOX,
      found: eventLoopLag.maxMs >= LAG_MS,
      detail: `the program was busy for ${eventLoopLag.maxMs} ms in one go`,
      cure: 'Look for a failing disk or another program that takes the processor; if neither, send the log to support.',
    },
    {
      code: 'box.clock',
      subject: BOX,
      found: clock === 'untrusted',
      detail: 'the box does not know the time: calls take the switchboard’s own stamps',
      cure: 'Allow the box to reach a time server (NTP, UDP port 123), or set its clock.',
    },
  ];
}
