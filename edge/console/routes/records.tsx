// Rejected lines, with what may be done about them, and the box's log.
import {go, page, type Route} from '../../../shared/web/answer.ts';
import {figure} from '../messages/figure.ts';
import {addressWith} from '../../../shared/ui/list.tsx';
import {beforeOf, pageOf} from '../../../shared/web/query.ts';
import {LOG_LEVELS, LogPage} from '../pages/log.tsx';
import {RejectsPage} from '../pages/rejects.tsx';
import {attempt, cutOf, readList, type RouteGround} from './ground.ts';

const ENTRIES_A_PAGE = 100;

export function recordRoutes(ground: RouteGround): readonly Route[] {
  const {rejects, log, acts, words} = ground;
  const knownFeed = (name: string | undefined): string | undefined => rejects.feeds().find(({feed}) => feed === name)?.feed;
  return [
    {
      path: '/rejects',
      signed: true,
      get: ({query}) => {
        // A feed that no longer has any is asked for, too: somebody may just have dismissed its last one.
        const asked = query.get('feed');
        const feed = asked === undefined || asked === '' ? undefined : asked;
        const read = (before: number, most: number) => rejects.waiting(feed, before, most);
        const found = readList(
          () => ({feeds: rejects.feeds(), rejects: cutOf(beforeOf(query.get('before')), read, ({line}) => line)}),
          log,
        );
        return page(<RejectsPage feed={feed} found={found} />);
      },
    },
    {
      path: '/rejects/read-again',
      signed: true,
      get: () => go('/rejects'),
      post: (visit) => {
        const feed = knownFeed(visit.form.get('feed'));
        if (feed === undefined) return go('/rejects');
        attempt(visit, words, () => {
          const read = acts.rerunRejects(feed, visit.session.name);
          const left = rejects.feeds().find((each) => each.feed === feed)?.count ?? 0;
          const {locale} = visit.setting;
          return words.rejects.rerunDone(figure(read, locale), figure(left, locale));
        });
        return go('/rejects');
      },
    },
    {
      path: '/rejects/dismiss',
      signed: true,
      get: () => go('/rejects'),
      post: (visit) => {
        const line = beforeOf(visit.form.get('line'));
        const back = addressWith('/rejects', {feed: knownFeed(visit.form.get('feed')) ?? ''}, {});
        if (line === undefined || !rejects.isWaiting(line)) {
          visit.notes.leave(visit.session, {state: 'warning', text: words.rejects.gone});
          return go(back);
        }
        attempt(visit, words, () => {
          acts.dismissReject(line, visit.session.name);
          return words.rejects.dismissed(figure(line, visit.setting.locale).text);
        });
        return go(back);
      },
    },
    {path: '/log', signed: true, get: ({query}) => page(logPage(ground, query))},
  ];
}

function logPage({logEntries}: RouteGround, query: ReadonlyMap<string, string>) {
  const level = LOG_LEVELS.find((each) => each === query.get('level')) ?? 'info';
  const least = LOG_LEVELS.indexOf(level);
  const number = pageOf(query.get('page'));
  const entries = logEntries()
    .filter((entry) => LOG_LEVELS.indexOf(entry.level) >= least)
    .toReversed();
  const from = (number - 1) * ENTRIES_A_PAGE;
  const shown = entries.slice(from, from + ENTRIES_A_PAGE);
  return <LogPage level={level} page={number} entries={shown} hasMore={entries.length > from + ENTRIES_A_PAGE} />;
}
