// Previews of tariffs, computed once for whoever asks, apart from everything else.
// In: a wish, as often as a page is drawn. Out: how far it is, or what was found. Never true: the same computed twice at once; a
// page that waits for it; one that is kept when its calls are long told.
import type {Instant} from '../../shared/time/instant.ts';
import type {Apart, Progress} from '../store/apart.ts';
import type {CheckedTariff, PublishRefusal, Site} from './publish.ts';
import type {Preview, PreviewWish, TariffResult, TariffTask} from './preview.ts';

export type PreviewState =
  /** Nothing counted yet: what takes the time is the tariff. */
  | {readonly kind: 'working'; readonly progress: Progress | undefined}
  | {readonly kind: 'ready'; readonly preview: Preview; readonly at: Instant}
  | {readonly kind: 'failed'};

export type Previews = {
  /** Begins it if nobody did. */
  readonly look: (wish: PreviewWish) => PreviewState;
  /** Reads and compiles a tariff as a box will. */
  readonly check: (site: Site, text: string) => Promise<CheckedTariff | PublishRefusal>;
};

export type PreviewsGiven = {
  readonly apart: Pick<Apart<TariffTask, TariffResult>, 'run'>;
  readonly now: () => Instant;
  /** Pages that show it are to be drawn anew. */
  readonly changed: () => void;
  readonly trouble: (error: unknown) => void;
};

/** Each up to 200 KB. */
const MOST_KEPT = 20;
/** One is worked out at a time; whoever asks for more than these begins when he asks again. */
const MOST_WORKING = 5;
/** Calls are told late, and rules change. */
const FRESH_MS = 10 * 60_000;
/** How often a page is told how far it is. */
const TOLD_EVERY_MS = 500;

const NOT_YET: PreviewState = {kind: 'working', progress: undefined};

type Kept = {state: PreviewState; at: Instant};

export function createPreviews({apart, now, changed, trouble}: PreviewsGiven): Previews {
  /** The one that was asked for last stands last. */
  const kept = new Map<string, Kept>();

  const begin = (wish: PreviewWish): Kept => {
    const entry: Kept = {state: {kind: 'working', progress: undefined}, at: now()};
    let told = entry.at;
    const tell = (progress: Progress): void => {
      entry.state = {kind: 'working', progress};
      if (now() - told < TOLD_EVERY_MS) return;
      told = now();
      changed();
    };
    apart
      .run({kind: 'preview', ...wish}, tell)
      .then((result) => {
        entry.at = now();
        entry.state = result.kind === 'preview' ? {kind: 'ready', preview: result, at: entry.at} : {kind: 'failed'};
      })
      .catch((error: unknown) => {
        entry.at = now();
        entry.state = {kind: 'failed'};
        trouble(error);
      })
      .finally(changed);
    return entry;
  };

  return {
    look: (wish) => {
      const key = JSON.stringify(wish);
      const known = kept.get(key);
      const isStale = known !== undefined && known.state.kind !== 'working' && now() - known.at > FRESH_MS;
      const isNew = known === undefined || isStale;
      if (isNew && [...kept.values()].filter(({state}) => state.kind === 'working').length >= MOST_WORKING) return NOT_YET;
      const entry = isNew ? begin(wish) : known;
      kept.delete(key);
      kept.set(key, entry);
      for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest);
      return entry.state;
    },
    check: async (site, text) => {
      const result = await apart.run({kind: 'check', site: {id: site.id, currency: site.currency, zone: site.zone}, text});
      if (result.kind === 'preview') throw new Error('a check is no preview');
      return result;
    },
  };
}
