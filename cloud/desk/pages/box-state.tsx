// How a box stands: a verdict in words, and the three facts behind it with their ages.
import type {VNode} from 'preact';
import {Age, Time} from '../../../shared/ui/figures.tsx';
import {Facts, type Fact} from '../../../shared/ui/parts.tsx';
import type {State} from '../../../shared/ui/messages.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import type {BoxState, Verdict} from '../box-facts.ts';
import {useFigures, useWords} from './ground.ts';

const LIGHTS: Readonly<Record<Verdict, State>> = {
  ok: 'ok',
  never: 'warning',
  offline: 'fault',
  silent: 'fault',
  behind: 'warning',
  old: 'off',
};

export function VerdictBadge({verdict}: {readonly verdict: Verdict}): VNode {
  return <StateBadge state={LIGHTS[verdict]} word={useWords().box.verdicts[verdict]} />;
}

/** What it means, and what to do about it. */
export function VerdictSays({verdict}: {readonly verdict: Verdict}): VNode {
  const {says, cures} = useWords().box;
  return (
    <>
      {says[verdict]}
      {verdict === 'ok' || verdict === 'old' ? null : ` ${cures[verdict]}`}
    </>
  );
}

export function BoxFacts({box}: {readonly box: BoxState}): VNode {
  const {facts: words} = useWords().box;
  return <Facts facts={[...linkFacts(box, words), ...logFacts(box, words), ...ownFacts(box, words)]} />;
}

type Words = ReturnType<typeof useWords>['box']['facts'];

function linkFacts({session, heartbeatAt}: BoxState, words: Words): readonly Fact[] {
  return [
    {
      term: words.session,
      value:
        session.since === undefined ? (
          words.neverConnected
        ) : (
          <>
            {session.isOpen ? words.connected : words.disconnected} <Age at={session.since} />
          </>
        ),
    },
    {term: words.heartbeat, value: heartbeatAt === undefined ? words.noHeartbeat : <Age at={heartbeatAt} />},
  ];
}

function logFacts({up, down}: BoxState, words: Words): readonly Fact[] {
  const {text} = useFigures();
  return [
    {
      term: words.up,
      value: (
        <>
          {words.here(text(up.here))}, {up.there === undefined ? words.thereUnknown : words.there(text(up.there))}
          <Waiting count={(up.there ?? up.here) - up.here} at={up.at} />
        </>
      ),
    },
    {
      term: words.down,
      value: (
        <>
          {words.written(text(down.here))}, {words.acked(text(down.acked))}
          <Waiting count={down.here - down.acked} at={down.at} />
        </>
      ),
    },
  ];
}

function Waiting({count, at}: {readonly count: number; readonly at: BoxState['heardAt']}): VNode {
  const {facts: words} = useWords().box;
  const {count: figure} = useFigures();
  return (
    <span class="under soft">
      {count > 0 ? words.waiting(figure(count)) : words.none}; {words.moved} <Age at={at} />
    </span>
  );
}

function ownFacts(box: BoxState, words: Words): readonly Fact[] {
  const known = <K extends string>(table: Readonly<Record<K, string>>, key: string): string => table[key as K] ?? key;
  return [
    ...(box.light === undefined ? [] : [{term: words.light, value: known(words.lights, box.light)}]),
    ...(box.clock === undefined ? [] : [{term: words.clock, value: known(words.clocks, box.clock)}]),
    ...(box.build === undefined ? [] : [{term: words.build, value: <code>{box.build}</code>}]),
    {term: words.enrolled, value: <Time at={box.enrolledAt} />},
    {term: words.expires, value: <Time at={box.expiresAt} />},
    ...(box.revokedAt === undefined ? [] : [{term: words.revoked, value: <Age at={box.revokedAt} />}]),
  ];
}
