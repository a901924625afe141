// The facts that travel between cloud and box, by kind and version. A reader lives as long as rows of its version do.
// Amounts are whole micros; times are milliseconds UTC; intervals are half-open [from, to).
import {z} from 'zod';
import {TRANSFER_CODES} from '../journal/transfer.ts';
import {LONGEST_CALL_SECONDS} from '../tariff/price.ts';

const micros = z.int();
const instant = z.int();
const id = z.string().min(1).max(200);
const extension = z.string().regex(/^[0-9A-Za-z_-]{1,32}$/, 'letters, digits, _ and - only');
const dialled = z.string().regex(/^[0-9*#]{1,20}$/, 'digits, * and # only');
const dialPattern = z.string().regex(/^[0-9*#x]{1,20}$/, 'digits, * and # only; x is any digit');
const tariffHash = z.string().regex(/^[0-9a-f]{64}$/);

/** In what a free allowance is counted. */
const ALLOWANCE_UNITS = ['seconds', 'micros'] as const;

/** Of one row: it is posted in one transaction of the box's main thread. */
export const MOST_ADJUSTED = 100;

/** Of a schedule: two a month for forty years. */
export const MOST_ENTRIES = 1_000;
const scheduleEntries = z.array(z.object({from: instant, tariff: tariffHash})).max(MOST_ENTRIES);

/** Automatic top-up as the student set it: asked for below `threshold`, enough to reach `target`. */
const automaticTopUp = z.object({threshold: micros, target: micros});

/** More than so many minutes, or calls, of a line and its payer that began within 24 hours and wait: staff are told. */
const unbillableLimits = z.object({
  minutes: z.int().min(1).max(1_440),
  calls: z.int().min(1).max(1_000),
  /** And the line is locked. */
  locks: z.boolean(),
});
export type UnbillableLimits = z.infer<typeof unbillableLimits>;
/** Of a site whose rules name none: a call that cannot be priced is seldom its caller's fault. */
export const UNBILLABLE_LIMITS: UnbillableLimits = {minutes: 30, calls: 5, locks: false};

/** How telephones of the site dial. What came later is optional: older rows read as before. */
const dialPlan = z.object({
  /** Dialled before an external number, such as `9`; empty if none. */
  outsideLine: z.string().regex(/^[0-9*#]{0,4}$/),
  /** Added to numbers dialled without a national prefix, such as `20`; empty if local dialling is not possible. */
  areaCode: z.string().regex(/^[0-9]{0,8}$/),
  nationalPrefix: z.string().regex(/^[0-9]{0,4}$/),
  internationalPrefixes: z.array(z.string().regex(/^[0-9]{1,6}$/)).max(10),
  /** How long an internal number is at most. */
  extensionDigits: z.int().min(1).max(12),
  /** How long numbers dialled without area code are; by default as long as the country's numbers allow. */
  localLengths: z.array(z.int().min(1).max(12)).min(1).max(12).optional(),
  /** Dialled before a number to choose the carrier, such as `1010xxx`. */
  carrierCodes: z.array(dialPattern).max(50).optional(),
  /** Beside the country's own (141, 1470, *67 …): withhold or show one's number. */
  supplementaryPrefixes: z
    .array(z.string().regex(/^[0-9*#]{1,8}$/))
    .max(20)
    .optional(),
  /** Codes of the switchboard: a speed dial stands for `number`, dialled as behind the outside line; without it, for a call inside. */
  shortCodes: z
    .array(
      z.object({
        code: dialPattern,
        number: z
          .string()
          .regex(/^\+?[0-9*#]{1,20}$/)
          .optional(),
      }),
    )
    .max(500)
    .optional(),
  /** Who pays, dialled with the number: `*81234#0207…` has lead `*8`, length 4, separator `#`. The codes are the accounts'. */
  accountCodes: z
    .object({
      position: z.enum(['before', 'after']),
      lead: z.string().regex(/^[0-9*#]{0,6}$/),
      length: z.int().min(1).max(12),
      separator: z.string().regex(/^[*#]{1,2}$/, 'one or two of * and #'),
    })
    .optional(),
});

/** What the cloud writes. */
export const DOWN_BODIES = {
  /** A student or another payer. Never e-mail or postal address. */
  account: z.object({
    account: id,
    currency: z.string().regex(/^[A-Z]{3}$/),
    language: z.string().max(35),
    name: z.string().max(100).optional(),
    automaticTopUp: automaticTopUp.optional(),
    /** Codes that make this account pay for the call they are dialled with, from when to when. Whole: they replace those before. */
    accountCodes: z
      .array(z.object({code: z.string().min(1).max(32), from: instant, to: instant.optional()}))
      .max(100)
      .optional(),
    closed: z.boolean(),
  }),
  /** A telephone line of the site. `staff`, `lift` and `emergency` are never locked. */
  extension: z.object({extension, class: z.enum(['student', 'staff', 'lift', 'emergency'])}),
  /** Who pays for a line from when to when. A line without one is vacant. */
  tenancy: z.object({tenancy: id, extension, account: id, from: instant, to: instant.optional()}),
  /** The rules of the site, whole: the newest row replaces the one before. */
  policy: z.object({
    mode: z.enum(['watch', 'bill', 'bill-and-lock']),
    country: z.string().regex(/^[A-Z]{2}$/),
    zone: z.string().max(60),
    currency: z.string().regex(/^[A-Z]{3}$/),
    dialPlan,
    /** Besides the country's emergency numbers: security, porter, helplines. */
    alwaysOpen: z.array(dialled).max(50),
    /** Taken off calls whose answer the switchboard does not report: they are timed from seizure. */
    answerAllowanceSeconds: z.int().min(0).max(120),
    /** At or below: locked. Zero or a fixed offline credit (negative). */
    floor: micros.max(0),
    /** Without automatic top-up: warned when the balance falls below. */
    warnBelow: micros,
    /** A refused automatic top-up locks at once, or only at the floor. */
    refusedLocks: z.enum(['at-once', 'at-floor']),
    catchAll: z.enum(['unbillable', 'bill']),
    /** A dearer or longer call is `price-implausible` or `duration-implausible`: a person looks at it first. */
    dearestCall: micros.positive(),
    longestCallHours: z
      .int()
      .min(1)
      .max(LONGEST_CALL_SECONDS / 3_600),
    backBillingDays: z.int().min(1).max(400),
    /** More lines than max(lines, percent of all) newly due to lock within the minutes: a person looks first. */
    brake: z.object({lines: z.int().min(1), percent: z.int().min(1).max(100), minutes: z.int().min(1)}),
    /** By default {@link UNBILLABLE_LIMITS}. */
    unbillable: unbillableLimits.optional(),
  }),
  /** An immutable tariff, known by the SHA-256 of its canonical text. */
  tariff: z.object({hash: tariffHash, text: z.string()}),
  /**
   * The whole schedule, oldest first; replaces the one before. `carrier`: by which tariffs the carrier charges the house for the
   * same calls, where somebody wants to know it.
   */
  schedule: z.object({
    entries: scheduleEntries.min(1),
    carrier: scheduleEntries.optional(),
  }),
  /**
   * Calls that cost nothing, so much in each period. Whole: it replaces the row before with the same id. Periods are those of the
   * site's zone; `once` is the whole interval from `from` on.
   */
  allowance: z.object({
    allowance: id,
    /** Whose; without it each student of the site has one of his own. */
    account: id.optional(),
    name: z.string().min(1).max(100),
    unit: z.enum(ALLOWANCE_UNITS),
    /** Seconds that are billed, or micros of what the student would pay. */
    amount: z.int().positive(),
    period: z.enum(['day', 'week', 'month', 'once']),
    /** As the tariff names them; none: whatever is dialled out and has a price. */
    destinations: z.array(z.string().min(1).max(100)).max(500),
    from: instant,
    to: instant.optional(),
  }),
  /** Money that the cloud knows of: a payment, a refund, an adjustment. */
  credit: z.object({
    code: z.enum(TRANSFER_CODES),
    ref: id,
    debit: id,
    credit: id,
    amount: micros.positive(),
    currency: z.string().regex(/^[A-Z]{3}$/),
    at: instant,
  }),
  /**
   * Differences of calls that have their price, as a person approved them: each posts CALL_ADJ under `call:n`. Above zero the
   * account pays more, below zero it gets back; `tax` is part of the amount and has its sign.
   */
  adjustment: z.object({
    proposal: id,
    entries: z
      .array(z.object({call: z.string().regex(/^[0-9a-f]{64}$/), n: z.int().min(1), account: id, amount: micros, tax: micros}))
      .min(1)
      .max(MOST_ADJUSTED),
    currency: z.string().regex(/^[A-Z]{3}$/),
    at: instant,
  }),
  /** How a top-up that the box asked for ended. Money, if any, comes as `credit`. */
  'top-up-result': z.object({
    request: id,
    account: id,
    result: z.enum(['paid', 'refused', 'needs-student', 'deferred', 'not-needed', 'unknown']),
    until: instant.optional(),
  }),
  /** Staff lock a line, or open it with a reason, an end and a money limit; `end` takes it back. */
  override: z.object({
    extension,
    act: z.enum(['lock', 'unlock', 'end']),
    reason: z.string().min(1).max(500),
    by: z.string().max(100),
    expires: instant.optional(),
    limit: micros.optional(),
  }),
  /** What staff ask to be done with a call that waits as unbillable. The box alone does it, or says that it was done already. */
  resolution: z
    .object({
      call: z.string().regex(/^[0-9a-f]{64}$/),
      act: z.enum(['bill', 'write-off']),
      /** What the payer pays; `tax` is part of it. */
      amount: micros.positive().optional(),
      tax: micros.min(0).optional(),
      destination: z.string().max(100).optional(),
      /** By default whoever pays by the rules of the site. */
      payer: id.optional(),
      by: z.string().max(100),
      reason: z.string().min(1).max(500),
    })
    .refine(({act, amount}) => (act === 'bill') === (amount !== undefined), 'an amount belongs to a bill, and to nothing else')
    .refine(({amount = 0, tax = 0}) => tax <= amount, 'the tax is part of the amount'),
} as const;

export type DownKind = keyof typeof DOWN_BODIES;
export type DownBody<K extends DownKind> = z.infer<(typeof DOWN_BODIES)[K]>;
export type Policy = DownBody<'policy'>;

/** The versions of each kind that this build reads. */
export const READS: Readonly<Record<DownKind, readonly number[]>> = {
  account: [1],
  extension: [1],
  tenancy: [1],
  policy: [1],
  tariff: [1],
  schedule: [1],
  allowance: [1],
  adjustment: [1],
  credit: [1],
  'top-up-result': [1],
  override: [1],
  resolution: [1],
};

/** A fact for the box, in the shape of its kind. `id`: the same fact has the same id whenever it is written. */
export type DownFact = {[K in DownKind]: {readonly kind: K; readonly id: string; readonly body: DownBody<K>}}[DownKind];
