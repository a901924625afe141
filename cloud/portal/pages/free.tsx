// Free calls: what is left of each allowance, and what one took over of a call.
import type {VNode} from 'preact';
import {dayText} from '../../../shared/ui/figures.tsx';
import {useSetting, type Setting} from '../../../shared/ui/setting.ts';
import {later} from '../../../shared/time/instant.ts';
import type {Covered, Standing} from '../../books/allowances.ts';
import {useFigures, useGround, useWords, type Figures} from './ground.ts';

export function FreeCalls({free}: {readonly free: readonly Standing[]}): VNode | null {
  const {free: words} = useWords();
  if (free.length === 0) return null;
  return (
    <ul class="free" aria-label={words.title}>
      {free.map((standing) => (
        <FreeLine key={standing.allowance.allowance} standing={standing} />
      ))}
    </ul>
  );
}

function FreeLine({standing}: {readonly standing: Standing}): VNode {
  const {free: words} = useWords();
  const ground = {words, setting: useSetting(), ...useFigures()};
  const {name, period, destinations} = standing.allowance;
  const again = againText(standing, ground);
  return (
    <li>
      <p class="free-left">
        <strong>{leftText(standing, ground)}</strong>
        {whereText(destinations, words)}
        {untilText(standing, ground)}
      </p>
      <details class="help">
        <summary>{words.name(name, period)}</summary>
        {again === undefined ? null : <p>{again}</p>}
        <p>{destinations.length === 0 ? words.anywhere : words.listed(destinations.join(', '))}</p>
      </details>
    </li>
  );
}

type Words = ReturnType<typeof useWords>['free'];
type SayingGround = Figures & {readonly words: Words; readonly setting: Setting};

/** More than two stand behind a word, so that the page stays short. */
function whereText(destinations: readonly string[], words: Words): string {
  const [one, other] = destinations;
  if (one === undefined) return '';
  if (other === undefined) return words.to(one);
  return destinations.length === 2 ? words.toBoth(one, other) : words.toMany(destinations.length);
}

const MINUTE_SECONDS = 60;

/** Minutes that are begun do not count: nobody is promised more than there is. */
function leftText({allowance: {unit, amount}, left}: Standing, {words, count, money}: SayingGround): string {
  if (unit === 'micros') return words.money({left: money(left), of: money(amount)});
  const minutes = Math.floor(left / MINUTE_SECONDS);
  const text = minutes === 0 && left > 0 ? words.lessThanOne : count(minutes).text;
  return words.minutes({left: text, of: count(minutesOf(amount)).text});
}

/** What was granted may be no whole minutes. */
function minutesOf(seconds: number): number {
  return Math.round((seconds / MINUTE_SECONDS) * 10) / 10;
}

function untilText({endsAt}: Standing, {words, setting}: SayingGround): string {
  if (endsAt === undefined) return words.left;
  // Half-open: the last day is the one before.
  const last = dayText(later(endsAt, -1), setting);
  return last === dayText(setting.now, setting) ? words.today : words.until(last);
}

/** When it is whole again, where it goes on. */
function againText(
  {allowance: {unit, amount, period, to}, endsAt}: Standing,
  {words, setting, count, money}: SayingGround,
): string | undefined {
  if (period === 'once' || endsAt === undefined || endsAt === to) return undefined;
  return words.again(unit === 'micros' ? money(amount) : words.minutesOf(count(minutesOf(amount)).text), dayText(endsAt, setting));
}

/** Under a call: what allowances took over of it. */
export function CoveredBy({covered}: {readonly covered: readonly Covered[]}): VNode | null {
  const {free: words} = useWords();
  const {price} = useGround().language;
  const {money} = useFigures();
  if (covered.length === 0) return null;
  return (
    <>
      {covered.map(({name, unit, used}) => (
        <span key={name} class="under soft">
          {words.covered(unit === 'seconds' ? price.duration(used) : money(used), name)}
        </span>
      ))}
    </>
  );
}

/** Of all lines together; undefined where nothing was free. */
export function useFreeSum(lines: readonly {readonly covered: readonly Covered[]}[]): string | undefined {
  const {price} = useGround().language;
  const {money} = useFigures();
  const all = lines.flatMap(({covered}) => covered);
  const sum = (wanted: Covered['unit']): number => all.reduce((total, {unit, used}) => (unit === wanted ? total + used : total), 0);
  const [seconds, amount] = [sum('seconds'), sum('micros')];
  const said = [...(seconds === 0 ? [] : [price.duration(seconds)]), ...(amount === 0 ? [] : [money(amount)])];
  return said.length === 0 ? undefined : said.join(' + ');
}
