// Sites and their boxes: looked at by everybody, made and changed by admins.
import type {Instant} from '../../../shared/time/instant.ts';
import {go, page, type Answer, type FormLimits, type Handle} from '../../../shared/web/answer.ts';
import type {LiveView} from '../../web/live.ts';
import type {SignedStaffVisit, StaffRoute, StaffSession} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {MODES, readNewSite, usualFields, type SiteFields} from '../new-site.ts';
import {siteAddress} from '../pages/addresses.ts';
import {SitePage, siteParts, type SiteView} from '../pages/site.tsx';
import {CodePage, ModeConfirmPage, ModePage, NewBoxPage, RevokePage} from '../pages/site-acts.tsx';
import {NewSitePage, SitesPage, type SiteLine} from '../pages/sites.tsx';
import {readBoxes, readHeads, readOpenCodes, readSite, readSites, type Site} from '../rows/sites.ts';
import {readIncidents} from '../rows/trouble.ts';
import {misnamedOf} from './allowances.tsx';
import {dialFieldsIn, warningsOf} from './dial-plan.tsx';
import {attempt, fieldOf, isSure, onlyFor, pageIn, pageOfAll, tell, type RouteGround} from './ground.tsx';
import {ofSite} from './of-site.ts';
import {wrongOf} from './students.tsx';

/** A deck of 50,000 prefixes, percent-encoded. */
const TARIFF_FORM: FormLimits = {bytes: 8_000_000, fields: 20};
/** As the fleet takes it. */
const BOX_NAME = /^[A-Za-z0-9_-]{1,40}$/;
const FIRST_BOX = 'box-1';

export function siteRoutes(ground: RouteGround): readonly StaffRoute[] {
  const adminOf = (act: Parameters<typeof ofSite>[1]): Handle<SignedStaffVisit> => onlyFor('admin', ofSite(ground, act));
  return [
    {
      path: '/desk/sites',
      signed: true,
      get: async ({setting}) => pageOfAll(ground, <SitesPage sites={await siteLines(ground, setting.now)} />),
    },
    {
      path: '/desk/sites/new',
      signed: true,
      form: TARIFF_FORM,
      get: onlyFor('admin', ({query}) => page(<NewSitePage fields={usualFields(query.get('country'))} />)),
      post: onlyFor('admin', (visit) => create(ground, visit)),
    },
    {
      path: '/desk/sites/:part',
      signed: true,
      get: ofSite(ground, async ({setting}, site) => {
        const view = await siteView(ground, site, setting.now);
        const warnings = view.policy === undefined ? [] : await warningsOf(ground, site, view.policy);
        const misnamed = await misnamedOf(ground, site, setting.now);
        return pageIn(site.zone, <SitePage {...view} warnings={warnings} misnamed={misnamed} />);
      }),
    },
    {
      path: '/desk/sites/:part/mode',
      signed: true,
      get: adminOf(async (_, site) => page(<ModePage site={site} mode={(await modeOf(ground, site)) ?? ''} />)),
      post: adminOf((visit, site) => changeMode(ground, visit, site)),
    },
    {
      path: '/desk/sites/:part/box',
      signed: true,
      get: adminOf(async ({setting}, site) => page(<NewBoxPage site={site} box={await nextBoxName(ground, site, setting.now)} />)),
      post: adminOf((visit, site) => newCode(ground, visit, site)),
    },
    {
      path: '/desk/sites/:part/revoke',
      signed: true,
      get: adminOf(async ({query, setting}, site) => {
        const box = (await readBoxes(ground.reading, setting.now, site.id)).find((each) => each.box === query.get('box'));
        return box === undefined || box.verdict === 'old'
          ? go(siteAddress(site.id))
          : pageIn(site.zone, <RevokePage site={site} box={box} />);
      }),
      post: adminOf((visit, site) => revoke(ground, visit, site)),
    },
  ];
}

export function siteLiveView(ground: RouteGround): LiveView<StaffSession> {
  return {
    path: '/desk/live/sites/:part',
    // Only an admin is shown what can be done.
    topic: (part, {role}) => `${part} ${role}`,
    read: async (part, session) => {
      const site = await readSite(ground.reading, part);
      return site === undefined
        ? []
        : ground.drawing.parts(session, siteParts(await siteView(ground, site, ground.clock.now())), site.zone);
    },
  };
}

async function siteLines({reading, published}: RouteGround, now: Instant): Promise<readonly SiteLine[]> {
  const boxes = await readBoxes(reading, now);
  const lines: SiteLine[] = [];
  for (const site of await readSites(reading)) {
    const policy = await published.policyOf(reading, site.id);
    const tariffs = await published.publishedTariffs(reading, site.id, now);
    lines.push({
      site,
      box: boxes.find((box) => box.site === site.id && box.verdict !== 'old'),
      mode: policy?.mode,
      tariff: tariffs.find(({isInForce}) => isInForce)?.name,
    });
  }
  return lines;
}

