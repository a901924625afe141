// Who may sign in at the desk.
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Reader} from '../../store/open.ts';
import type {StaffRole} from '../../web/route.ts';

export type Person = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: StaffRole;
  readonly state: 'active' | 'invited' | 'disabled';
  /** Of the sessions that still stand. */
  readonly seenAt: Instant | undefined;
};

export async function readStaff(db: Reader): Promise<readonly Person[]> {
  const rows = await db
    .selectFrom('staff')
    .leftJoin('session', (join) => join.onRef('session.subject', '=', 'staff.id').on('session.audience', '=', 'staff'))
    .select((eb) => ['staff.id', 'name', 'email', 'role', 'password_hash', 'disabled_at', eb.fn.max<number | null>('seen_at').as('seen')])
    .groupBy('staff.id')
    .orderBy('name')
    .orderBy('staff.id')
    .execute();
  return rows.map(({id, name, email, role, password_hash: hash, disabled_at: disabled, seen}) => ({
    id,
    name,
    email,
    role,
    state: disabled !== null ? 'disabled' : hash === null ? 'invited' : 'active',
    seenAt: seen === null ? undefined : instant(seen),
  }));
}

/** Names by id: for what somebody did. */
export async function readStaffNames(db: Reader): Promise<ReadonlyMap<string, string>> {
  return new Map((await db.selectFrom('staff').select(['id', 'name']).execute()).map(({id, name}) => [id, name]));
}
