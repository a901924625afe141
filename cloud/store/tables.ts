// The rows of the cloud's tables as TypeScript sees them. Units are those of schema.ts: micros, milliseconds UTC, 0 or 1, JSON text.
import type {Generated} from 'kysely';
import type {PricingTables} from './tables-pricing.ts';

type Flag = 0 | 1;

type LogTable = {
  site: string;
  seq: number;
  epoch: number;
  id: string;
  kind: string;
  version: number;
  basis: number;
  body: Buffer;
  content_hash: Buffer;
  chain: Buffer;
  at: number;
};
type PersonalTable = {site: string; seq: number; name: string; salt: Buffer; value: string};

export type PaymentStateName =
  | 'created'
  | 'submitting'
  | 'action_required'
  | 'pending'
  | 'unknown'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'reversing'
  | 'reversed';

export type Role = 'viewer' | 'clerk' | 'admin';
export type Audience = 'student' | 'staff';
export type LinkPurpose = 'first-admin' | 'staff-invite' | 'staff-reset' | 'student-register' | 'student-reset';

export type Tables = PricingTables & {
  site: {
    id: string;
    name: string;
    currency: string;
    zone: string;
    created_at: number;
    epoch: Generated<number>;
    session: Generated<number>;
  };
  site_head: {site: string; log: 'up' | 'down'; seq: number; chain: Buffer; moved_at: number | null};
  site_policy: {site: string; body: string; changed_at: number};
  tariff: {hash: string; name: string; text: string; created_at: number};
  site_schedule: {site: string; body: string; changed_at: number};

  up_log: LogTable;
  up_personal: PersonalTable;
  down_log: LogTable;
  down_personal: PersonalTable;

  account: {site: string; id: string; kind: 'student' | 'house'; currency: string};
  balance: {site: string; account: string; debit: Generated<number>; credit: Generated<number>};
  transfer: {
    seq: Generated<number>;
    site: string;
    debit: string;
    credit: string;
    amount: number;
    currency: string;
    code: string;
    ref: string;
    at: number;
    log: 'up' | 'down';
    log_seq: number;
  };
  /** A view: an account's transfers with their sign. None for revenue and vat, whose history is that of the calls. */
  posting: {
    seq: number;
    site: string;
    account: string;
    other: string;
    amount: number;
    currency: string;
    code: string;
    ref: string;
    at: number;
    log: 'up' | 'down';
    log_seq: number;
  };
  call: {
    site: string;
    id: string;
    up_seq: number;
    state: 'billed' | 'watched' | 'unbillable';
    extension: string | null;
    direction: string;
    class: string | null;
    payer: string | null;
    started_at: number;
    duration: number;
    prefix: string | null;
    destination: string | null;
    amount: number | null;
    tax: number | null;
    reason: string | null;
    detail: string | null;
  };
  call_resolution: {
    site: string;
    call_seq: number;
    up_seq: number;
    outcome: 'billed' | 'watched' | 'written-off';
    by: 'desk' | 'schedule';
    payer: string | null;
    started_at: number | null;
    prefix: string | null;
    destination: string | null;
    amount: number | null;
    tax: number | null;
    at: number;
  };
  resolution_request: {
    site: string;
    down_seq: number;
    call_seq: number;
    act: 'bill' | 'write-off';
    amount: number | null;
    by: string;
    reason: string;
    asked_at: number;
    outcome: 'billed' | 'watched' | 'written-off' | 'already-resolved' | 'still-unbillable' | null;
    detail: string | null;
    answered_at: number | null;
  };
  resolution_proposal: {
    id: string;
    site: string;
    call_seq: number;
    amount: number;
    destination: string;
    payer: string | null;
    reason: string;
    by: string;
    at: number;
    decision: 'approved' | 'refused' | null;
    decided_by: string | null;
    decided_at: number | null;
  };
  line_state: {site: string; extension: string; wanted: 'open' | 'locked'; reasons: string; at: number; up_seq: number};

  staff: {
    id: string;
    email: string;
    email_key: string;
    name: string;
    role: Role;
    password_hash: string | null;
    created_at: number;
    disabled_at: number | null;
  };
  student: {
    account: string;
    site: string;
    name: string;
    email: string | null;
    email_key: string | null;
    language: Generated<string>;
    password_hash: string | null;
    created_at: number;
    closed_at: number | null;
  };
  line: {site: string; extension: string; class: 'student' | 'staff' | 'lift' | 'emergency'; label: string | null};
  tenancy: {id: string; site: string; extension: string; account: string; from_at: number; to_at: number | null};
  account_code: {id: string; site: string; account: string; code: string; from_at: number; to_at: number | null};
  session: {token_hash: Buffer; audience: Audience; subject: string; created_at: number; seen_at: number};
  one_time_link: {
    token_hash: Buffer;
    purpose: LinkPurpose;
    subject: string;
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
  audit: {
    seq: Generated<number>;
    at: number;
    by: string;
    act: string;
    site: string | null;
    subject: string;
    detail: string;
    chain: Buffer;
  };

  box: {
    site: string;
    id: string;
    public_key: string;
    certificate: string;
    fingerprint: string;
    expires_at: number;
    enrolled_at: number;
    revoked_at: number | null;
  };
  enrolment: {
    code_hash: Buffer;
    site: string;
    box: string;
    created_by: string;
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
  box_state: {
    site: string;
    box: string;
    session: Generated<number>;
    nonce: string | null;
    build: string | null;
    connected_at: number | null;
    disconnected_at: number | null;
    heartbeat_at: number | null;
    heartbeat: string | null;
    down_acked: Generated<number>;
    down_acked_at: number | null;
  };
  incident: {
    site: string;
    code: string;
    subject: string;
    began_at: number;
    detail: string;
    cure: string;
    ended_at: number | null;
  };

  saved_method: {
    id: string;
    site: string;
    account: string;
    provider: 'card' | 'cashless';
    customer: string | null;
    token: string;
    label: string;
    created_at: number;
    removed_at: number | null;
  };
  automatic_top_up: {
    account: string;
    is_on: Flag;
    threshold: number;
    target: number;
    monthly_cap: number;
    method: string;
    changed_at: number;
  };
  payment: {
    id: string;
    site: string;
    account: string;
    method: 'card' | 'cashless' | 'cash';
    origin: 'manual' | 'auto' | 'desk';
    amount_minor: number;
    currency: string;
    state: PaymentStateName;
    version: Generated<number>;
    how: 'hosted' | 'saved' | 'cash';
    saved_method: string | null;
    save: Generated<Flag>;
    reference: string | null;
    url: string | null;
    url_expires_at: number | null;
    failure: string | null;
    created_at: number;
    changed_at: number;
    looks: Generated<number>;
    look_at: number | null;
  };
  payment_attempt: {payment: string; number: number; key: string; body_hash: Buffer; created_at: number; sent_at: number | null};
  payment_event: {
    payment: string;
    version: number;
    from_state: PaymentStateName;
    to_state: PaymentStateName;
    source: string;
    evidence: string;
    at: number;
  };
  provider_event: {
    provider: string;
    event: string;
    payment: string | null;
    reference: string | null;
    received_at: number;
    handled_at: number | null;
  };
  top_up_request: {
    request: string;
    site: string;
    account: string;
    amount: number;
    available: number;
    at: number;
    lapses_at: number;
    up_seq: number;
    result: string | null;
  };

  mail: {
    id: string;
    dedupe: string;
    recipient: string;
    language: string;
    template: string;
    data: string;
    created_at: number;
    sent_at: number | null;
    attempts: Generated<number>;
    next_at: number;
    failure: string | null;
    given_up_at: number | null;
  };
};
