// Statements: the months, one month, and the same month as a file.
import {monthAt, spanOfMonth} from '../../../shared/time/month.ts';
import type {Answer} from '../../../shared/web/answer.ts';
import type {StudentRoute} from '../../web/route.ts';
import {MonthsPage, StatementPage} from '../pages/statement.tsx';
import {ofPerson, type Asking, type RouteGround} from './ground.ts';

export function statementRoutes(ground: RouteGround): readonly StudentRoute[] {
  const {books} = ground;
  return [
    {
      path: '/statement',
      signed: true,
      get: ofPerson(ground, async ({visit, person, page}) => {
        const {account, site} = person;
        const {now} = visit.setting;
        const months = await books.months({site: site.id, account, zone: site.zone, now});
        return page(<MonthsPage months={months} present={monthAt(site.zone, now)} />);
      }),
    },
    {path: '/statement/:part', signed: true, get: ofPerson(ground, (asking) => oneMonth(ground, asking))},
  ];
}

async function oneMonth({books}: RouteGround, {visit, person, words, page}: Asking): Promise<Answer> {
  const {account, site} = person;
  const {now} = visit.setting;
  const [, month, ending] = /^(\d{4}-(?:0[1-9]|1[0-2]))(\.csv)?$/.exec(visit.part) ?? [];
  const months = month === undefined ? [] : await books.months({site: site.id, account, zone: site.zone, now});
  // A month before the first, or one that is to come, is none.
  if (month === undefined || !months.some((each) => each.month === month)) return {kind: 'missing'};
  const statement = await books.statement({site: site.id, account, ...spanOfMonth(site.zone, month)});
  if (ending !== undefined || visit.query.get('form') === 'csv') {
    return {
      kind: 'file',
      name: words.statement.fileName(month),
      type: 'text/csv; charset=utf-8',
      content: books.statementCsv(statement, site, words.statement),
    };
  }
  const box = await books.boxLink(site.id, now);
  return page(<StatementPage month={month} statement={statement} isOver={statement.to <= now} box={box} />);
}
