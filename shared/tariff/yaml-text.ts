// The readable text of a tariff: YAML in a stable order, so that two files can be compared by eye and by any other tool.
import {canonicalText} from './canonical.ts';
import {tariffSchema, type Tariff} from './tariff.ts';

const WIDTH = 100;

/** Reads back as the same tariff. Strings stand in quotes, which is JSON, and so is YAML. */
export function tariffYaml(tariff: Tariff): string {
  const {format, name, rates, destinations, ...rest} = tariffSchema.parse(JSON.parse(canonicalText(tariff)));
  const lines = [`format: ${format}`, `name: ${JSON.stringify(name)}`];
  for (const key of orderOf(rest)) lines.push(`${key}: ${flow(rest[key])}`);
  lines.push(rates.length === 0 ? 'rates: []' : 'rates:');
  for (const rate of rates) lines.push(`  - ${flow(plain(rate))}`);
  lines.push(destinations.length === 0 ? 'destinations: []' : 'destinations:');
  for (const destination of destinations) lines.push(...destinationLines(destination));
  return `${lines.join('\n')}\n`;
}

type Rest = Omit<Tariff, 'format' | 'name' | 'rates' | 'destinations'>;
const FIRST = ['currency', 'zone', 'rounding', 'prices', 'tax'] as const satisfies readonly (keyof Rest)[];

/** What is empty is left out: it is what nothing means. */
function orderOf(rest: Rest): readonly (keyof Rest)[] {
  const others = (Object.keys(rest) as (keyof Rest)[]).filter((key) => !FIRST.some((first) => first === key)).toSorted();
  return [...FIRST, ...others].filter((key) => !isEmpty(rest[key]));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** Defaults that are noise on every line. */
function plain(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const noise: Readonly<Record<string, unknown>> = {connectionFee: '0', graceSeconds: 0, exact: false, catchAll: false};
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => !isEmpty(value) && noise[key] !== value));
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? value : JSON.stringify(value);
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  return `{${entries.map(([key, held]) => `${/^\w+$/.test(key) ? key : JSON.stringify(key)}: ${flow(held)}`).join(', ')}}`;
}

function destinationLines({prefixes, ...rest}: Tariff['destinations'][number]): readonly string[] {
  const lines = Object.entries(plain(rest)).map(([key, value], place) => `${place === 0 ? '  - ' : '    '}${key}: ${flow(value)}`);
  const quoted = prefixes.map((prefix) => `"${prefix}"`);
  const whole = `    prefixes: [${quoted.join(', ')}]`;
  return whole.length <= WIDTH ? [...lines, whole] : [...lines, '    prefixes:', ...wrapped(quoted)];
}

function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = '      [';
  for (const [place, word] of words.entries()) {
    const piece = `${word}${place === words.length - 1 ? ']' : ','}`;
    if (line.length + piece.length + 1 > WIDTH) {
      lines.push(line.trimEnd());
      line = '       ';
    }
    line += `${piece} `;
  }
  return [...lines, line.trimEnd()];
}
