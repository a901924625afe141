// Pages of the desk that move.
import type {Part} from '../../shared/web/live.ts';
import type {Session} from '../../shared/web/answer.ts';

export type LiveView<S extends Session> = {
  /** As it stands in `<Document live=…>`, such as `/desk/live/sites`; may have a `:part`. */
  readonly path: string;
  /** Views with equal topics are read once for all who watch. */
  readonly topic: (part: string, session: S) => string;
  /** Nothing if there is no such thing, or it is not for this person. */
  readonly read: (part: string, session: S) => Promise<readonly Part[]>;
};
