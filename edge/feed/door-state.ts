// What a door says of itself, once for each change.
import type {Log} from '../../shared/log/log.ts';
import type {DoorState} from './door.ts';

type Down = Extract<DoorState, {kind: 'down'}>;

export function createStateReport(onState: (state: DoorState) => void, log: Log): (state: DoorState) => void {
  let last: DoorState | undefined;
  return (state) => {
    if (last !== undefined && same(last, state)) return;
    last = state;
    if (state.kind === 'up') log.info('the feed can be read');
    else log.warn(`the feed cannot be read: ${state.why}`, {cure: state.cure});
    onState(state);
  };
}

export function down(code: Down['code'], why: string, cure: string): Down {
  return {kind: 'down', code, why, cure};
}

/** The system's own name of an error, such as `ENOENT`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}

/** The world's fault, such as a missing right or a broken disk; not ours. */
export function isOfTheSystem(error: unknown): boolean {
  return /^E(?!RR_)[A-Z0-9]+$/.test(errorCode(error));
}

function same(left: DoorState, right: DoorState): boolean {
  if (left.kind === 'up' || right.kind === 'up') return left.kind === right.kind;
  return left.code === right.code && left.why === right.why;
}
