// The rows of what was granted, drafted, re-rated. Units are those of schema.ts.
export type PricingTables = {
  allowance: {
    site: string;
    id: string;
    account: string | null;
    name: string;
    unit: 'seconds' | 'micros';
    amount: number;
    period: 'day' | 'week' | 'month' | 'once';
    destinations: string;
    from_at: number;
    to_at: number | null;
  };
  allowance_use: {
    site: string;
    up_seq: number;
    allowance: string;
    account: string;
    period_start: number;
    started_at: number;
    unit: 'seconds' | 'micros';
    used: number;
  };
  call_cost: {site: string; up_seq: number; started_at: number; net: number | null; tax: number | null; unknown: string | null};
  tariff_draft: {
    id: string;
    site: string;
    role: 'student' | 'carrier';
    hash: string;
    note: string;
    by: string;
    at: number;
    ended: 'published' | 'discarded' | null;
    ended_by: string | null;
    ended_at: number | null;
  };
  schedule_version: {
    site: string;
    down_seq: number;
    by: string | null;
    act: 'publish' | 'roll-back' | 'add-range' | 'create';
    body: string;
    at: number;
  };
  tariff_late: {site: string; call_seq: number; priced_by: string; due: string};
  rerating: {
    id: string;
    site: string;
    cause: 'tariff' | 'tariff-late' | 'move';
    wish: string;
    hash: string;
    calls: number;
    more: number;
    less: number;
    reason: string;
    by: string;
    at: number;
    decision: 'approved' | 'refused' | 'overtaken' | null;
    decided_by: string | null;
    decided_at: number | null;
  };
  rerating_line: {
    rerating: string;
    call_seq: number;
    account: string;
    was: number;
    was_tax: number;
    due: number;
    due_tax: number;
    working: string | null;
  };
  call_adjustment: {
    site: string;
    call_seq: number;
    n: number;
    ref: string;
    rerating: string;
    account: string;
    amount: number;
    tax: number;
    working: string | null;
    down_seq: number;
    at: number;
  };
  /** A range that staff added, or that waits for a second person. */
  range_addition: {
    id: string;
    site: string;
    prefix: string;
    wish: string;
    hash: string;
    schedule: string;
    calls: number;
    total: number;
    is_dear: 0 | 1;
    by: string;
    at: number;
    decision: 'published' | 'refused' | null;
    decided_by: string | null;
    decided_at: number | null;
    down_seq: number | null;
  };
  range_addition_call: {addition: string; site: string; call_seq: number; amount: number};
};
