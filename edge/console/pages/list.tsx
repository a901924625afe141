// Where a list cannot be read: the console's words for it.
import type {VNode} from 'preact';
import {ListFault as Fault} from '../../../shared/ui/list.tsx';
import {useWords} from './ground.ts';

export function ListFault(): VNode {
  return <Fault words={useWords().entry.fault} />;
}
