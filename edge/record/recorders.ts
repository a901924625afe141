// A recorder of a feed, by the settings it was configured with: its profile is read once.
import {must} from '../../shared/assert/assert.ts';
import {identityOf} from '../../shared/journal/chain.ts';
import type {FeedSettings} from '../feed/settings.ts';
import type {Spool} from '../feed/spool.ts';
import type {Database} from '../store/open.ts';
import {loadProfile} from './profile.ts';
import {createRecorder, type Recorder} from './recorder.ts';

/** Throws a Failure for a profile that cannot be used. */
export function createRecorders(
  site: string,
  settingsOfAll: readonly FeedSettings[],
  {database, spool}: {readonly database: Database; readonly spool: Pick<Spool, 'tail'>},
): (feed: string) => Recorder {
  // Recorded here, or before a snapshot that this ledger began from.
  const isKnown = database
    .prepare<{id: string}, number>('SELECT EXISTS (SELECT 1 FROM call WHERE id = :id) OR EXISTS (SELECT 1 FROM known_call WHERE id = :id)')
    .pluck();
  const feeds = new Map(settingsOfAll.map((settings) => [settings.name, {settings, profile: loadProfile(settings.profile)}]));
  return (feed) => {
    const {settings, profile} = must(feeds.get(feed), `feed ${feed}`);
    return createRecorder({
      profile,
      feed,
      zone: settings.zone,
      live: settings.door !== 'folder',
      known: (family, key) => isKnown.get({id: identityOf(site, family, key)}) === 1,
      tail: (before, most) => spool.tail(feed, before, most),
    });
  };
}
