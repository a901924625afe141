// What the desk is given: the rooms whose pages these are. Lists it reads for itself; whatever changes something is a room's own
// function, which writes the audit row in the same transaction.
import type {Log} from '../../shared/log/log.ts';
import type {Clock} from '../../shared/time/instant.ts';
import type {Assets} from '../../shared/ui/document.tsx';
import type {AddingRanges} from '../books/adding-ranges.ts';
import type {DeskBooks} from '../books/desk-books.ts';
import type {Rerating} from '../books/rerating.ts';
import type {Resolving} from '../books/resolving.ts';
import type {Authority} from '../fleet/authority.ts';
import type {Enrolment} from '../fleet/enrolment.ts';
import type {Outbox} from '../notice/outbox.ts';
import type {Limits, microsOfMinor, readAmount} from '../payment/amount.ts';
import type {Payments} from '../payment/payment.ts';
import type {StaffEntry} from '../people/entry/entry.ts';
import type {FirstAdmin} from '../people/entry/first-admin.ts';
import type {AccountCodes} from '../people/account-codes.ts';
import type {Allowances} from '../people/allowances.ts';
import type {Audit} from '../people/audit.ts';
import type {Import} from '../people/import.ts';
import type {Lines} from '../people/lines.ts';
import type {Overrides} from '../people/overrides.ts';
import type {readRoster} from '../people/roster.ts';
import type {Staff} from '../people/staff.ts';
import type {Students} from '../people/students.ts';
import type {Tenancies} from '../people/tenancies.ts';
import type {Store} from '../store/open.ts';
import type {Destinations} from '../tariff/destinations.ts';
import type {DeskTariffs} from '../tariff/desk-tariffs.ts';
import type {Drafts} from '../tariff/drafts.ts';
import type {Previews} from '../tariff/previews.ts';
import type {Publish} from '../tariff/publish.ts';
import type {Sites} from '../tariff/sites.ts';
import type {Stakes} from '../tariff/stake.ts';

export type DeskPayments = Pick<Payments, 'newId' | 'takeCash' | 'lookNow' | 'timeline' | 'methods' | 'automatic'>;

export type Amounts = {
  readonly read: typeof readAmount;
  readonly microsOfMinor: typeof microsOfMinor;
  /** Of one payment, in major units. */
  readonly limits: Limits;
};

export type DeskGiven = {
  readonly reading: Store['reading'];
  readonly transact: Store['transact'];
  readonly entry: StaffEntry;
  readonly firstAdmin: Pick<FirstAdmin, 'holds' | 'make'>;
  readonly students: Pick<Students, 'create' | 'edit' | 'close' | 'invite'>;
  /** Many students from a list. */
  readonly roster: {readonly read: typeof readRoster; readonly take: Import; readonly most: number};
  readonly lines: Lines;
  readonly tenancies: Tenancies;
  readonly accountCodes: AccountCodes;
  readonly allowances: Allowances;
  readonly overrides: Overrides;
  readonly resolving: Resolving;
  readonly rerating: Rerating;
  readonly staff: Staff;
  readonly sites: Pick<Sites, 'create'>;
  readonly publish: Publish;
  readonly ranges: AddingRanges;
  /** Names of destinations, as the tariffs of a site have them. */
  readonly destinations: Destinations;
  /** What calls that wait may be worth. */
  readonly stakes: Stakes;
  readonly drafts: Drafts;
  /** What a draft would change, worked out apart. */
  readonly previews: Previews;
  readonly published: DeskTariffs;
  readonly books: DeskBooks;
  readonly payments: DeskPayments;
  readonly amounts: Amounts;
  readonly enrolment: Pick<Enrolment, 'newCode' | 'revoke'>;
  readonly authority: Pick<Authority, 'fingerprint'>;
  readonly outbox: Pick<Outbox, 'look'>;
  /** For what the fleet does and does not write down itself: codes and revocations. */
  readonly audit: Audit;
  /** A path of ours as browsers and boxes know it. */
  readonly addressOf: (path: string) => string;
  readonly assets: Assets;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
};
