// Lines locked and opened by hand. In: a person's decision with its reason. Out: a fact for the box, which alone acts on it.
// Never true: an unlock without an end and a limit of money; a decision without a name.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {DOWN_BODIES} from '../../shared/wire/kinds.ts';
import type {Tx} from '../store/open.ts';
import {factId, type PeopleGiven} from './act.ts';
import {lineOf} from './lines.ts';

export type OverrideRefusal = Refusal<'line-unknown' | 'line-never-locked' | 'reason-missing' | 'expiry-missing' | 'limit-missing'>;

export type OverrideAct = {readonly site: string; readonly extension: string; readonly reason: string} & (
  | {readonly act: 'lock'; readonly expires?: Instant}
  /** `limit`: micros that the account may spend from then on. */
  | {readonly act: 'unlock'; readonly expires: Instant; readonly limit: number}
  | {readonly act: 'end'}
);

export type Overrides = {readonly give: (tx: Tx, actor: Actor, act: OverrideAct) => Promise<Done | OverrideRefusal>};

const LONGEST_REASON = 500;
/** Whoever needs a line open for longer wants another policy or another class. */
const LONGEST_MS = 366 * 86_400_000;

export function createOverrides({now, randomBytes, audit, downLog}: PeopleGiven): Overrides {
  return {
    give: async (tx, actor, given) => {
      const {site, extension, act} = given;
      const reason = given.reason.trim().replaceAll(/\s+/g, ' ');
      const no = forbidden(actor, 'clerk') ?? (await lineFault(tx, given)) ?? faultOf({...given, reason}, now());
      if (no !== undefined) return no;
      const person = await tx.db.selectFrom('staff').select('name').where('id', '=', actor.id).executeTakeFirst();
      const body = DOWN_BODIES.override.parse({
        extension,
        act,
        reason,
        by: person?.name ?? actor.id,
        ...(act !== 'end' && given.expires !== undefined && {expires: given.expires}),
        ...(act === 'unlock' && {limit: given.limit}),
      });
      await downLog.write(tx, site, [{kind: 'override', id: factId(extension, randomBytes), body}]);
      const {expires, limit} = body;
      await audit(tx, {by: actor.id, act: `line-${act}`, site, subject: extension, detail: {reason, expires, limit}});
      return {kind: 'done'};
    },
  };
}

async function lineFault({db}: Tx, {site, extension, act}: OverrideAct): Promise<OverrideRefusal | undefined> {
  const line = await lineOf(db, site, extension);
  if (line === undefined) return refused('line-unknown', `there is no line ${extension}`, 'make the line first');
  if (act === 'lock' && line.class !== 'student')
    return refused('line-never-locked', `line ${extension} is of class ${line.class}, which is never locked`, 'change its class first');
  return undefined;
}

function faultOf(given: OverrideAct, now: Instant): OverrideRefusal | undefined {
  const {reason, act} = given;
  if (reason === '' || reason.length > LONGEST_REASON)
    return refused('reason-missing', 'the reason is missing or too long', `write up to ${LONGEST_REASON} characters: others will ask`);
  if (act === 'end') return undefined;
  const {expires} = given;
  if (expires !== undefined && (expires <= now || expires > now + LONGEST_MS))
    return refused('expiry-missing', 'it would end before now, or in years', 'choose a time within the next year');
  if (act === 'lock') return undefined;
  return Number.isSafeInteger(given.limit) && given.limit > 0
    ? undefined
    : refused('limit-missing', 'an unlocked line needs a limit of money', 'write how much may be spent, such as 5');
}
