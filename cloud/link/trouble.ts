// What can be wrong between a box and the cloud, and what a person does about it.
import type {CloudIncidentCode} from '../fleet/codes.ts';

const CURES = {
  'link.refused': 'Look at the box: it signs with another key than it was enrolled with, or its release is at fault. Enrol it again.',
  'link.history': 'Keep copies of both databases, and call support: the rows wait, and none is lost.',
  'link.unreadable': 'Update whichever of both is older: rows wait, and none is lost.',
  'link.stuck': 'The connection is made anew by itself. If it stays, look at the incidents of the box, and at its line.',
} as const satisfies Partial<Record<CloudIncidentCode, string>>;

export type Trouble = keyof typeof CURES;

export function cureOf(code: Trouble): string {
  return CURES[code];
}

/** Of one session. */
export type Tell = {
  readonly trouble: (code: Trouble, about: 'up' | 'down', detail: string) => Promise<void>;
  /** Something got through: what was wrong there is over. */
  readonly moved: (about: 'up' | 'down') => Promise<void>;
};
