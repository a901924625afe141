// Which tariff is in force, since when, and what is planned; and what a call would cost by it.
import type {VNode} from 'preact';
import type {Currency} from '../../../shared/money/micros.ts';
import type {Quote} from '../../../shared/tariff/quote.ts';
import {Age, Time, bytesText} from '../../../shared/ui/figures.tsx';
import type {Errors} from '../../../shared/ui/form.tsx';
import {Empty, Facts, Panel} from '../../../shared/ui/parts.tsx';
import {QuoteAnswer, QuoteForm, type QuoteFields} from '../../../shared/ui/quote.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {ScheduledTariff} from '../rows/site.ts';
import {Frame} from './frame.tsx';
import {useWords} from './ground.ts';
import {ListFault} from './list.tsx';

/** As typed, and what came of it. */
export type Asked = {
  readonly fields: QuoteFields;
  readonly errors?: Errors;
  readonly answer?: {readonly quote: Quote; readonly currency: Currency};
};

export type TariffView = {
  /** Undefined: the schedule cannot be read. Newest first. */
  readonly schedule: readonly ScheduledTariff[] | undefined;
  readonly asked: Asked;
};

export function TariffPage({schedule, asked}: TariffView): VNode {
  const {tariff: words} = useWords();
  const {now} = useSetting();
  const inForce = schedule?.find(({from}) => from <= now);
  return (
    <Frame current="tariff" title={words.title} lead={words.lead}>
      {schedule === undefined ? <ListFault /> : <TariffInForce schedule={schedule} inForce={inForce} />}
      <QuotePanel asked={asked} />
      {schedule === undefined || schedule.length === 0 ? null : (
        <Panel title={words.list}>
          <Table
            caption={words.list}
            rows={schedule}
            rowKey={({from}) => String(from)}
            dim={(entry) => entry.from <= now && entry !== inForce}
            columns={[
              {head: words.columns.from, kind: 'key', cell: ({from}) => <Time at={from} />},
              {head: words.columns.state, cell: (entry) => <TariffState entry={entry} inForce={inForce} />},
              {head: words.columns.name, kind: 'wide', cell: (entry) => <TariffName entry={entry} />},
              {head: words.columns.hash, cell: ({hash}) => <code title={hash}>{shortHash(hash)}…</code>},
            ]}
          />
        </Panel>
      )}
    </Frame>
  );
}

/** Enough to tell the tariffs of a site apart. */
const HASH_SHOWN = 12;

export function shortHash(hash: string): string {
  return hash.slice(0, HASH_SHOWN);
}

function QuotePanel({asked: {fields, errors, answer}}: {readonly asked: Asked}): VNode {
  const {tariff: words, price} = useWords();
  const {locale} = useSetting();
  return (
    <Panel id="quote" title={words.quote}>
      {answer === undefined ? null : <QuoteAnswer {...answer} words={words.quoteForm} price={{...price, locale}} />}
      <QuoteForm action="/tariff" words={words.quoteForm} fields={fields} errors={errors} />
    </Panel>
  );
}

function TariffInForce({
  schedule,
  inForce,
}: {
  readonly schedule: readonly ScheduledTariff[];
  readonly inForce: ScheduledTariff | undefined;
}): VNode {
  const {tariff: words} = useWords();
  const {locale} = useSetting();
  const first = schedule.at(-1);
  if (first === undefined) return <Empty title={words.none}>{words.noneHow}</Empty>;
  if (inForce === undefined) {
    return (
      <Empty title={words.noneYet}>
        {words.columns.from} <Age at={first.from} />
      </Empty>
    );
  }
  return (
    <Panel title={words.inForceTitle}>
      <Facts
        facts={[
          {term: words.columns.name, value: <TariffName entry={inForce} />},
          {term: words.columns.from, value: <Age at={inForce.from} />},
          {term: words.columns.hash, value: <code class="hash">{inForce.hash}</code>},
          ...(inForce.text === undefined ? [] : [{term: words.columns.size, value: bytesText(inForce.text.bytes, locale)}]),
        ]}
      />
    </Panel>
  );
}

function TariffName({entry}: {readonly entry: ScheduledTariff}): VNode {
  const {tariff: words} = useWords();
  if (entry.text === undefined) return <StateBadge state="fault" word={words.missing} />;
  return <>{entry.text.name ?? <span class="soft">{words.unnamed}</span>}</>;
}

function TariffState({entry, inForce}: {readonly entry: ScheduledTariff; readonly inForce: ScheduledTariff | undefined}): VNode {
  const {tariff: words} = useWords();
  const {now} = useSetting();
  if (entry === inForce) return <StateBadge state="ok" word={words.inForce} />;
  return <StateBadge state="off" word={entry.from > now ? words.planned : words.past} />;
}
