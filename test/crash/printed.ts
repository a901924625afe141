// What a simulated switchboard printed, as a person with a pencil would read and price it: nothing here knows the product.
import {closeSync, existsSync, fstatSync, openSync, readSync} from 'node:fs';
import {parse} from 'csv-parse/sync';

export type Printed = {
  /** The switchboard's own number of the call, which no two records share; the whole record where it prints none. */
  readonly id: string;
  readonly extension: string;
  /** In micros; 0 too for what costs nothing and for what the tariff does not know. */
  readonly price: number;
  readonly text: string;
};

export type ReadLine = (text: string) => Printed;

/** Per minute begun, of the hall's tariff, by what was dialled. */
const PER_MINUTE = {'9020': 100_000, '907': 300_000} as const;

function priceOf(dialled: string, seconds: number): number {
  const rate = Object.entries(PER_MINUTE).find(([digits]) => dialled.startsWith(digits))?.[1] ?? 0;
  return Math.ceil(seconds / 60) * rate;
}

type Columns = readonly [first: number, last: number];
type MitelColumns = Readonly<Record<'duration' | 'calling' | 'digits' | 'completion' | 'called', Columns>> & {readonly id?: Columns};

/** Columns counted from 1. A call that left by a trunk names it as the called party. */
function mitelReader(columns: MitelColumns): ReadLine {
  return (text) => {
    const field = ([first, last]: Columns): string => text.slice(first - 1, last).trim();
    const calling = field(columns.calling);
    const called = field(columns.called);
    const [hours = 0, minutes = 0, seconds = 0] = field(columns.duration).split(':').map(Number);
    const isOutgoing = called.startsWith('T') && field(columns.completion) === 'A';
    return {
      id: columns.id === undefined ? text.trimEnd() : field(columns.id),
      extension: calling.startsWith('T') ? called : calling,
      price: isOutgoing ? priceOf(field(columns.digits), hours * 3_600 + minutes * 60 + seconds) : 0,
      text,
    };
  };
}

export const readMitel: Readonly<Record<'mitel-mivoice-207' | 'mitel-mivoice-90', ReadLine>> = {
  'mitel-mivoice-207': mitelReader({
    duration: [18, 27],
    calling: [29, 35],
    digits: [42, 62],
    completion: [68, 68],
    called: [70, 76],
    id: [154, 161],
  }),
  // Nothing in it tells two equal calls of one minute apart.
  'mitel-mivoice-90': mitelReader({duration: [15, 22], calling: [24, 27], digits: [34, 59], completion: [60, 60], called: [62, 65]}),
};

/** Master.csv: a call that left by the trunk has its channel as the far end. */
export function readAsterisk(text: string): Printed {
  const [fields = []] = parse(text);
  const field = (number: number): string => fields[number] ?? '';
  const line = (number: number): string => /^PJSIP\/(\d+)-/.exec(field(number))?.[1] ?? '';
  const isOutgoing = field(6).startsWith('PJSIP/trunk-') && field(14) === 'ANSWERED';
  return {
    id: field(16),
    extension: line(5) === '' ? (line(6) === '' ? field(2) : line(6)) : line(5),
    price: isOutgoing ? priceOf(field(2), Number(field(13))) : 0,
    text,
  };
}

/** A file that grows by lines; each look reads what is new. */
export class GrowingFile {
  readonly #path: string;
  #place = 0;
  #half = '';

  constructor(path: string) {
    this.#path = path;
  }

  newLines(): readonly string[] {
    if (!existsSync(this.#path)) return [];
    const descriptor = openSync(this.#path, 'r');
    try {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - this.#place));
      this.#place += readSync(descriptor, bytes, 0, bytes.length, this.#place);
      const lines = `${this.#half}${bytes.toString('latin1')}`.split('\n');
      this.#half = lines.pop() ?? '';
      return lines;
    } finally {
      closeSync(descriptor);
    }
  }
}
