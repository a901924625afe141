// What the box said of late.
import type {VNode} from 'preact';
import {Time} from '../../../shared/ui/figures.tsx';
import type {State} from '../../../shared/ui/messages.ts';
import {EmptyList, Filters, addressWith} from '../../../shared/ui/list.tsx';
import {Pager} from '../../../shared/ui/parts.tsx';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {LogEntry} from '../given.ts';
import {Frame} from './frame.tsx';
import {useWords} from './ground.ts';

export type LogLevel = LogEntry['level'];
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const LEVEL_STATES: Readonly<Record<LogLevel, State>> = {debug: 'off', info: 'off', warn: 'warning', error: 'fault'};

export function LogPage({
  level,
  page,
  entries,
  hasMore,
}: {
  readonly level: LogLevel;
  readonly page: number;
  readonly entries: readonly LogEntry[];
  readonly hasMore: boolean;
}): VNode {
  const {log: words} = useWords();
  const at = (wish: {level?: string; page?: number}): string =>
    addressWith('/log', {level: wish.level ?? level, page: wish.page ?? 1}, {level: 'info', page: 1});
  return (
    <Frame current="log" title={words.title} lead={words.lead}>
      <Filters
        label={words.filter}
        choices={LOG_LEVELS.map((each) => ({
          href: at({level: each}),
          label: words.levels[each],
          count: undefined,
          isCurrent: each === level,
        }))}
      />
      {entries.length === 0 ? (
        <EmptyList isFiltered={level !== 'debug'} words={words} />
      ) : (
        <Table
          caption={words.list}
          rows={entries.map((entry, place) => ({entry, place}))}
          rowKey={({place}) => String(place)}
          columns={[
            {head: words.columns.at, kind: 'key', cell: ({entry}) => <Time at={entry.at} />},
            {
              head: words.columns.level,
              cell: ({entry}) => <StateBadge state={LEVEL_STATES[entry.level]} word={words.levels[entry.level]} />,
            },
            {head: words.columns.name, cell: ({entry}) => <code>{entry.name}</code>},
            {
              head: words.columns.message,
              kind: 'wide',
              cell: ({entry}) => (
                <>
                  {entry.message} <LogFields fields={entry.fields} />
                </>
              ),
            },
          ]}
        />
      )}
      <Pager page={page} previous={page > 1 ? at({page: page - 1}) : undefined} next={hasMore ? at({page: page + 1}) : undefined} />
    </Frame>
  );
}

function LogFields({fields}: Pick<LogEntry, 'fields'>): VNode {
  return (
    <span class="log-fields">
      {Object.entries(fields).map(([name, value]) => (
        <code key={name}>
          {name}={String(value)}
        </code>
      ))}
    </span>
  );
}
