// `spbs rate`: what a call costs by a tariff, and why. One call in words, or a million as JSON.
import {explainPrice} from '../shared/tariff/explain.ts';
import {countryOf} from '../shared/telephone/country.ts';
import {prepareDialPlan, type PreparedDialPlan} from '../shared/telephone/dial-plan.ts';
import {instant, type Instant} from '../shared/time/instant.ts';
import type {Command, ExitCode, Terminal} from './command.ts';
import {answer, createRater, readSeconds, readTime, type Answer, type Question, type Rater} from './rate-call.ts';
import {rulesOfFile, rulesOfSite, rulesOfWords, type NumberRules} from './number-plan.ts';
import {jsonAnswer, rateLines} from './rate-lines.ts';
import {answerText} from './rate-text.ts';
import {loadTariff} from './tariff-file.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

export const command: Command = {
  summary: 'prices a call by a tariff and says why it costs that',
  usage: `usage: spbs rate --tariff FILE [--at TIME] [--country GB …] [--catch-all] [--json] NUMBER SECONDS
       spbs rate --tariff FILE [--at TIME] [--country GB …] [--catch-all] --stdin

Prints what a call to NUMBER of SECONDS costs, why in one sentence, and each figure on the way. Exit 0: it has a price;
1: it cannot be billed, with the reason.

  NUMBER          with + or 00 and the country code, or a short code of the tariff such as 1571
  SECONDS         answered seconds; fractions are rounded up
  --tariff FILE   YAML or JSON; spbs tariff check FILE says whether it is good
  --at TIME       when the call begins: 2026-11-26T18:00:00Z, or "2026-11-26 18:00" in the tariff's zone; now by default
  --country GB    NUMBER may be as dialled there: 020 7946 0000, 141 and 1470 before it, 999; its freephone, premium and
                  shared-cost numbers are told by its number plan. --outside-line 9 and --area-code 20: as dialled on a site
  --policy FILE   or --site DATABASE, in its place: NUMBER is as dialled by these rules of a site; spbs number explains them
  --catch-all     bills by prefixes that stand for a whole country or for numbers of another kind; by default these are
                  not billed unseen
  --json          one JSON object instead: number, seconds, billedSeconds, prefix, destination, amount, currency, e164,
                  explanation, working; or number, seconds, unbillable, detail
  --stdin         reads lines number,seconds[,time] and prints one JSON object for each, with the fields above but the last
                  three. Lines that cannot be read are said on standard error, and the rest goes on; exit 1 if there were any
`,
  run: async (args, terminal) => {
    const words = readWords(args);
    if (typeof words === 'string') return wrongUsage(terminal, 'rate', words);
    const plan = planOf(words);
    if (typeof plan === 'string') return wrongUsage(terminal, 'rate', plan);
    const {tariff, hash} = loadTariff(words.tariff);
    const now = words.at === undefined ? {kind: 'time' as const, at: instant(Date.now())} : readTime(words.at, tariff.zone);
    if (now.kind === 'unreadable') return wrongUsage(terminal, 'rate', `--at: ${now.why}`);
    const rater = createRater(tariff, hash, {plan, acceptsCatchAll: words.catchAll});
    return words.stdin ? await rateLines(rater, now.at, terminal) : rateOne(words, now.at, rater, terminal);
  },
};

const OPTIONS = {
  tariff: {type: 'string'},
  at: {type: 'string'},
  country: {type: 'string'},
  'outside-line': {type: 'string'},
  'area-code': {type: 'string'},
  policy: {type: 'string'},
  site: {type: 'string'},
  'catch-all': {type: 'boolean', default: false},
  json: {type: 'boolean', default: false},
  stdin: {type: 'boolean', default: false},
} as const;

type Words = {
  readonly tariff: string;
  readonly at: string | undefined;
  readonly country: string | undefined;
  readonly outsideLine: string | undefined;
  readonly areaCode: string | undefined;
  readonly policy: string | undefined;
  readonly site: string | undefined;
  readonly catchAll: boolean;
  readonly json: boolean;
  readonly stdin: boolean;
  readonly number: string;
  readonly seconds: number;
};

function rateOne({number, seconds, json}: Words, start: Instant, rater: Rater, terminal: Terminal): ExitCode {
  const question: Question = {number, seconds, start};
  const answered = answer(question, rater);
  terminal.out(json ? `${jsonText(question, answered, rater)}\n` : answerText(question, answered, rater.tariff, terminal.colour));
  return answered.kind === 'priced' ? 0 : 1;
}

function jsonText(question: Question, answered: Answer, {tariff}: Rater): string {
  const short = jsonAnswer(question, answered, tariff.currency);
  if (answered.kind === 'unbillable') return JSON.stringify(short);
  const {number, working} = answered;
  const e164 = number.startsWith('+') ? {e164: number} : {};
  return JSON.stringify({...short, ...e164, explanation: explainPrice(working, tariff.currency), working});
}

/** By which rules NUMBER is read, or what is wrong with the words that say so. Undefined: by none. */
function planOf({country, outsideLine, areaCode, policy, site}: Words): PreparedDialPlan | string | undefined {
  const named = [country, policy, site].filter((word) => word !== undefined).length;
  if (named > 1) return 'name one of --country CODE, --policy FILE and --site DATABASE';
  if (country === undefined && (outsideLine ?? areaCode) !== undefined) return '--outside-line and --area-code need --country CODE';
  if (named === 0) return undefined;
  const rules =
    site !== undefined ? rulesOfSite(site) : policy !== undefined ? rulesOfFile(policy) : rulesOfCountry(country, {outsideLine, areaCode});
  if (typeof rules === 'string') return rules;
  return (
    prepareDialPlan(rules.dialPlan, rules.country, rules.alwaysOpen) ?? `nothing is known of the country ${rules.country} of these rules`
  );
}

/** As telephones of the country dial; without the digit of an outside line, if none is said. */
function rulesOfCountry(
  country = '',
  {outsideLine = '', areaCode = ''}: {readonly outsideLine: string | undefined; readonly areaCode: string | undefined},
): NumberRules | string {
  // 00 is written everywhere, wherever else it is dialled.
  const prefixes = new Set([countryOf(country)?.internationalPrefix ?? '', '00']);
  return rulesOfWords({
    country,
    'outside-line': outsideLine,
    'area-code': areaCode,
    'international-prefix': [...prefixes].filter((prefix) => prefix !== ''),
    'extension-digits': '1',
    'local-length': [],
    'national-prefix': undefined,
    'account-code': undefined,
    carrier: [],
    supplementary: [],
    short: [],
    'always-open': [],
  });
}

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, OPTIONS);
  if (typeof parsed === 'string') return parsed;
  const {values, positionals} = parsed;
  const {tariff, at, country, policy, site, stdin, json} = values;
  if (tariff === undefined) return '--tariff FILE is missing';
  const [number, secondsText, ...surplus] = positionals;
  const dialling = {country, policy, site, outsideLine: values['outside-line'], areaCode: values['area-code']};
  const common = {tariff, at, ...dialling, catchAll: values['catch-all'], json, stdin};
  if (stdin)
    return positionals.length === 0 ? {...common, number: '', seconds: 0} : `--stdin reads numbers itself; ${number ?? ''} is too much`;
  if (number === undefined || secondsText === undefined) return 'NUMBER and SECONDS are missing';
  if (surplus.length > 0) return `${surplus.join(' ')} is too much: a number with spaces stands in quotes`;
  const seconds = readSeconds(secondsText);
  return seconds === undefined ? `SECONDS is ${secondsText}, not a number of seconds such as 90` : {...common, number, seconds};
}
