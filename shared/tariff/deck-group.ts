// Prices of prefixes become a tariff of few rates, and a destination for each name at each of them.
import type {Offer} from './deck-rows.ts';
import type {ImportWishes} from './deck-wishes.ts';
import type {TariffSource} from './tariff.ts';
import {isWholeCountry} from './warnings.ts';

export type Grouped = {
  readonly source: TariffSource;
  readonly catchAlls: readonly string[];
  readonly prefixes: number;
  readonly destinations: number;
  readonly rates: number;
  readonly nested: number;
  readonly redundant: number;
};

export function group(offers: ReadonlyMap<string, Offer>, wishes: ImportWishes, currency: string): Grouped {
  const rates = new Map<Offer['rate'], TariffSource['rates'][number]>();
  const destinations = new Map<string, {name: string; rate: string; prefixes: string[]; catchAll: boolean}>();
  const catchAlls: string[] = [];
  let [nested, redundant] = [0, 0];
  for (const [prefix, offer] of offers) {
    const rate = rates.get(offer.rate) ?? rateSource(offer.rate);
    rates.set(offer.rate, rate);
    const isCatchAll = isWholeCountry(prefix);
    if (isCatchAll) catchAlls.push(prefix);
    const around = longestAround(prefix, offers);
    if (around !== undefined) nested += 1;
    if (around?.rate === offer.rate && around.name === offer.name) redundant += 1;
    const catchAll = isCatchAll && wishes.marksCatchAlls;
    const key = `${rate.name}\n${offer.name}\n${String(catchAll)}`;
    const destination = destinations.get(key);
    if (destination === undefined) destinations.set(key, {name: offer.name, rate: rate.name, prefixes: [prefix], catchAll});
    else destination.prefixes.push(prefix);
  }
  const {name, zone, rounding, prices, tax} = wishes;
  const source: TariffSource = {
    format: 'spbs-tariff/1',
    name,
    currency,
    zone,
    rounding,
    prices,
    tax: tax === undefined ? [] : [{percent: tax}],
    rates: [...rates.values()],
    destinations: [...destinations.values()],
  };
  const counts = {prefixes: offers.size, destinations: destinations.size, rates: rates.size, nested, redundant};
  return {source, catchAlls: catchAlls.toSorted(), ...counts};
}

/** Names say what the rate is: they differ where it does. */
function rateSource(rate: Offer['rate']): TariffSource['rates'][number] {
  const {perMinute, connectionFee, initialSeconds, nextSeconds, minimum} = rate;
  const fee = connectionFee === '0' ? '' : ` + ${connectionFee}`;
  const least = minimum === undefined ? '' : `, at least ${minimum}`;
  return {
    name: `${perMinute} by ${initialSeconds}/${nextSeconds}${fee}${least}`,
    connectionFee,
    initialSeconds,
    nextSeconds,
    perMinute,
    ...(minimum !== undefined && {minimum}),
  };
}

function longestAround(prefix: string, offers: ReadonlyMap<string, Offer>): Offer | undefined {
  for (let length = prefix.length - 1; length > 0; length -= 1) {
    const around = offers.get(prefix.slice(0, length));
    if (around !== undefined) return around;
  }
  return undefined;
}
