// `spbs dialplan`: the include file for Asterisk's extensions.conf, out of the site's own rules or out of words.
import {createSiteBook} from '../edge/site/book.ts';
import {openForReading} from '../edge/store/open.ts';
import {asteriskDialplan, openNumbersOf, type DialplanContexts} from '../edge/switchboard/asterisk-dialplan.ts';
import {Failure} from '../shared/failure/failure.ts';
import {countryOf} from '../shared/telephone/country.ts';
import {prepareDialPlan, type PreparedDialPlan} from '../shared/telephone/dial-plan.ts';
import type {Command, ExitCode, Terminal} from './command.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

export const command: Command = {
  summary: 'prints the part of Asterisk’s dialplan that obeys the locks',
  usage: `usage: spbs dialplan --site DATABASE [--line NAME=EXTENSION…] [--trunk ENDPOINT] > extensions_spbs.conf
       spbs dialplan --country CODE --line NAME… [--outside-line DIGITS] [--trunk ENDPOINT] … > extensions_spbs.conf

Print it into Asterisk's folder, write  #include extensions_spbs.conf  into extensions.conf, then:
asterisk -rx "dialplan reload". Print it again when lines, always open numbers or dialling rules have changed.

  --site DATABASE             box.db in the data folder of the box: country, dialling rules, always open numbers and lines
                              as the cloud has set them. The box may run meanwhile
  --country CODE              without --site: whose emergency numbers pass every lock, such as GB
  --outside-line DIGITS       dialled before an external number, such as 9
  --national-prefix DIGITS    and
  --international-prefix …    if they are not the country's own; the second may be given several times
  --always-open NUMBER        a number that no lock bars; may be given several times
  --line NAME                 a PJSIP endpoint that is named like its extension, or a pattern of such names (_1XX);
  --line NAME=EXTENSION       one that is not. A call from any other endpoint is barred: nobody could say whose it is
  --mailboxes CONTEXT         of voicemail.conf, where each line has a mailbox named like its extension; default
  --trunk ENDPOINT            PJSIP endpoint of the carrier: with it, whole contexts for telephones and trunk are printed.
                              Without it your own dialplan calls the two subroutines; the first lines say how
  --phones CONTEXT            the context that telephones are put into; spbs-phones
  --from-trunk CONTEXT        the context that the trunk is put into; spbs-from-trunk
`,
  run: (args, terminal) => {
    const words = readWords(args);
    return Promise.resolve(typeof words === 'string' ? wrongUsage(terminal, 'dialplan', words) : print(words, terminal));
  },
};

const several = {type: 'string', multiple: true, default: [] as string[]} as const;
const OPTIONS = {
  site: {type: 'string'},
  country: {type: 'string'},
  'outside-line': {type: 'string'},
  'national-prefix': {type: 'string'},
  'international-prefix': {type: 'string', multiple: true},
  'always-open': several,
  line: several,
  mailboxes: {type: 'string', default: 'default'},
  trunk: {type: 'string'},
  phones: {type: 'string', default: 'spbs-phones'},
  'from-trunk': {type: 'string', default: 'spbs-from-trunk'},
} as const;

type Words = Exclude<ReturnType<typeof parseWords<typeof OPTIONS>>, string>['values'];

/** What the site says itself must not be said twice. */
const SAID_BY_SITE = ['country', 'outside-line', 'national-prefix', 'international-prefix'] as const;

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, OPTIONS);
  if (typeof parsed === 'string') return parsed;
  const [word] = parsed.positionals;
  if (word !== undefined) return `${word} is no option; a line is named by --line`;
  const words = parsed.values;
  if (words.site !== undefined) {
    const twice = SAID_BY_SITE.find((name) => words[name] !== undefined);
    if (twice !== undefined) return `--${twice} is what --site says already; leave one of them out`;
    return words['always-open'].length > 0 ? 'always open numbers are the site’s policy, set at the desk; leave out --always-open' : words;
  }
  if (words.country === undefined) return 'name the box’s database with --site, or the country with --country';
  if (countryOf(words.country) === undefined) return `there is no country ${words.country}; write its two letters, such as GB`;
  return words.line.length === 0 ? 'name at least one line with --line' : words;
}

function print(words: Words, terminal: Terminal): ExitCode {
  try {
    const {plan, extensions} = words.site === undefined ? planOf(words) : planOfSite(words.site);
    terminal.out(textOf(words, plan, extensions));
    return 0;
  } catch (error) {
    if (words.site !== undefined || !(error instanceof Failure) || error.code !== 'config.invalid') throw error;
    return wrongUsage(terminal, 'dialplan', `${error.message}: ${error.cure}`);
  }
}

type Known = {readonly plan: PreparedDialPlan | undefined; readonly extensions: readonly string[]};

function planOf(words: Words): Known {
  const country = words.country === undefined ? undefined : countryOf(words.country);
  if (country === undefined) return {plan: undefined, extensions: []};
  const dialPlan = {
    outsideLine: words['outside-line'] ?? '',
    areaCode: '',
    nationalPrefix: words['national-prefix'] ?? country.nationalPrefix,
    internationalPrefixes: words['international-prefix'] ?? [country.internationalPrefix].filter((prefix) => prefix !== ''),
    extensionDigits: 1,
  };
  return {plan: prepareDialPlan(dialPlan, country.code, words['always-open']), extensions: []};
}

function planOfSite(path: string): Known {
  const database = openForReading(path);
  try {
    const book = createSiteBook(database, () => undefined);
    const policy = book.policy();
    if (policy === undefined) {
      const cure = 'wait until the site’s policy has come down from the cloud, or give --country and the rest in its place';
      throw new Failure('config.invalid', 'the box does not know its site yet', cure);
    }
    return {plan: prepareDialPlan(policy.dialPlan, policy.country, policy.alwaysOpen), extensions: book.extensions()};
  } finally {
    database.close();
  }
}

function textOf(words: Words, plan: PreparedDialPlan | undefined, extensions: readonly string[]): string {
  if (plan === undefined) {
    throw new Failure('config.invalid', 'nothing is known of the country of the site', 'correct the country in its policy');
  }
  const renamed = new Map(words.line.filter((line) => line.includes('=')).map((line) => splitAt(line, line.indexOf('='))));
  const elsewhere = new Set(renamed.values());
  const named = words.line.filter((line) => !line.includes('='));
  const endpoints = [...new Set([...extensions.filter((extension) => !elsewhere.has(extension)), ...named])];
  if (endpoints.length + renamed.size === 0) {
    throw new Failure(
      'config.invalid',
      'the site has no line: every call would be barred',
      'wait until its lines have come down from the cloud',
    );
  }
  const contexts: DialplanContexts | undefined =
    words.trunk === undefined ? undefined : {phones: words.phones, fromTrunk: words['from-trunk'], trunk: words.trunk};
  return asteriskDialplan({numbers: openNumbersOf(plan), endpoints, renamed, mailboxes: words.mailboxes, contexts});
}

function splitAt(text: string, at: number): readonly [string, string] {
  return [text.slice(0, at), text.slice(at + 1)];
}
