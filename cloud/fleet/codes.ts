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
} as const satisfies Readonly<Record<string, 'warning' | 'fault'>>;

export type CloudIncidentCode = keyof typeof CLOUD_INCIDENT_CODES;
