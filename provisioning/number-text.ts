// What a dialled string becomes, step by step: for people and as JSON.
import {classIn, typeIn, typeOfNumber, type NumberClass, type NumberType} from '../shared/telephone/number-type.ts';
import type {Dialled, DialStep, PreparedDialPlan, SpecialNumber} from '../shared/telephone/dial-plan.ts';

type NumberAnswer = {
  readonly dialled: string;
  readonly kind: Dialled['kind'];
  /** E.164 with +, or a code as dialled. */
  readonly number: string | undefined;
  readonly steps: Dialled['steps'];
  readonly special: SpecialNumber;
  readonly class: NumberClass | 'internal' | 'outgoing' | 'emergency' | 'always-open' | undefined;
  readonly type: NumberType | undefined;
  readonly accountCode: string | undefined;
  readonly why: string | undefined;
};

export function numberAnswer(dialled: string, read: Dialled, {country}: PreparedDialPlan): NumberAnswer {
  const type = read.kind === 'e164' ? typeOfNumber(read.digits) : undefined;
  return {
    dialled,
    kind: read.kind,
    number: read.kind === 'unreadable' ? undefined : `${read.kind === 'e164' ? '+' : ''}${read.digits}`,
    steps: read.steps,
    special: read.special,
    class: classOf(read, country.callingCode),
    type: type === undefined ? undefined : typeIn(type),
    accountCode: read.accountCode,
    why: read.kind === 'unreadable' ? read.why : undefined,
  };
}

/** As rating names it. */
function classOf(read: Dialled, home: string): NumberAnswer['class'] {
  if (read.special === 'emergency' || read.special === 'always-open') return read.special;
  if (read.kind === 'unreadable') return undefined;
  if (read.kind !== 'e164') return read.kind === 'internal' ? 'internal' : 'outgoing';
  return classIn(typeOfNumber(read.digits), read.digits, home) ?? 'outgoing';
}

const STEPS: Readonly<Record<DialStep, string>> = {
  'as-dialled': 'as dialled',
  'account-code': 'account code taken out',
  'short-code': 'short code replaced',
  'outside-line': 'outside line taken off',
  'supplementary-prefix': 'supplementary prefix taken off',
  'carrier-code': 'carrier code taken off',
  'keyed-after-answer': 'keyed after the answer, cut',
  'international-prefix': 'international prefix taken off',
  'national-prefix': 'national prefix taken off',
  'area-code': 'area code added',
  'country-code': 'country code added',
};

const KINDS: Readonly<Record<Exclude<Dialled['kind'], 'unreadable'>, string>> = {
  e164: 'a telephone number (E.164)',
  short: 'a short code',
  internal: 'a number inside the house',
};

const CLASSES: Readonly<Record<NonNullable<NumberAnswer['class']>, string>> = {
  internal: 'internal: free, unless the tariff has a rate for such calls',
  outgoing: 'outgoing: its destination decides what it costs',
  emergency: 'emergency: free',
  'always-open': 'always open: free',
  freephone: 'freephone: costs what the tariff says of such numbers',
  premium: 'premium: costs what the tariff says of such numbers',
  'shared-cost': 'shared cost: costs what the tariff says of such numbers',
};

const WIDTH = 32;

export function numberText(answer: NumberAnswer, colour: boolean): string {
  const strong = (text: string): string => (colour ? `\u001B[1m${text}\u001B[0m` : text);
  const {dialled, number, kind, steps, type, accountCode, why} = answer;
  const head =
    kind === 'unreadable' ? `${dialled} is no number: ${why ?? ''}.` : `${dialled} is ${number ?? ''}, ${kindText(answer, kind)}.`;
  const rows: (readonly [string, string])[] = steps.map(({did, digits}) => [STEPS[did], digits]);
  const facts: (readonly [string, string])[] = [
    ...(answer.class === undefined ? [] : [['class', CLASSES[answer.class]] as const]),
    ...(kind === 'e164' ? [['type by its number plan', type ?? 'not known'] as const] : []),
    ...(accountCode === undefined ? [] : [['account code', accountCode] as const]),
    ['emergency', emergencyText(answer)],
  ];
  const line = ([name, text]: readonly [string, string]): string => `  ${name.padEnd(WIDTH)}${text}\n`;
  return `${strong(head)}\n\n${rows.map(line).join('')}${rows.length === 0 ? '' : '\n'}${facts.map(line).join('')}`;
}

function kindText({special}: NumberAnswer, kind: keyof typeof KINDS): string {
  return special === 'emergency' ? 'an emergency number' : KINDS[kind];
}

function emergencyText({special}: NumberAnswer): string {
  switch (special) {
    case 'emergency':
      return 'yes: free, and no lock stops it';
    case 'emergency-prefix':
      return 'begins like one: no lock stops it, but it is priced and flagged';
    case 'always-open':
      return 'no, but the site keeps it open: free, and no lock stops it';
    case undefined:
      return 'no';
  }
}
