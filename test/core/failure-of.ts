import {Failure} from '../../shared/failure/failure.ts';

/** The Failure that `act` ends with. */
export function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing failed');
}
