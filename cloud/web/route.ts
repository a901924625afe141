// What a room hands to the web: its addresses, by who may ask. Types only; `page`, `go` and limiters are in shared/web.
import type {Route, Session, SignedVisit, Visit} from '../../shared/web/answer.ts';
import type {MachineRoute} from '../../shared/web/machine.ts';
import type {LiveView} from './live.ts';

export type Audience = 'student' | 'staff';

export type StudentSession = Session & {
  readonly audience: 'student';
  /** The student's account. */
  readonly subject: string;
  readonly site: string;
  /** The site's, such as `Europe/London`. */
  readonly zone: string;
  /** BCP 47, such as `en-GB`. */
  readonly language: string;
};

/** viewer looks; clerk moves money and lines; admin also makes sites, boxes, tariffs and staff. */
export type StaffRole = 'viewer' | 'clerk' | 'admin';

export type StaffSession = Session & {
  readonly audience: 'staff';
  /** The staff member's id. */
  readonly subject: string;
  /** Read anew with every request: a change bites on the next one. */
  readonly role: StaffRole;
};

export type StudentRoute = Route<StudentSession>;
export type StudentVisit = Visit<StudentSession>;
export type SignedStudentVisit = SignedVisit<StudentSession>;

/** Paths begin with `/desk`. */
export type StaffRoute = Route<StaffSession>;
export type StaffVisit = Visit<StaffSession>;
export type SignedStaffVisit = SignedVisit<StaffSession>;

export type {MachineRoute} from '../../shared/web/machine.ts';

/** All that a room may hand over. */
export type RoomRoutes = {
  readonly student?: readonly StudentRoute[];
  readonly staff?: readonly StaffRoute[];
  /** No session, no check of the origin: what is sent proves itself. */
  readonly machine?: readonly MachineRoute[];
  /** Parts of the desk's pages that move. */
  readonly live?: readonly LiveView<StaffSession>[];
};
