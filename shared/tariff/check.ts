// What a schema cannot say of a tariff: that its parts know each other, and that no number has two prices.
import {must} from '../assert/assert.ts';
import {scaled} from './decimal.ts';
import {AMOUNT_DECIMALS, MOST_PREFIXES, type Tariff, type TariffRate} from './tariff.ts';
import {weekSpans, type WeekSpan} from './week.ts';

export type Path = readonly (string | number)[];

/** What is wrong at a place in the file, what to do, and the place it collides with. */
export type Finding = {readonly path: Path; readonly what: string; readonly cure: string; readonly other?: Path};

/** Everything that keeps the tariff from being used; empty if nothing does. */
export function findingsIn(tariff: Tariff): readonly Finding[] {
  return [
    ...repeatedNames(tariff.rates, 'rates'),
    ...repeatedNames(tariff.bands, 'bands'),
    ...tariff.rates.flatMap((rate, place) => findingsInRate(rate, ['rates', place], tariff)),
    ...findingsInBands(tariff),
    ...findingsInTax(tariff.tax),
    ...unknownRates(tariff),
    ...findingsInPrefixes(tariff.destinations),
  ];
}

function repeatedNames(list: readonly {readonly name: string}[], key: 'rates' | 'bands'): readonly Finding[] {
  const seen = new Map<string, number>();
  const findings: Finding[] = [];
  for (const [place, {name}] of list.entries()) {
    const before = seen.get(name);
    if (before === undefined) seen.set(name, place);
    else {
      const path = [key, place, 'name'];
      findings.push({
        path,
        what: `the name ${quoted(name)} is used twice`,
        cure: 'Give each a name of its own.',
        other: [key, before, 'name'],
      });
    }
  }
  return findings;
}

function findingsInRate(rate: TariffRate, path: Path, tariff: Tariff): readonly Finding[] {
  const findings: Finding[] = [];
  for (const band of Object.keys(rate.perMinuteIn)) {
    if (!isBand(band, tariff)) findings.push(unknownBand(band, [...path, 'perMinuteIn', band], tariff));
  }
  if (rate.minimum !== undefined && rate.maximum !== undefined && amountOf(rate.minimum) > amountOf(rate.maximum)) {
    findings.push({
      path: [...path, 'maximum'],
      what: `the maximum ${rate.maximum} is below the minimum ${rate.minimum}`,
      cure: 'Raise the maximum or lower the minimum.',
    });
  }
  return findings;
}

function amountOf(text: string): number {
  return scaled(text, AMOUNT_DECIMALS);
}

function findingsInBands(tariff: Tariff): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [place, band] of tariff.bands.entries()) {
    if (band.name !== tariff.baseBand) continue;
    const cure = 'Rename it: the base band is all the time that no band names.';
    findings.push({path: ['bands', place, 'name'], what: `${quoted(band.name)} is the name of the base band`, cure});
  }
  let before: WeekSpan | undefined;
  for (const span of weekSpans(tariff.bands)) {
    const held = before;
    if (before === undefined || span.to > before.to) before = span;
    // A band may hold a time twice: Friday night to Saturday morning, and all of Saturday.
    if (held === undefined || held.to <= span.from || held.band === span.band) continue;
    const names = [held.band, span.band].map((band) => quoted(must(tariff.bands[band], 'a band').name));
    findings.push({
      path: ['bands', span.band, 'times', span.time],
      other: ['bands', held.band, 'times', held.time],
      what: `the bands ${names.join(' and ')} hold the same time of the week`,
      cure: 'Let each end where the other begins.',
    });
  }
  const dates = new Map<string, number>();
  for (const [place, {date, band}] of tariff.holidays.entries()) {
    const path = ['holidays', place];
    if (!isBand(band, tariff)) findings.push(unknownBand(band, [...path, 'band'], tariff));
    const before = dates.get(date);
    if (before !== undefined) {
      findings.push({path, other: ['holidays', before], what: `the holiday ${date} stands here twice`, cure: 'Remove one of them.'});
    }
    dates.set(date, place);
  }
  return findings;
}

function isBand(name: string, tariff: Tariff): boolean {
  return name === tariff.baseBand || tariff.bands.some((band) => band.name === name);
}

