// Every incident of the cloud's own: how bad it is. A code is for ever: mail, translations and reports rely on it.
// Incidents that a box tells of itself have the box's codes.

export const CLOUD_INCIDENT_CODES = {
  /** Sums or hashes that are not what they must be. */
  'books.corrupt': 'fault',
  /** A message over a box's connection that its key did not sign, or that breaks its form. */
  'link.refused': 'fault',
  /** A second box with the identity of one that is alive. */
  'link.clone': 'fault',
  /** Box and cloud do not agree about their past: one of them was restored, or there are two. */
  'link.history': 'fault',
  /** A row that the box, or this cloud, cannot read. */
  'link.unreadable': 'fault',
  /** Connected, with something to say, and nothing moves. */
  'link.stuck': 'warning',
  /** The provider answers what cannot be, or one key was used for two requests. */
  'payment.disagreement': 'fault',
  /** Money of another amount or currency than was asked was taken. */
  'payment.other-money': 'fault',
  /** Money was taken for a payment that was given back, or barred. */
  'payment.after-reversal': 'fault',
  /** The provider returned the money of a payment that was credited. */
  'payment.given-back': 'fault',
  /** A debit that was to be given back is not yet, and is asked for again by itself. */
  'payment.reversal-late': 'warning',
} as const satisfies Readonly<Record<string, 'warning' | 'fault'>>;

export type CloudIncidentCode = keyof typeof CLOUD_INCIDENT_CODES;
