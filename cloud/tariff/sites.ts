// Sites. In: a name, rules and a first tariff. Out: a site whose box has all that it needs to price a call.
// Never true: a site without rules or without a tariff in force; a currency or a zone that is changed later.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {isCurrency} from '../../shared/money/micros.ts';
import {isZone} from '../../shared/time/zone.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {Tx} from '../store/open.ts';
import {checkPolicy, checkTariff, writePolicy, writeTariff, type PublishRefusal, type TariffGiven} from './publish.ts';

export type SiteRefusal = Refusal<'id-invalid' | 'name-invalid' | 'currency-invalid' | 'zone-invalid' | 'site-taken'> | PublishRefusal;

export type NewSite = {
  /** As the configuration of its box names it. */
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly zone: string;
  /** Its currency and zone are the site's. */
  readonly policy: Omit<Policy, 'currency' | 'zone'>;
  readonly tariff: string;
};

export type Sites = {
  readonly create: (tx: Tx, actor: Actor, site: NewSite) => Promise<Done<{readonly tariff: string}> | SiteRefusal>;
  readonly rename: (tx: Tx, actor: Actor, site: Pick<NewSite, 'id' | 'name'>) => Promise<Done | SiteRefusal>;
};

/** As the configuration of a box writes it. */
const SITE_ID = /^[A-Za-z0-9_-]{1,40}$/;
const LONGEST_NAME = 80;
/** A new site prices whatever call it is told of, also one from before today. */
const ALWAYS = 0 as Instant;

export function createSites(given: TariffGiven): Sites {
  return {
    create: (tx, actor, site) => create(given, tx, actor, site),
    rename: (tx, actor, site) => rename(given, tx, actor, site),
  };
}

async function create(given: TariffGiven, tx: Tx, actor: Actor, wanted: NewSite): ReturnType<Sites['create']> {
  const {id, currency, zone} = wanted;
  const name = tidy(wanted.name);
  const no = forbidden(actor, 'admin') ?? faultOf({id, name, currency, zone});
  if (no !== undefined) return no;
  const other = await tx.db.selectFrom('site').select('name').where('id', '=', id).executeTakeFirst();
  if (other !== undefined) return refused('site-taken', `${other.name} is called ${id}`, 'choose another id');
  const rules = checkPolicy(wanted, {...wanted.policy, currency, zone});
  if (rules.kind === 'refused') return rules;
  const tariff = checkTariff(wanted, wanted.tariff);
  if (tariff.kind === 'refused') return tariff;
  await tx.db.insertInto('site').values({id, name, currency, zone, created_at: given.now()}).execute();
  await given.audit(tx, {by: actor.id, act: 'site-create', site: id, subject: id, detail: {name, currency, zone}});
  await writePolicy(given, tx, actor, {site: id, policy: rules.policy});
  await writeTariff(given, tx, actor, {...tariff, site: id, from: ALWAYS, role: 'student', act: 'create'});
  return {kind: 'done', tariff: tariff.hash};
}

async function rename(given: TariffGiven, tx: Tx, actor: Actor, wanted: Pick<NewSite, 'id' | 'name'>): ReturnType<Sites['rename']> {
  const no = forbidden(actor, 'admin') ?? nameFault(tidy(wanted.name));
  if (no !== undefined) return no;
  const {id} = wanted;
  const name = tidy(wanted.name);
  const renamed = await tx.db.updateTable('site').set({name}).where('id', '=', id).returning('id').executeTakeFirst();
  if (renamed === undefined) return refused('site-unknown', `there is no site ${id}`, 'choose one of the list');
  await given.audit(tx, {by: actor.id, act: 'site-rename', site: id, subject: id, detail: {name}});
  return {kind: 'done'};
}

function tidy(name: string): string {
  return name.trim().replaceAll(/\s+/g, ' ').normalize('NFC');
}

function nameFault(name: string): SiteRefusal | undefined {
  if (name !== '' && name.length <= LONGEST_NAME && !/\p{C}/u.test(name)) return undefined;
  return refused('name-invalid', 'this is not a name', `write at most ${LONGEST_NAME} characters`);
}

function faultOf({id, name, currency, zone}: Pick<NewSite, 'id' | 'name' | 'currency' | 'zone'>): SiteRefusal | undefined {
  if (!SITE_ID.test(id)) return refused('id-invalid', 'this cannot be the id of a site', 'write letters, digits, _ and -, at most 40');
  if (!isCurrency(currency)) return refused('currency-invalid', `${currency} is not a currency`, 'write one such as GBP');
  if (!isZone(zone)) return refused('zone-invalid', `${zone} is not a time zone`, 'write one such as Europe/London');
  return nameFault(name);
}