async function siteView({reading, published, books}: RouteGround, site: Site, now: Instant): Promise<SiteView> {
  return {
    site,
    boxes: await readBoxes(reading, now, site.id),
    heads: (await readHeads(reading)).get(site.id),
    codes: await readOpenCodes(reading, site.id, now),
    incidents: await readIncidents(reading, site.id),
    late: await books.lateCalls(reading, site.id),
    policy: await published.policyOf(reading, site.id),
    tariffs: (await published.publishedTariffs(reading, site.id, now)).toReversed(),
  };
}

/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'id-invalid': 'id',
  'site-taken': 'id',
  'name-invalid': 'name',
  'currency-invalid': 'currency',
  'zone-invalid': 'zone',
  'tariff-invalid': 'tariff',
  'currency-differs': 'tariff',
};

function problemsOf(refusal: object): Parameters<typeof NewSitePage>[0]['problems'] {
  return 'problems' in refusal ? (refusal.problems as Parameters<typeof NewSitePage>[0]['problems']) : undefined;
}

async function create(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {transact, sites, words} = ground;
  const fields = siteFields(visit);
  const read = readNewSite(fields, words);
  if (read.kind === 'wrong') return page(<NewSitePage fields={fields} errors={read.errors} />, 422);
  const done = await commit(transact, (tx) => sites.create(tx, actorOf(visit.session), read.site));
  if (isRefusal(done)) return page(<NewSitePage fields={fields} problems={problemsOf(done)} {...wrongOf(done, FIELD_OF)} />, 422);
  tell(visit, words.sites.made(fields.name));
  return go(siteAddress(fields.id));
}

function siteFields(visit: SignedStaffVisit): SiteFields {
  const text = (name: keyof SiteFields): string => fieldOf(visit, name);
  return {
    name: text('name'),
    id: text('id'),
    country: text('country').toUpperCase(),
    currency: text('currency').toUpperCase(),
    zone: text('zone'),
    mode: text('mode'),
    ...dialFieldsIn(visit),
    tariff: tariffOf(visit),
  };
}

/** As it was pasted, but for the line ends that a browser makes of it. */
function tariffOf({form}: SignedStaffVisit): string {
  return (form.get('tariff') ?? '').replaceAll('\r\n', '\n').trimEnd();
}

async function modeOf({reading, published}: RouteGround, site: Site) {
  return (await published.policyOf(reading, site.id))?.mode;
}

async function changeMode(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const {reading, transact, publish: publishing, published, books, words} = ground;
  const policy = await published.policyOf(reading, site.id);
  const mode = MODES.find((each) => each === fieldOf(visit, 'mode'));
  const again = (error: string): Answer => page(<ModePage site={site} mode={fieldOf(visit, 'mode')} errors={{mode: error}} />, 422);
  if (policy === undefined) return go(siteAddress(site.id));
  if (mode === undefined) return again(words.sites.form.modeWrong);
  if (mode === policy.mode) return isSure(visit) ? go(siteAddress(site.id)) : again(words.site.modeSame);
  if (!isSure(visit)) {
    const {linesLocked} = await books.siteTotals(reading, {site: site.id, zone: site.zone, now: visit.setting.now});
    const warnings = await warningsOf(ground, site, policy);
    return page(<ModeConfirmPage site={site} mode={mode} linesLocked={linesLocked} warnings={warnings} />);
  }
  await attempt(visit, words, async () => {
    const done = await commit(transact, (tx) => publishing.policy(tx, actorOf(visit.session), {site: site.id, policy: {...policy, mode}}));
    return isRefusal(done) ? refusalText(done) : words.site.modeDone(words.sites.modes[mode]);
  });
  return go(siteAddress(site.id));
}

async function nextBoxName({reading}: RouteGround, site: Site, now: Instant): Promise<string> {
  const count = (await readBoxes(reading, now, site.id)).length;
  return count === 0 ? FIRST_BOX : `box-${count + 1}`;
}

async function newCode(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const {transact, enrolment, audit, authority, addressOf, words} = ground;
  const box = fieldOf(visit, 'box');
  if (!BOX_NAME.test(box)) return page(<NewBoxPage site={site} box={box} errors={{box: words.site.boxNameWrong}} />, 422);
  const by = visit.session.subject;
  const {code, expiresAt} = await transact(async (tx) => {
    await audit(tx, {by, act: 'box-code', site: site.id, subject: box});
    return await enrolment.newCode(tx, {site: site.id, box, by});
  });
  const {fingerprint} = authority;
  const cloud = addressOf('').replace(/\/$/, '');
  return pageIn(site.zone, <CodePage site={site} box={box} code={code} expiresAt={expiresAt} fingerprint={fingerprint} cloud={cloud} />);
}

async function revoke(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const {transact, enrolment, audit, words} = ground;
  const box = fieldOf(visit, 'box');
  if (isSure(visit) && BOX_NAME.test(box)) {
    await attempt(visit, words, async () => {
      const isRevoked = await transact(async (tx) => {
        const done = await enrolment.revoke(tx, {site: site.id, box});
        if (done) await audit(tx, {by: visit.session.subject, act: 'box-revoke', site: site.id, subject: box});
        return done;
      });
      return isRevoked ? words.site.revoked(box) : words.site.revokedNone;
    });
  }
  return go(siteAddress(site.id));
}
