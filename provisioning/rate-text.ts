// A price for people: why it is what it is in one sentence, then each figure on the way to it.
import {formatDecimal, formatMoney, type Currency} from '../shared/money/micros.ts';
import type {CompiledTariff} from '../shared/tariff/compile.ts';
import {explainPrice} from '../shared/tariff/explain.ts';
import type {Working} from '../shared/tariff/working.ts';
import type {Instant} from '../shared/time/instant.ts';
import type {Answer, Question} from './rate-call.ts';

type Row = readonly [name: string, figure: string, amount?: string];

const NAME_WIDTH = 15;
const FIGURE_WIDTH = 46;
const HASH_SHOWN = 12;

export function answerText(question: Question, answered: Answer, tariff: CompiledTariff, colour: boolean): string {
  const strong = (text: string): string => (colour ? `\u001B[1m${text}\u001B[0m` : text);
  const asked: readonly Row[] = [
    ['number', numberText(question.number, answered)],
    ['begins', timeText(question.start, tariff.zone)],
  ];
  const known: Row = ['tariff', `${tariff.name} · ${tariff.hash.slice(0, HASH_SHOWN)}…`];
  if (answered.kind === 'unbillable') {
    const rows: readonly Row[] = [...asked, ['lasts', `${question.seconds} s`], known];
    return `${strong(`Not billed (${answered.reason}):`)} ${answered.detail}.\n\n${aligned(rows)}`;
  }
  const {working} = answered;
  const sentence = explainPrice(working, tariff.currency);
  return `${strong(sentence)}\n\n${aligned([...asked, ...workingRows(working, tariff.currency), known])}`;
}

function numberText(text: string, answered: Answer): string {
  const asked = text.trim();
  const {number = asked} = answered;
  const cut = answered.kind === 'priced' && answered.isCut ? '; its last digits are taken for keyed after the answer' : '';
  return number === asked ? asked : `${number}, asked as ${asked}${cut}`;
}

function timeText(at: Instant, zone: string): string {
  return `${new Intl.DateTimeFormat('en-GB', {dateStyle: 'full', timeStyle: 'medium', timeZone: zone}).format(at)} (${zone})`;
}

function workingRows(working: Working, currency: Currency): readonly Row[] {
  const money = (amount: Working['gross']): string => formatMoney(amount, currency);
  const {durationSeconds, billedSeconds, initialSeconds, nextSeconds, segments, connectionFee, prefix, destination, bound, tariff} =
    working;
  const byClass = tariff === undefined ? destination : `${destination}, by the class of the number`;
  const to: Row = ['to', prefix === '' ? byClass : `${destination}, by ${prefix}`];
  if (billedSeconds === 0) return [to, ['lasts', `${durationSeconds} s`, money(working.gross)]];
  const first = initialSeconds === 0 || initialSeconds === nextSeconds ? '' : `the first ${initialSeconds} s, then `;
  const bounded = bound === undefined ? [] : [[bound, `the tariff’s ${bound} takes the place of this sum`] as const];
  return [
    to,
    ['lasts', `${durationSeconds} s`],
    ['billed', `${billedSeconds} s: ${first}each begun ${nextSeconds} s`],
    ...segments.map(({seconds, perMinute, band}, place): Row => {
      const figure = `${seconds} s × ${formatDecimal(perMinute, currency)} ÷ 60${band === '' ? '' : `  ${band}`}`;
      return [place === 0 ? 'time' : '', figure, exactly([{seconds, perMinute}], 0, currency)];
    }),
    ...(connectionFee === 0 ? [] : [['connection', '', money(connectionFee)] as const]),
    ['exact sum', '', exactly(segments, connectionFee, currency)],
    ...bounded,
    ...taxBefore(working),
    ['price', `rounded ${working.rounding.mode} to ${working.rounding.decimals} decimals`, money(working.gross)],
    ...taxWithin(working, money),
  ];
}

/** VAT that comes on top of a net sum, before the rounding. */
function taxBefore({pricesIncludeTax, taxPercent}: Working): readonly Row[] {
  return pricesIncludeTax || taxPercent === '0' ? [] : [['VAT', `${taxPercent} % is added`]];
}

function taxWithin({taxPercent, tax, net}: Working, money: (amount: Working['gross']) => string): readonly Row[] {
  if (taxPercent === '0') return [];
  return [
    ['  of it VAT', `${taxPercent} %`, money(tax)],
    ['  and net', '', money(net)],
  ];
}

const DECIMALS = 8;

type Priced = {readonly seconds: number; readonly perMinute: string};

/** fee + Σ seconds × price ÷ 60; what does not end within the decimals shown is marked by an ellipsis. */
function exactly(segments: readonly Priced[], fee: number, currency: Currency): string {
  const scale = 10n ** BigInt(DECIMALS);
  let sixty = BigInt(fee) * 60n * 10n ** BigInt(DECIMALS - 6);
  for (const {seconds, perMinute} of segments) {
    const [whole = '', fraction = ''] = perMinute.split('.');
    sixty += BigInt(seconds) * BigInt(whole + fraction.padEnd(DECIMALS, '0'));
  }
  const shown = sixty / 60n;
  const decimal = `${shown / scale}.${String(shown % scale).padStart(DECIMALS, '0')}`;
  return `${formatDecimal(decimal, currency)}${sixty % 60n === 0n ? '' : '…'}`;
}

function aligned(rows: readonly Row[]): string {
  const line = ([name, figure, amount]: Row): string =>
    `  ${name.padEnd(NAME_WIDTH)}${amount === undefined ? figure : `${figure.padEnd(FIGURE_WIDTH)}${amount.padStart(14)}`}`;
  return `${rows.map((row) => line(row).trimEnd()).join('\n')}\n`;
}
