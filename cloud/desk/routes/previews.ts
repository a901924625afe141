// What a page shows of a preview: which month's calls, how far it is, whose accounts they are.
import {instant, type Instant} from '../../../shared/time/instant.ts';
import {monthAt, spanOfMonth, type Month} from '../../../shared/time/month.ts';
import {civilFromInstant, startOfDay} from '../../../shared/time/zone.ts';
import {monthText} from '../../../shared/ui/figures.tsx';
import type {PreviewView} from '../pages/preview.tsx';
import type {ScheduleRole} from '../../tariff/published.ts';
import type {Site} from '../rows/sites.ts';
import {readAccountNames} from '../rows/tariffs.ts';
import type {RouteGround} from './ground.tsx';

export type Compared = {
  readonly site: Site;
  readonly role: ScheduleRole;
  readonly tariff: string;
  readonly against: string | undefined;
  /** Undefined: now. */
  readonly from: Instant | undefined;
  readonly month: Month;
  /** Of the page with another month. */
  readonly addressOf: (month: Month) => string;
};

/** Last month is what one asks for; some before it, and what there is of this one. */
const MONTHS_OFFERED = 7;

/** This one first. */
function monthsBefore(zone: string, now: Instant): readonly Month[] {
  const months: Month[] = [];
  for (let at = now; months.length < MONTHS_OFFERED; at = instant(spanOfMonth(zone, months.at(-1) ?? '').from - 1))
    months.push(monthAt(zone, at));
  return months;
}

/** The one that is asked for, else the last whole one. */
export function monthIn(asked: string | undefined, zone: string, now: Instant): Month {
  const months = monthsBefore(zone, now);
  return months.find((month) => month === asked) ?? months[1] ?? monthAt(zone, now);
}

export async function previewOf({previews, reading, drawing, clock}: RouteGround, compared: Compared): Promise<PreviewView> {
  const {site, role, tariff, against, from, month, addressOf} = compared;
  const now = clock.now();
  const setting = {...drawing.settingNow(), zone: site.zone};
  // Today's tax where nothing is said: the same question all day long.
  const at = from ?? startOfToday(site.zone, now);
  const state = previews.look({site: site.id, role, tariff, against, at, calls: spanOfMonth(site.zone, month)});
  const effect = state.kind === 'ready' ? state.preview.effect : undefined;
  const accounts = effect === undefined ? [] : [...effect.accounts.first.map(({of}) => of), ...effect.dearest.map(({account}) => account)];
  const nameOf = (each: Month): string => monthText(spanOfMonth(site.zone, each).from, setting);
  return {
    site: {id: site.id, currency: site.currency},
    state,
    month: nameOf(month),
    months: monthsBefore(site.zone, now).map((each) => ({
      href: addressOf(each),
      label: nameOf(each),
      count: undefined,
      isCurrent: each === month,
    })),
    names: await readAccountNames(reading, accounts),
    isOfStudents: role === 'student',
  };
}

function startOfToday(zone: string, now: Instant): Instant {
  return startOfDay(zone, civilFromInstant(zone, now)) ?? now;
}
