// The audit log, newest first, and whether the rows of a page hang together. In: the number before which to read. Out: rows.
// Never true: a row shown as sound whose chain does not follow from the one before it.
import {auditChain} from '../../../shared/journal/audit.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Cut} from '../../../shared/ui/list.tsx';
import type {Reader} from '../../store/open.ts';

export type AuditRow = {
  readonly seq: number;
  readonly at: Instant;
  /** The name, if it was somebody of the staff. */
  readonly by: string;
  readonly act: string;
  readonly site: string | undefined;
  readonly subject: string;
  readonly detail: string;
};

export type AuditPage = Cut<AuditRow> & {
  /** The number of the first row, from the top, that does not follow from the one before it. */
  readonly brokenAt: number | undefined;
  /** Of the newest row of all. */
  readonly head: string | undefined;
};

const SHOWN = 50;

export async function readAudit(db: Reader, before: number | undefined): Promise<AuditPage> {
  const found = await db
    .selectFrom('audit')
    .leftJoin('staff', 'staff.id', 'audit.by')
    .select(['seq', 'at', 'by', 'act', 'site', 'subject', 'detail', 'chain', 'staff.name'])
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', 'desc')
    // One more, to which the last one shown is chained.
    .limit(SHOWN + 1)
    .execute();
  const shown = found.slice(0, SHOWN);
  const broken = shown.find((row, index) => !auditChain(found[index + 1]?.chain ?? CHAIN_START, row).equals(row.chain));
  const head = await db.selectFrom('audit').select('chain').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return {
    rows: shown.map(({seq, at, by, act, site, subject, detail, name}) => ({
      seq,
      at: instant(at),
      by: name ?? by,
      act,
      site: site ?? undefined,
      subject,
      detail,
    })),
    before,
    next: found.length > SHOWN ? shown.at(-1)?.seq : undefined,
    brokenAt: broken?.seq,
    head: head?.chain.toString('hex'),
  };
}
