// What would a call cost? Asked by a form that is posted: a number stands in no address and no log.
import {quote} from '../../../shared/tariff/quote.ts';
import {bareDigits, quoteFields, readQuestion, USUAL_QUESTION} from '../../../shared/ui/quote.tsx';
import type {Answer} from '../../../shared/web/answer.ts';
import type {StudentRoute} from '../../web/route.ts';
import {QuotePage} from '../pages/quote.tsx';
import {isExtension} from '../rows/extension.ts';
import {ofPerson, type Asking, type RouteGround} from './ground.ts';

export function quoteRoutes(ground: RouteGround): readonly StudentRoute[] {
  return [
    {
      path: '/quote',
      signed: true,
      get: ofPerson(ground, ({page}) => page(<QuotePage fields={USUAL_QUESTION} />)),
      post: ofPerson(ground, (asking) => answer(ground, asking)),
    },
  ];
}

async function answer({reading, prices}: RouteGround, {visit, person, words, page}: Asking): Promise<Answer> {
  const fields = quoteFields(visit.form);
  const read = readQuestion(fields, words.quote.form);
  if (read.kind === 'wrong') return page(<QuotePage fields={fields} errors={read.errors} />, 422);
  const {dialled, seconds} = read;
  const {id: site} = person.site;
  const {now: start} = visit.setting;
  const allowances = await prices.freeAt({site, account: person.account, at: start});
  const question = {dialled, seconds, start, allowances, isExtension: await isExtension(reading, site, bareDigits(dialled))};
  const found = quote(question, await prices.policyOf(site), await prices.tariffAt(site, start));
  if (found.kind === 'priced') return page(<QuotePage fields={fields} quote={found} />);
  const {errors, reasons} = words.quote.form;
  if (found.reason === 'number-unreadable') return page(<QuotePage fields={fields} errors={{number: errors.numberWrong}} />, 422);
  if (found.reason === 'duration-implausible') return page(<QuotePage fields={fields} errors={{minutes: reasons[found.reason]}} />, 422);
  return page(<QuotePage fields={fields} quote={found} />);
}
