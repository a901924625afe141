// The part of Asterisk's dialplan that obeys our locks. In: emergency numbers and endpoints. Out: the text of an include file.
// It runs in Asterisk alone: with the box down, locks hold, emergency calls pass, and a call back from the operator rings.
// Never true: an emergency number barred; a call let out because nobody could tell which line it comes from.
import {Failure} from '../../shared/failure/failure.ts';
import type {Country} from '../../shared/telephone/country.ts';
import type {PreparedDialPlan} from '../../shared/telephone/dial-plan.ts';

export type DialplanOptions = {
  readonly numbers: OpenNumbers;
  /** PJSIP endpoints that are lines and are named like their extension: names, or patterns such as `_1XX`. */
  readonly endpoints: readonly string[];
  /** Endpoints with a name of their own, and the extension of each. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Context of the mailboxes in voicemail.conf; a mailbox is named like its extension. */
  readonly mailboxes: string;
  /** Whole contexts for telephones and trunk; undefined for a site whose own dialplan calls the two subroutines. */
  readonly contexts: DialplanContexts | undefined;
};

/** What a locked line may still dial. Pricing asks the same dial plan: what it calls an emergency is let through here. */
export type OpenNumbers = {
  readonly emergency: readonly string[];
  /** Does the network connect to an emergency number whatever digits follow it? */
  readonly connectsWithMoreDigits: boolean;
  /** The site's own: security, porter, helplines. Whole numbers. */
  readonly alwaysOpen: readonly string[];
  /** Dialled before an external number, such as `9`; empty if none. */
  readonly outsideLine: string;
  /** Dialled next, to show or withhold one's number, such as `141`. */
  readonly supplementaryPrefixes: readonly string[];
  /** Dialled beside these to choose the carrier; `x` is any digit. */
  readonly carrierCodes?: readonly string[] | undefined;
  /** How an account code stands before the number, such as `*8xxxx#`. */
  readonly accountCode?: string | undefined;
  /** National and international ones, such as `0`, `00` and `+`: a whole number behind one of them is still that number. */
  readonly numberPrefixes: readonly string[];
};

export type DialplanContexts = {
  readonly phones: string;
  readonly fromTrunk: string;
  /** PJSIP endpoint of the trunk. */
  readonly trunk: string;
};

/** After an emergency call the operator may ring back for so long, whatever the line owes. */
const CALL_BACK_SECONDS = 3_600;
const RING_SECONDS = 30;
/** What a person can dial; `+` comes from telephones with an address book. Anything else could be read as dialplan. */
const DIALLABLE = '0-9*#+';
/** No country's emergency numbers are longer than this. */
const LONGEST_EMERGENCY = 5;

export function openNumbersOf({plan, country, supplementaryPrefixes, alwaysOpen}: PreparedDialPlan): OpenNumbers {
  const emergency = emergencyNumbersOf(country);
  return {
    emergency,
    connectsWithMoreDigits: emergency.some((number) => country.emergencyPrefix.test(`${number}00000000`)),
    alwaysOpen: [...alwaysOpen],
    outsideLine: plan.outsideLine,
    supplementaryPrefixes,
    carrierCodes: plan.carrierCodes,
    accountCode: accountCodeBefore(plan.accountCodes),
    numberPrefixes: ['+', plan.nationalPrefix, ...plan.internationalPrefixes].filter((prefix) => prefix !== ''),
  };
}

function accountCodeBefore(rule: PreparedDialPlan['plan']['accountCodes']): string | undefined {
  return rule?.position === 'before' ? `${rule.lead}${'x'.repeat(rule.length)}${rule.separator}` : undefined;
}

/** The numbers themselves, out of the pattern that libphonenumber has of a country. */
function emergencyNumbersOf(country: Country): readonly string[] {
  const numbers: string[] = [];
  for (let length = 2; length <= LONGEST_EMERGENCY; length++) {
    for (let number = 0; number < 10 ** length; number++) {
      const digits = String(number).padStart(length, '0');
      if (country.emergencyExact.test(digits)) numbers.push(digits);
    }
  }
  return numbers;
}

/**
 * The text of `extensions_spbs.conf`, for `#include` in extensions.conf. The box writes `spbs/lock-<extension>` = 1 into
 * Asterisk's database through AMI; this obeys it. Throws Failure `config.invalid` for a name that could be read as dialplan.
 */
export function asteriskDialplan(options: DialplanOptions): string {
  check(options);
  const blocks = [heading, outgoing(options.numbers), lineOf, lines(options), barred, incoming(options)];
  if (options.contexts !== undefined) blocks.push(...contexts(options, options.contexts));
  return `${blocks.join('\n')}`;
}

const heading = `; Written by S/PBS. Make changes in its settings, not here: this file is written again.
; In extensions.conf:          #include extensions_spbs.conf
; Before a trunk is dialled:   Gosub(spbs-outgoing,s,1(\${EXTEN}))
; Before a line is rung:       Gosub(spbs-incoming,s,1(\${EXTEN}))
`;

