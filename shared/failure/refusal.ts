// A no to a person who asked for something: expected, so it is a value; nothing was written.

/** What · what to do. The code is for pages that say it in their own words. */
export type Refusal<Code extends string = string> = {
  readonly kind: 'refused';
  readonly code: Code | 'not-allowed';
  readonly what: string;
  readonly cure: string;
};

export type Done<More = unknown> = {readonly kind: 'done'} & More;

export function refused<Code extends string>(code: Code, what: string, cure: string): Refusal<Code> {
  return {kind: 'refused', code, what, cure};
}

/** `viewer` looks; `clerk` moves money and lines; `admin` also makes sites, boxes, tariffs and staff. */
export type Role = 'viewer' | 'clerk' | 'admin';
const RANKS: Readonly<Record<Role, number>> = {viewer: 0, clerk: 1, admin: 2};

/** Of the staff; `role` as it is at this request. */
export type Actor = {readonly id: string; readonly role: Role};

/** Undefined if the actor may do what takes this role. */
export function forbidden(actor: Actor, needs: Role): Refusal<never> | undefined {
  if (RANKS[actor.role] >= RANKS[needs]) return undefined;
  return {kind: 'refused', code: 'not-allowed', what: `this takes the role ${needs}`, cure: 'ask an admin'};
}
