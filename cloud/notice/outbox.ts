// Mail that the rooms ask for, in the transaction of what it tells of; then sent, one at a time, until the server has taken it.
// In: a template, its data, a recipient, a key of the event. Out: mail; its state in the row.
// Never true: a mail about what was rolled back; two for one event, but for a crash between the server's word and ours (they
// bear one Message-ID); a link kept after it was sent; a mail that is lost without a trace.
import {createHash} from 'node:crypto';
import {assert} from '../../shared/assert/assert.ts';
import {Failure} from '../../shared/failure/failure.ts';
import type {Log} from '../../shared/log/log.ts';
import {aborted, backOffMs, pause} from '../../shared/time/back-off.ts';
import {instant, later, type Clock, type Instant, type Random, type Timers} from '../../shared/time/instant.ts';
import type {Reader, Store, Tx} from '../store/open.ts';
import {isTemplate, render, TEMPLATES, type TemplateData, type TemplateName} from './templates.ts';
import type {Delivery, Transport} from './transport.ts';

export type Notice<Name extends TemplateName = TemplateName> = {
  /** Names the event for ever, such as `payment-succeeded:01J…`: a second of the same is not mailed. */
  readonly dedupe: string;
  readonly recipient: string;
  readonly language: string;
  readonly template: Name;
  readonly data: TemplateData<Name>;
};

export type OutboxLook = {
  readonly waiting: number;
  readonly oldestWaitingAt: Instant | undefined;
  readonly givenUp: readonly {readonly id: string; readonly template: string; readonly at: Instant; readonly why: string}[];
  /** Why nothing can be sent at all at present. */
  readonly trouble: string | undefined;
};

export type Outbox = {
  /** In the caller's transaction; sent after its commit. False: this event has its mail already. Throws for data that are not the template's. */
  readonly enqueue: <Name extends TemplateName>(tx: Tx, notice: Notice<Name>) => Promise<boolean>;
  /** Sends what is due until told to stop. */
  readonly run: (stop: AbortSignal) => Promise<void>;
  /** Something may be due. */
  readonly wake: () => void;
  /** For the desk. */
  readonly look: () => Promise<OutboxLook>;
};

export type OutboxGiven = {
  readonly store: Store;
  /** Undefined: mail waits until there is a server. */
  readonly transport: Transport | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
};

const HOUR_MS = 60 * 60_000;
/** As long as mail servers themselves go on trying (RFC 5321, 4.5.4.1: at least 4–5 days; our links live a day). */
const GIVE_UP_AFTER_MS = 72 * HOUR_MS;
/** A server that answers "later" (grey listing) means minutes. */
const PATIENT_AFTER = 5;
const PATIENCE = 15;
/** Found without a wake: written by another process, or its time has come. */
const LOOK_EVERY_MS = 60_000;
/** No try is put off longer: a row that says so was written before the clock was set back. */
const FARTHEST_MS = PATIENCE * 60_000;
const GIVEN_UP_SHOWN = 50;
/** The process ends within 5 s of being told to; a mail whose fate is not known by then goes again, with the same Message-ID. */
const GRACE_MS = 3_000;

export function createOutbox(given: OutboxGiven): Outbox {
  const {store, clock, transport} = given;
  let wakeUp = (): void => undefined;
  const wake = (): void => wakeUp();
  const state: State = {outcome: undefined, failures: 0, trouble: transport === undefined ? 'no mail server is configured' : undefined};
  return {
    wake,
    enqueue: async (tx, notice) => {
      const isNew = await insert(tx, notice, clock.now());
      if (isNew) tx.after(wake);
      return isNew;
    },
    run: async (stop) => {
      // Whoever runs us ends everything when we do.
      if (transport === undefined) return aborted(stop);
      while (!stop.aborted) {
        const waker = new AbortController();
        // Set before the look: what comes while it looks is not missed.
        wakeUp = () => waker.abort();
        const waitMs = await step({...given, transport, stop}, state);
        if (waitMs > 0) await pause(waitMs, given.timers, state.failures > 0 ? stop : AbortSignal.any([waker.signal, stop]));
      }
    },
    look: () => lookAt(store.reading, state.trouble),
  };
}

/** What the server said, until it is written down: the disk may refuse, and the mail must not go again for that. */
type Outcome = {readonly mail: Due; readonly delivery: Delivery};
type Running = OutboxGiven & {readonly transport: Transport; readonly stop: AbortSignal};
type State = {outcome: Outcome | undefined; failures: number; trouble: string | undefined};

type Due = {
  readonly id: string;
  readonly recipient: string;
  readonly language: string;
  readonly template: string;
  readonly data: string;
  readonly created_at: number;
  readonly attempts: number;
};

/** Sends one mail, if one is due, and writes down what became of it. Returns how long to wait before the next look. */
async function step(given: Running, state: State): Promise<number> {
  const {store, clock, random, log} = given;
  try {
    if (state.outcome === undefined) {
      const mail = await firstDue(store.reading, clock.now());
      if (mail === undefined) return await untilNext(store.reading, clock.now());
      const delivery = await withGrace(deliver(given.transport, mail), given);
      if (delivery === 'stopped') return 0;
      state.outcome = {mail, delivery};
    }
    const {mail, delivery} = state.outcome;
    await writeDown(given, mail, delivery);
    state.outcome = undefined;
    const isDown = delivery.kind === 'later' && delivery.all;
    state.failures = isDown ? state.failures + 1 : 0;
    state.trouble = isDown ? delivery.why : undefined;
    return isDown ? backOffMs(state.failures - 1, random) : 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log.error('the outbox cannot be read or written', {why: error.message});
    state.failures += 1;
    state.trouble = error.message;
    return backOffMs(state.failures - 1, random);
  }
}