function outgoing(numbers: OpenNumbers): string {
  const goTo = (pattern: string, label: string): string => `\n same => n,GotoIf(\${REGEX("${pattern}" \${LOCAL(dialled)})}?${label})`;
  const emergency = emergencyPatterns(numbers).map((pattern) => goTo(pattern, 'emergency'));
  const free = numbers.alwaysOpen.length === 0 ? [] : [goTo(wholeNumber(numbers.alwaysOpen, numbers), 'open')];
  return `; Comes back if the call may go out; a barred call ends in it.
[spbs-outgoing]
exten => s,1,Set(LOCAL(dialled)=\${FILTER(${DIALLABLE},\${ARG1})})${[...emergency, ...free].join('')}
 same => n,Gosub(spbs-line-of,s,1)
 same => n,Set(LOCAL(line)=\${GOSUB_RETVAL})
 same => n,GotoIf($[\${LEN(\${LOCAL(line)})} = 0]?unidentified)
 same => n,GotoIf($["\${DB(spbs/lock-\${LOCAL(line)})}" = "1"]?barred)
 same => n(open),Return()
 same => n(emergency),Set(CDR(userfield)=spbs-emergency)
 same => n,Gosub(spbs-line-of,s,1)
 same => n,Set(LOCAL(line)=\${GOSUB_RETVAL})
 same => n,ExecIf($[\${LEN(\${LOCAL(line)})} > 0]?Set(DB(spbs/emergency-\${LOCAL(line)})=\${EPOCH}))
 same => n,Return()
 same => n(unidentified),Set(DB(spbs/unidentified)=$[0\${DB(spbs/unidentified)} + 1])
 same => n,Set(CDR(userfield)=spbs-unidentified)
 same => n,Goto(spbs-barred,s,1)
 same => n(barred),Set(CDR(userfield)=spbs-barred)
 same => n,Goto(spbs-barred,s,1)
`;
}

// Not the caller's number: a telephone may claim any. Only the endpoint was proved by its password.
const lineOf = `; Gives the extension of the line that calls, or nothing.
[spbs-line-of]
exten => s,1,GotoIf($["\${CHANNEL(channeltype)}" = "PJSIP"]?pjsip)
 same => n,Return()
 same => n(pjsip),Set(LOCAL(endpoint)=\${CHANNEL(endpoint)})
 same => n,GotoIf($[\${LEN(\${LOCAL(endpoint)})} = 0]?none)
 same => n,GotoIf(\${DIALPLAN_EXISTS(spbs-lines,\${LOCAL(endpoint)},1)}?known)
 same => n(none),Return()
 same => n(known),Gosub(spbs-lines,\${LOCAL(endpoint)},1)
 same => n,Return(\${GOSUB_RETVAL})
`;

function lines({endpoints, renamed}: DialplanOptions): string {
  const own = endpoints.map((endpoint) => `exten => ${endpoint},1,Return(\${EXTEN})\n`);
  const others = [...renamed].map(([endpoint, extension]) => `exten => ${endpoint},1,Return(${extension})\n`);
  return `; Endpoints that are lines, and the extension of each.\n[spbs-lines]\n${[...own, ...others].join('')}`;
}

// Without an answer: an announcement that answers would be recorded, and billed, as a call.
const barred = `[spbs-barred]
exten => s,1,Progress()
 same => n,Playback(ss-noservice,noanswer)
 same => n,Hangup(21)
`;

function incoming({mailboxes}: DialplanOptions): string {
  return `; Comes back if the line may ring; the caller of a locked line is given its mailbox.
[spbs-incoming]
exten => s,1,Set(LOCAL(line)=\${FILTER(0-9A-Za-z_\\\\-,\${ARG1})})
 same => n,GotoIf($["\${DB(spbs/lock-\${LOCAL(line)})}" = "1"]?locked)
 same => n(ring),Return()
 same => n(locked),GotoIf($[\${EPOCH} - 0\${DB(spbs/emergency-\${LOCAL(line)})} < ${CALL_BACK_SECONDS}]?ring)
 same => n,Set(CDR(userfield)=spbs-diverted)
 same => n,VoiceMail(\${LOCAL(line)}@${mailboxes},u)
 same => n,Hangup()
`;
}

