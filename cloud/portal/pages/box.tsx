// How old a figure is: every one depends on whether the building's box talks to us.
import type {VNode} from 'preact';
import {agoText, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import type {BoxLink} from '../../books/overview.ts';
import {useWords} from './ground.ts';

/** `As of 14:02, box online`; what the notice says where it is not. */
export function Freshness({box}: {readonly box: BoxLink}): VNode | null {
  const {main: words} = useWords();
  if (box.kind === 'never') return null;
  return (
    <p class="as-of">
      {words.asOf} <Time at={box.kind === 'online' ? box.asOf : box.heardAt} brief />
      {box.kind === 'online' ? `, ${words.online}` : null} <a href="/">{words.reload}</a>
    </p>
  );
}

export function BoxNotice({box}: {readonly box: BoxLink}): VNode | null {
  const {main: words} = useWords();
  const setting = useSetting();
  if (box.kind === 'online') return null;
  if (box.kind === 'never') {
    return (
      <Notice state="off" title={words.never}>
        <p>{words.neverHow}</p>
      </Notice>
    );
  }
  return (
    <Notice state="warning" title={words.silent}>
      <p>
        {words.silentSince(timeText(box.heardAt, setting, true), agoText(box.heardAt, setting))} {words.silentPhone}
      </p>
    </Notice>
  );
}
