// The audit log: who did what to whom. In: an act, in the transaction that does it. Out: one more link of the chain.
// Never true: an act without its row; a secret, a called number, or a name that somebody may want erased, in a detail.
import {CHAIN_START} from '../../shared/journal/chain.ts';
import {auditChain, type AuditFact} from '../../shared/journal/audit.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Tx} from '../store/open.ts';

export type Act = Pick<AuditFact, 'by' | 'act' | 'subject'> & {
  readonly site?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
};

export type Audit = (tx: Tx, act: Act) => Promise<void>;

export function createAudit(now: () => Instant): Audit {
  return async ({db}, {by, act, site = null, subject, detail = {}}) => {
    const last = await db.selectFrom('audit').select('chain').orderBy('seq', 'desc').limit(1).executeTakeFirst();
    const fact = {at: now(), by, act, site, subject, detail: JSON.stringify(detail)};
    await db
      .insertInto('audit')
      .values({...fact, chain: auditChain(last?.chain ?? CHAIN_START, fact)})
      .execute();
  };
}
