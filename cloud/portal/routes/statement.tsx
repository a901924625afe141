// Statements: the months, one month, and the same month as a file.
import type {StudentRoute} from '../../web/route.ts';
import {MonthsPage, StatementPage} from '../pages/statement.tsx';
import {monthOf} from '../rows/automatic.ts';
import {statementCsv} from '../statement-csv.ts';
import {ofPerson, type RouteGround} from './ground.ts';

export function statementRoutes(ground: RouteGround): readonly StudentRoute[] {
  const {statements} = ground;
  return [
    {
      path: '/statement',
      signed: true,
      get: ofPerson(ground, async ({visit, person, page}) => {
        const months = await statements.months(person);
        return page(<MonthsPage months={months} present={monthOf(person.site.zone, visit.setting.now)} />);
      }),
    },
    {
      path: '/statement/:part',
      signed: true,
      get: ofPerson(ground, async ({visit, person, words, page}) => {
        const asked = /^(\d{4}-(?:0[1-9]|1[0-2]))(\.csv)?$/.exec(visit.part);
        const statement = asked?.[1] === undefined ? undefined : await statements.one(person, asked[1]);
        if (statement === undefined) return {kind: 'missing'};
        if (asked?.[2] !== undefined || visit.query.get('form') === 'csv') {
          return {
            kind: 'file',
            name: words.statement.fileName(statement.month),
            type: 'text/csv; charset=utf-8',
            content: statementCsv(statement, person.site, words.statement),
          };
        }
        return page(<StatementPage statement={statement} isOver={statement.to <= visit.setting.now} />);
      }),
    },
  ];
}
