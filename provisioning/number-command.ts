// `spbs number`: what a dialled string becomes by a site's dial plan, step by step. With --check, what the plan itself gets wrong.
import {dialPlanWarnings} from '../shared/telephone/dial-plan-warnings.ts';
import {interpretDialled, prepareDialPlan} from '../shared/telephone/dial-plan.ts';
import type {Command, ExitCode, Terminal} from './command.ts';
import {rulesOfFile, rulesOfSite, rulesOfWords, type NumberRules} from './number-plan.ts';
import {numberAnswer, numberText} from './number-text.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

export const command: Command = {
  summary: 'shows step by step what a dialled number becomes',
  usage: `usage: spbs number --country GB [--outside-line 9] [--area-code 20] … [--no-trunk] [--json] DIALLED
       spbs number --policy FILE | --site DATABASE [--no-trunk] [--json] DIALLED
       spbs number … --check [--extension NUMBER…]

Prints each step from the digits as recorded to the number that is priced, its class, its type by the number plan of its
country, and whether it is an emergency. Exit 0: it is a number; 1: it is none, or --check found something.

  DIALLED                    in quotes if it holds spaces, * or #
  --site DATABASE            box.db in the data folder of the box: the rules that the cloud has set. The box may run meanwhile
  --policy FILE              the same rules as JSON or YAML: country, dialPlan, alwaysOpen
  --country GB               without these: as telephones of that country dial, changed by
  --outside-line DIGITS      dialled before an external number, such as 9
  --area-code DIGITS         the site's own, for local dialling; --local-length N: how long such numbers are, several times
  --national-prefix DIGITS   and
  --international-prefix …   if they are not the country's own; the second may be given several times
  --extension-digits N       how long an internal number is at most; 4
  --carrier 1010xxx          a carrier code; x is any digit; several times
  --supplementary DIGITS     a prefix beside the country's own (141, 1470, *67 …); several times
  --short CODE[=NUMBER]      a short code of the switchboard and what it stands for; alone: a feature; several times
  --account-code *8NNNN#     how an account code is dialled before a number; #NNNN after it
  --always-open NUMBER       a number of the site that no lock bars; several times
  --no-trunk                 the record names no trunk: the digits decide whether the call went out
  --check                    prints what collides in the plan, such as an extension 112; --extension adds one to look at
  --json                     one JSON object instead
`,
  run: (args, terminal) => {
    const words = readWords(args);
    return Promise.resolve(typeof words === 'string' ? wrongUsage(terminal, 'number', words) : show(words, terminal));
  },
};

const several = {type: 'string', multiple: true, default: [] as string[]} as const;
const OPTIONS = {
  site: {type: 'string'},
  policy: {type: 'string'},
  country: {type: 'string'},
  'outside-line': {type: 'string', default: ''},
  'area-code': {type: 'string', default: ''},
  'local-length': several,
  'national-prefix': {type: 'string'},
  'international-prefix': several,
  'extension-digits': {type: 'string', default: '4'},
  carrier: several,
  supplementary: several,
  short: several,
  'account-code': {type: 'string'},
  'always-open': several,
  extension: several,
  'no-trunk': {type: 'boolean', default: false},
  check: {type: 'boolean', default: false},
  json: {type: 'boolean', default: false},
} as const;

type Words = {
  readonly rules: NumberRules;
  readonly dialled: string;
  readonly noTrunk: boolean;
  readonly check: boolean;
  readonly json: boolean;
};

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, OPTIONS);
  if (typeof parsed === 'string') return parsed;
  const {values, positionals} = parsed;
  const [dialled, ...surplus] = positionals;
  if (values.check ? dialled !== undefined : dialled === undefined) {
    return values.check ? `--check looks at the whole plan; ${dialled ?? ''} is too much` : 'DIALLED is missing';
  }
  if (surplus.length > 0) return `${surplus.join(' ')} is too much: a number with spaces stands in quotes`;
  const rules = rulesIn(values);
  if (typeof rules === 'string') return rules;
  const extensions = [...rules.extensions, ...values.extension];
  return {
    rules: {...rules, extensions},
    dialled: dialled ?? '',
    noTrunk: values['no-trunk'],
    check: values.check,
    json: values.json,
  };
}

type Values = Exclude<ReturnType<typeof parseWords<typeof OPTIONS>>, string>['values'];

function rulesIn(values: Values): NumberRules | string {
  const {site, policy, country} = values;
  if ([site, policy, country].filter((word) => word !== undefined).length !== 1) {
    return 'name one of --country CODE, --policy FILE and --site DATABASE';
  }
  if (site !== undefined) return rulesOfSite(site);
  if (policy !== undefined) return rulesOfFile(policy);
  return rulesOfWords({
    ...values,
    country: country ?? '',
    'national-prefix': values['national-prefix'],
    'account-code': values['account-code'],
  });
}

function show(words: Words, terminal: Terminal): ExitCode {
  const {country, dialPlan, alwaysOpen} = words.rules;
  if (words.check) return check(words, terminal);
  const plan = prepareDialPlan(dialPlan, country, alwaysOpen);
  if (plan === undefined) return wrongUsage(terminal, 'number', `nothing is known of the country ${country} of these rules`);
  const read = interpretDialled(words.dialled, plan, words.noTrunk ? 'unknown' : 'external');
  const answer = numberAnswer(words.dialled, read, plan);
  terminal.out(words.json ? `${JSON.stringify(answer)}\n` : numberText(answer, terminal.colour));
  return read.kind === 'unreadable' ? 1 : 0;
}

function check({rules, json}: Words, terminal: Terminal): ExitCode {
  const warnings = dialPlanWarnings(rules, rules.extensions);
  if (json) terminal.out(`${JSON.stringify(warnings)}\n`);
  else {
    const said = warnings.map(({what, cure}) => `${what}\n  do:  ${cure}\n`);
    terminal.out(said.length === 0 ? 'Nothing in this dial plan collides.\n' : said.join(''));
  }
  return warnings.length === 0 ? 0 : 1;
}
