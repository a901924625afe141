// What libphonenumber knows of a range: whose it is, what its numbers are, what they look like. For people who look at it.
// In: the first digits of numbers, from the calling code on. Out: facts to be said in a sentence.
// Never true: a range or a number is refused for what is said here; a number that could be somebody's is made up and shown.
import {callingCodeOf, internationalFormat, numberLengths, plansOf, type NumberPlan} from './country.ts';
import {isWhole, statesOf, type State} from './digit-pattern.ts';
import type {NumberKind} from './number-kind.ts';

export type RangeFacts = {
  readonly callingCode: string;
  /** ISO 3166 codes of whose numbers can begin so, the main country of the calling code first. None for codes such as 800. */
  readonly regions: readonly string[];
  /** What numbers that begin so can be. None: the library knows no number that does. */
  readonly kinds: readonly NumberKind[];
  /** How many digits whole numbers have there, calling code included, shortest first. */
  readonly lengths: readonly number[];
  /** Such as `+992 37 2xx xxxx`; of another range of the country, whole, where no number is known to begin so. */
  readonly example: string | undefined;
};

/** Undefined if no calling code begins so. */
export function rangeFacts(prefix: string): RangeFacts | undefined {
  const callingCode = callingCodeOf(prefix);
  if (callingCode === undefined) return undefined;
  const national = prefix.slice(callingCode.length);
  const plans = preparedPlans(callingCode);
  const alive = plans.flatMap((plan) => {
    const reached = after(plan.states, national);
    return reached.length === 0 ? [] : [{plan, reached}];
  });
  const [main] = plans;
  const of = alive.length === 0 && main !== undefined ? [main] : alive.map(({plan}) => plan);
  const lengths = [...numberLengths(callingCode)].toSorted((a, b) => a - b);
  return {
    callingCode,
    regions: [...new Set(of.flatMap(({region}) => region ?? []))],
    kinds: [...new Set(alive.map(({plan}) => plan.kind))],
    lengths: lengths.filter((length) => length >= prefix.length),
    example: exampleOf(prefix, alive[0]?.reached) ?? libraryExample(callingCode, plans),
  };
}

/** `possible`: as long as numbers there are, but of no range that the library knows; live ones are among them. */
export type NumberStanding = 'known' | 'possible' | 'impossible';

export function standingOf(number: string): NumberStanding {
  const callingCode = callingCodeOf(number);
  if (callingCode === undefined || !numberLengths(callingCode).has(number.length)) return 'impossible';
  const national = number.slice(callingCode.length);
  return preparedPlans(callingCode).some(({whole}) => whole.test(national)) ? 'known' : 'possible';
}

type PreparedPlan = NumberPlan & {readonly states: readonly State[]; readonly whole: RegExp};

/** There are some 250 calling codes, and a site calls few of them. */
const prepared = new Map<string, readonly PreparedPlan[]>();

function preparedPlans(callingCode: string): readonly PreparedPlan[] {
  const known = prepared.get(callingCode);
  if (known !== undefined) return known;
  const plans = plansOf(callingCode).map((plan) => {
    return {...plan, states: statesOf(plan.pattern), whole: new RegExp(`^(?:${plan.pattern})$`)};
  });
  prepared.set(callingCode, plans);
  return plans;
}

/** The states that come after the digits; none if no number begins so. */
function after(states: readonly State[], digits: string): readonly State[] {
  let reached: readonly State[] = states;
  for (const digit of digits) {
    const bit = 1 << Number(digit);
    reached = [...new Set(reached.flatMap(({digits: bits, next}) => ((bits & bit) === 0 ? [] : next)))];
  }
  return reached;
}

/** The rest of a number is left open: a whole one that begins so might be somebody's. */
function exampleOf(prefix: string, reached: readonly State[] | undefined): string | undefined {
  if (reached === undefined) return undefined;
  let left = prefix.length;
  return internationalFormat(`${prefix}${shortestRest(reached)}`).replaceAll(/\d/g, (digit) => (left-- > 0 ? digit : 'x'));
}

/** Smallest digits to the nearest whole number. */
function shortestRest(states: readonly State[]): string {
  let reached = new Map(states.map((state) => [state, '']));
  for (;;) {
    for (const [state, digits] of reached) if (isWhole(state)) return digits;
    const further = new Map<State, string>();
    for (const [{digits: bits, next}, digits] of reached) {
      const digit = 31 - Math.clz32(bits & -bits);
      for (const state of next) if (!further.has(state)) further.set(state, `${digits}${digit}`);
    }
    reached = further;
  }
}

function libraryExample(callingCode: string, plans: readonly NumberPlan[]): string | undefined {
  const example = plans.find((plan) => plan.example !== undefined)?.example;
  return example === undefined ? undefined : internationalFormat(`${callingCode}${example}`);
}