/** What became of it; `stopped` if that is not known so long after we were told to stop. */
function withGrace(sent: Promise<Delivery>, {stop, timers}: Running): Promise<Delivery | 'stopped'> {
  return new Promise((resolve, reject) => {
    let cancel = (): void => undefined;
    const onStop = (): void => {
      cancel = timers.after(GRACE_MS, () => resolve('stopped'));
    };
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop, {once: true});
    void sent.then(resolve, reject).finally(() => {
      cancel();
      stop.removeEventListener('abort', onStop);
    });
  });
}

async function insert(tx: Tx, notice: Notice, now: Instant): Promise<boolean> {
  const {dedupe, recipient, language, template} = notice;
  const data = JSON.stringify(TEMPLATES[template].parse(notice.data));
  const row = {id: idOf(dedupe), dedupe, recipient, language, template, data, created_at: now, next_at: now};
  const {numInsertedOrUpdatedRows} = await tx.db
    .insertInto('mail')
    .values(row)
    .onConflict((conflict) => conflict.column('dedupe').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** The same event has the same Message-ID, over any restore. */
function idOf(dedupe: string): string {
  return createHash('sha256').update(`mail ${dedupe}`).digest('hex').slice(0, 32);
}

function firstDue(reader: Reader, now: Instant): Promise<Due | undefined> {
  return reader
    .selectFrom('mail')
    .select(['id', 'recipient', 'language', 'template', 'data', 'created_at', 'attempts'])
    .where('sent_at', 'is', null)
    .where('given_up_at', 'is', null)
    .where((each) => each.or([each('next_at', '<=', now), each('next_at', '>', later(now, FARTHEST_MS))]))
    .orderBy('next_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

async function untilNext(reader: Reader, now: Instant): Promise<number> {
  const next = await waiting(reader)
    .select(({fn}) => fn.min('next_at').as('at'))
    .executeTakeFirst();
  return Math.max(1, Math.min(LOOK_EVERY_MS, (next?.at ?? Infinity) - now));
}

function waiting(reader: Reader) {
  return reader.selectFrom('mail').where('sent_at', 'is', null).where('given_up_at', 'is', null);
}

function deliver(transport: Transport, {id, recipient, language, template, data}: Due): Promise<Delivery> {
  // Written by an older or a newer release.
  if (!isTemplate(template)) return Promise.resolve({kind: 'refused', why: `there is no template ${template}`});
  const read = TEMPLATES[template].safeParse(jsonOf(data));
  if (!read.success) return Promise.resolve({kind: 'refused', why: `its data are not those of ${template}`});
  return transport.send({id, to: recipient, ...render(template, read.data, language)});
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeDown({store, clock, random, log}: OutboxGiven, mail: Due, delivery: Delivery): Promise<void> {
  const now = clock.now();
  const {id, template} = mail;
  const attempts = mail.attempts + 1;
  const change = changeAfter(mail, delivery, now, random);
  await store.transact(async ({db}) => {
    const {numUpdatedRows} = await db
      .updateTable('mail')
      .set({...change, attempts})
      .where('id', '=', id)
      .executeTakeFirst();
    assert(numUpdatedRows === 1n, 'a mail that was sent has its row');
  });
  if (change.given_up_at !== undefined) log.error('a mail was given up', {id, template, attempts, why: change.failure ?? ''});
  else if (delivery.kind === 'later') log.warn('a mail could not be sent yet', {id, template, attempts, why: delivery.why});
  else log.info('a mail was sent', {id, template, attempts});
}

type Change = {sent_at?: number; given_up_at?: number; next_at?: number; failure: string | null; data?: string};

function changeAfter(mail: Due, delivery: Delivery, now: Instant, random: Random): Change {
  // A link that was sent, or never will be, is not kept: it opens an account.
  const over = {data: '{}'};
  switch (delivery.kind) {
    case 'sent':
      return {...over, sent_at: now, failure: null};
    case 'refused':
      return {...over, given_up_at: now, failure: delivery.why};
    case 'later': {
      if (now - mail.created_at >= GIVE_UP_AFTER_MS) return {...over, given_up_at: now, failure: delivery.why};
      // Last in the line, but ready as soon as the server is.
      if (delivery.all) return {next_at: now, failure: delivery.why};
      const waitMs = backOffMs(mail.attempts, random) * (mail.attempts >= PATIENT_AFTER ? PATIENCE : 1);
      return {next_at: later(now, Math.min(waitMs, FARTHEST_MS)), failure: delivery.why};
    }
  }
}

async function lookAt(reader: Reader, trouble: string | undefined): Promise<OutboxLook> {
  const [count, givenUp] = await Promise.all([
    waiting(reader)
      .select(({fn}) => [fn.countAll<number>().as('mails'), fn.min('created_at').as('oldest')])
      .executeTakeFirstOrThrow(),
    reader
      .selectFrom('mail')
      .select(['id', 'template', 'given_up_at', 'failure'])
      .where('given_up_at', 'is not', null)
      .orderBy('given_up_at', 'desc')
      .limit(GIVEN_UP_SHOWN)
      .execute(),
  ]);
  const {mails, oldest} = count;
  return {
    waiting: mails,
    // `min` of no rows is null, whatever its type says.
    oldestWaitingAt: mails === 0 ? undefined : instant(oldest),
    givenUp: givenUp.map(({id, template, given_up_at: at, failure}) => ({id, template, at: instant(at ?? 0), why: failure ?? ''})),
    trouble,
  };
}