function contexts(options: DialplanOptions, {phones, fromTrunk, trunk}: DialplanContexts): string[] {
  const {endpoints, renamed, mailboxes} = options;
  const {emergency, outsideLine} = options.numbers;
  const send = (extension: string, number: string): string => `exten => ${extension},1,Gosub(spbs-outgoing,s,1(\${EXTEN}))
 same => n,Dial(PJSIP/${number}@${trunk})
 same => n,Hangup()
`;
  const ring = (extension: string, endpoint: string): string => `exten => ${extension},1,Gosub(spbs-incoming,s,1(\${EXTEN}))
 same => n,Dial(PJSIP/${endpoint},${RING_SECONDS})
 same => n,VoiceMail(\${EXTEN}@${mailboxes},u)
 same => n,Hangup()
`;
  const forms = new Map(emergency.flatMap((number) => [[number, number] as const, [`${outsideLine}${number}`, number] as const]));
  // Two emergency numbers may read as one another's form (99 and 9-9): the number itself is then what was meant.
  for (const number of emergency) forms.set(number, number);
  return [
    `; Emergency before extensions: a line that is called 112 cannot be rung, and nobody is the worse for it.
[${phones}]
include => spbs-emergency
include => spbs-internal
include => spbs-external
`,
    `[${fromTrunk}]\ninclude => spbs-internal\n`,
    `[spbs-emergency]\n${[...forms].map(([form, number]) => send(form, number)).join('')}`,
    `[spbs-internal]\n${[
      ...endpoints.map((endpoint) => ring(endpoint, '${EXTEN}')),
      ...[...renamed].map(([endpoint, extension]) => ring(extension, endpoint)),
    ].join('')}`,
    `[spbs-external]\n${send(`_${outsideLine}[${DIALLABLE}]!`, `\${FILTER(${DIALLABLE},\${EXTEN:${outsideLine.length}})}`)}`,
  ];
}

/**
 * What connects to an emergency number, one pattern each way: with digits after it, and behind a prefix that makes it whole.
 * Where more digits do not connect, 190# still does: what is keyed behind * or # is no part of a number.
 */
function emergencyPatterns(numbers: OpenNumbers): readonly string[] {
  const whole = wholeNumber(numbers.emergency, numbers);
  return numbers.connectsWithMoreDigits
    ? [`${beforeNumber(numbers)}${oneOf(numbers.emergency)}`, whole]
    : [whole, `${whole.slice(0, -1)}[*#]`];
}

/** `^(9)?(141|1470)?([+]|0|00)?(112|999)$` */
function wholeNumber(these: readonly string[], numbers: OpenNumbers): string {
  return `${beforeNumber(numbers)}${maybe(numbers.numberPrefixes)}${oneOf(these)}$`;
}

/** An account code stands before the outside-line digits or behind them; a carrier code before 141 or behind it. */
function beforeNumber({outsideLine, supplementaryPrefixes, carrierCodes = [], accountCode}: OpenNumbers): string {
  const account = maybe(accountCode === undefined ? [] : [accountCode]);
  const supplementary = maybe(supplementaryPrefixes);
  const carrier = carrierCodes.length === 0 ? '' : `${maybe(carrierCodes)}${supplementary}`;
  return `^${account}${maybe(outsideLine === '' ? [] : [outsideLine])}${account}${supplementary}${carrier}`;
}

function maybe(words: readonly string[]): string {
  return words.length === 0 ? '' : `${oneOf(words)}?`;
}

/** POSIX, so `*` and `+` stand in brackets; `x` is any digit. */
function oneOf(words: readonly string[]): string {
  return `(${words.map((word) => word.replaceAll(/[*+]/g, '[$&]').replaceAll('x', '[0-9]')).join('|')})`;
}

const DIGITS = /^[0-9]{2,8}$/;
const DIALLED = /^[0-9*#]{1,20}$/;
const OUTSIDE_LINE = /^[0-9*#]{0,4}$/;
const NAME = /^[0-9A-Za-z][0-9A-Za-z_-]{0,79}$/;
const NAME_OR_PATTERN = /^(?:[0-9A-Za-z][0-9A-Za-z_-]{0,79}|_[0-9XZN]{1,32})$/;

/** Codes as the site writes them. */
const CODE = /^[0-9*#x]{1,21}$/;
const PREFIX = /^(?:[+]|[0-9*#]{1,8})$/;

function check({numbers, endpoints, renamed, mailboxes, contexts: own}: DialplanOptions): void {
  const names = [mailboxes, ...renamed.keys(), ...renamed.values(), ...(own === undefined ? [] : [own.phones, own.fromTrunk, own.trunk])];
  const rules: readonly (readonly [RegExp, readonly string[]])[] = [
    [DIGITS, numbers.emergency],
    [DIALLED, numbers.alwaysOpen],
    [OUTSIDE_LINE, [numbers.outsideLine]],
    [PREFIX, [...numbers.supplementaryPrefixes, ...numbers.numberPrefixes]],
    [CODE, [...(numbers.carrierCodes ?? []), ...(numbers.accountCode === undefined ? [] : [numbers.accountCode])]],
    [NAME_OR_PATTERN, endpoints],
    [NAME, names],
  ];
  for (const [shape, words] of rules) {
    const wrong = words.find((word) => !shape.test(word));
    if (wrong === undefined) continue;
    const cure = 'numbers hold digits, * and #; names hold letters, digits, _ and -';
    throw new Failure('config.invalid', `${JSON.stringify(wrong)} cannot stand in a dialplan`, cure);
  }
  if (numbers.emergency.length > 0) return;
  const what = 'no emergency number is given: every locked line would be cut off from help';
  throw new Failure('config.invalid', what, 'name the country of the site');
}
