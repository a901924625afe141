// Why somebody moved money by hand: one line of text, which others will ask for.
import {refused, type Refusal} from '../../shared/failure/refusal.ts';

const LONGEST_REASON = 500;

/** As it was typed, on one line. */
export function plain(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

/** Undefined for a reason that can be kept. */
export function reasonFault(reason: string): Refusal<'reason-missing'> | undefined {
  if (reason !== '' && reason.length <= LONGEST_REASON) return undefined;
  return refused('reason-missing', 'the reason is missing or too long', `write up to ${LONGEST_REASON} characters: others will ask`);
}