function unknownBand(name: string, path: Path, tariff: Tariff): Finding {
  const known = [tariff.baseBand, ...tariff.bands.map((band) => band.name)].map(quoted).join(', ');
  return {path, what: `there is no band ${quoted(name)}`, cure: `Use one of ${known}, or add it to bands.`};
}

function findingsInTax(tax: Tariff['tax']): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [place, {from}] of tax.entries()) {
    const before = tax[place - 1]?.from;
    const path = ['tax', place];
    if (place > 0 && from === undefined) {
      findings.push({path, what: 'the tax has no date', cure: 'Say from which date it holds; only the first may leave that out.'});
    } else if (from !== undefined && before !== undefined && from <= before) {
      findings.push({path: [...path, 'from'], what: `${from} is not after ${before}`, cure: 'List the tax oldest first, each date once.'});
    }
  }
  return findings;
}

function unknownRates(tariff: Tariff): readonly Finding[] {
  const rates = new Set(tariff.rates.map((rate) => rate.name));
  const named: {readonly rate: string | undefined; readonly path: Path}[] = [
    ...tariff.destinations.map(({rate}, place) => ({rate, path: ['destinations', place, 'rate']})),
    ...Object.entries(tariff.classes).map(([name, rate]) => ({rate, path: ['classes', name]})),
  ];
  return named.flatMap(({rate, path}) =>
    rate === undefined || rates.has(rate)
      ? []
      : [{path, what: `there is no rate ${quoted(rate)}`, cure: 'Add it to rates, or correct the name.'}],
  );
}

function findingsInPrefixes(destinations: Tariff['destinations']): readonly Finding[] {
  const findings: Finding[] = [];
  const places = {prefix: new Map<string, readonly [number, number]>(), code: new Map<string, readonly [number, number]>()};
  const prefixes = destinations.reduce((sum, destination) => sum + destination.prefixes.length, 0);
  if (prefixes > MOST_PREFIXES) {
    const what = `there are ${prefixes} prefixes; a tariff has at most ${MOST_PREFIXES}`;
    return [{path: ['destinations'], what, cure: 'Leave out prefixes whose rate is that of a shorter one.'}];
  }
  for (const [place, destination] of destinations.entries()) {
    const seen = destination.exact ? places.code : places.prefix;
    for (const [prefixPlace, prefix] of destination.prefixes.entries()) {
      const path = ['destinations', place, 'prefixes', prefixPlace];
      const finding = destination.exact ? misspeltCode(prefix) : misspeltPrefix(prefix);
      if (finding !== undefined) findings.push({path, ...finding});
      const before = seen.get(prefix);
      if (before === undefined) seen.set(prefix, [place, prefixPlace]);
      else {
        const other = ['destinations', before[0], 'prefixes', before[1]];
        const name = quoted(must(destinations[before[0]], 'a destination').name);
        findings.push({path, other, what: `the prefix ${prefix} is in ${name} already`, cure: 'Leave it in one destination only.'});
      }
    }
  }
  return findings;
}

type Misspelt = {readonly what: string; readonly cure: string} | undefined;
const SHOWN_DIGITS = 20;

function misspeltPrefix(prefix: string): Misspelt {
  const shown = quoted(prefix.slice(0, SHOWN_DIGITS));
  if (/^[1-9]\d{0,14}$/.test(prefix)) return undefined;
  if (/^\d{16,}$/.test(prefix)) {
    return {what: `the prefix ${shown}… has ${prefix.length} digits`, cure: 'A telephone number has at most 15 digits (E.164).'};
  }
  if (/^(?:\+|00?)\d+$/.test(prefix)) {
    const cure = 'Write it from the country code on, without + or 00, such as 4420; or mark the destination exact if it is a short code.';
    return {what: `the prefix ${shown} does not begin with a country code`, cure};
  }
  return {what: `the prefix ${shown} is not made of digits`, cure: 'Write digits only, such as 4420.'};
}

function misspeltCode(code: string): Misspelt {
  if (/^[0-9*#]{1,20}$/.test(code)) return undefined;
  const shown = quoted(code.slice(0, SHOWN_DIGITS));
  return {what: `the short code ${shown} is not made of digits, * and #`, cure: 'Write it as it is dialled, at most 20 digits.'};
}

function quoted(text: string): string {
  return `“${text}”`;
}
