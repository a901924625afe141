// What happens in the demonstration: the site, the student who runs out of money, and the words for each event.
import {formatMoney, micros, type Currency} from '../../shared/money/micros.ts';
import type {LogLine} from '../rig/box.ts';
import type {TariffSource} from '../../shared/tariff/tariff.ts';
import type {HallStudent} from '../rig/hall-seed.ts';
import {HALL_POLICY} from '../simulator/cloud/site.ts';
import {generateTariff} from '../simulator/tariff.ts';

export const LINES = Array.from({length: 40}, (_, index) => String(101 + index));
/** Whose money ends on purpose. */
export const POOR_LINE = '101';
/** Tops up by itself, with a card that pays; and with one that is refused. */
const AUTOMATIC_LINE = '102';
const REFUSED_LINE = '103';
export const PREFIXES = 30_000;
const MICROS = 1_000_000;
const POOR_OPENING = 1.2 * MICROS;
const AUTOMATIC_OPENING = 2.1 * MICROS;
const OPENINGS = [5, 10, 20].map((pounds) => pounds * MICROS);
const AUTOMATIC = {threshold: 2 * MICROS, target: 10 * MICROS};
const PAYS = '4242424242424242';
/** Can be saved, and refuses whatever it is asked for without its owner. */
const REFUSES = '4000000000000341';

export function demoTariff(): TariffSource {
  return generateTariff({prefixes: PREFIXES, seed: 1, currency: HALL_POLICY.currency, zone: HALL_POLICY.zone});
}

export function demoStudents(): readonly HallStudent[] {
  return LINES.map((extension, index) => {
    const student = {extension, name: `Student ${extension}`, opening: OPENINGS[index % OPENINGS.length] ?? 0};
    const card = {[AUTOMATIC_LINE]: PAYS, [REFUSED_LINE]: REFUSES}[extension];
    if (extension === POOR_LINE) return {...student, opening: POOR_OPENING};
    return card === undefined ? student : {...student, opening: AUTOMATIC_OPENING, automatic: {by: {card}, ...AUTOMATIC}};
  });
}

/** As the seed writes it. */
export function emailOf(line: string): string {
  return `student.${line}@hall.example`;
}

export type Told = {readonly line: string; readonly word: string; readonly text: string; readonly tone: Tone};
export type Tone = 'plain' | 'good' | 'warning' | 'fault';

/** What to print for a line of the log; undefined for what says nothing to somebody who watches. `lines`: by account. */
export function tell(entry: LogLine, lines: Readonly<Record<string, string>>): Told | undefined {
  const line = String(entry['extension'] ?? '');
  switch (entry['msg']) {
    case 'call priced':
      return {line, word: 'priced', tone: 'plain', text: pricedText(entry)};
    case 'call unbillable':
      return {line, word: 'unbillable', tone: 'warning', text: `${String(entry['detail'])} (${String(entry['reason'])})`};
    case 'money runs low':
      return {
        line: lines[String(entry['account'])] ?? '',
        word: 'WARNED',
        tone: 'warning',
        text: `the money runs low: ${money(entry['balance'])} left`,
      };
    case 'line decided':
      return entry['wanted'] === 'locked'
        ? {line, word: 'to lock', tone: 'warning', text: reasonText(String(entry['reasons']))}
        : {line, word: 'to unlock', tone: 'good', text: 'nothing speaks against it any more'};
    case 'line confirmed':
      // Without a time: a line that was as it should be when the box began.
      return typeof entry['tookMs'] === 'number' ? confirmedText(line, entry, entry['tookMs']) : undefined;
    default:
      return undefined;
  }
}

function pricedText(entry: LogLine): string {
  const seconds = Number(entry['seconds']);
  const length = seconds === 0 ? 'nobody answered' : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const where = entry['destination'] === '' ? String(entry['class']) : String(entry['destination']);
  return `${money(entry['amount']).padStart(9)}  ${`${where}, ${length}`.padEnd(40)} ${money(entry['balance'])} left`;
}

const REASONS: Readonly<Record<string, string>> = {
  floor: 'the money is used up',
  refused: 'the card was refused',
  vacant: 'nobody rents the line',
  staff: 'staff locked it',
  unbillable: 'too many calls wait for a price',
};

function reasonText(reasons: string): string {
  return reasons
    .split(' ')
    .map((reason) => REASONS[reason] ?? reason)
    .join(', ');
}

function confirmedText(line: string, entry: LogLine, tookMs: number): Told {
  const took = `the switchboard confirms it in ${Math.round(tookMs)} ms`;
  return entry['wanted'] === 'locked'
    ? {line, word: 'LOCKED', tone: 'fault', text: `${took}: outgoing barred, incoming to voicemail`}
    : {line, word: 'UNLOCKED', tone: 'good', text: took};
}

function money(value: LogLine[string]): string {
  return typeof value === 'number' ? formatMoney(micros(value), HALL_POLICY.currency as Currency) : '';
}
