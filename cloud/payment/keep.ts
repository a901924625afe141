// A method that a provider lets us charge again becomes the student's saved method: once.
import type {Instant} from '../../shared/time/instant.ts';
import type {Tx} from '../store/open.ts';
import type {Observation, ProviderName} from './port.ts';

export type Kept = {
  readonly row: {readonly site: string; readonly account: string};
  readonly provider: ProviderName;
  readonly saved: Extract<Observation, {kind: 'succeeded'}>['saved'] | undefined;
  readonly now: Instant;
};

/** Its id; the one that there is if it is kept already. Undefined if there is nothing to keep. */
export async function keepMethod(
  {db}: Tx,
  {randomBytes}: {readonly randomBytes: (bytes: number) => Buffer},
  {row, provider, saved, now}: Kept,
): Promise<string | undefined> {
  if (saved === undefined) return undefined;
  const {site, account} = row;
  const known = await db
    .selectFrom('saved_method')
    .select('id')
    .where('account', '=', account)
    .where('provider', '=', provider)
    .where('token', '=', saved.token)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (known !== undefined) return known.id;
  const id = randomBytes(16).toString('hex');
  await db
    .insertInto('saved_method')
    .values({
      id,
      site,
      account,
      provider,
      customer: saved.customer ?? null,
      token: saved.token,
      label: saved.label,
      created_at: now,
      removed_at: null,
    })
    .execute();
  return id;
}
