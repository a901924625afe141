// The payment room between real adapters and a clock that is moved by hand. The wire and the providers have clocks of their own:
// real work is waited for, and then the room's next look comes due.
import type {Hint, PaymentMethod, SavedMethod} from '../../cloud/payment/port.ts';
import {openRig, pounds, SITE, STUDENT, type Rig} from '../core/payment/rig.ts';

const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
/** For what a minute sets off on this machine. */
const REAL_MS = 60;

export type Real = {
  readonly card?: PaymentMethod;
  readonly cashless?: PaymentMethod;
  readonly hint?: (raw: Buffer, signature: string | undefined) => Hint;
};

export type FaultBench = {
  readonly rig: Rig;
  /** The one that the test is about. */
  payment: string;
  readonly paySaved: (provider: 'card' | 'cashless', method: SavedMethod) => Promise<void>;
  /** Automatic top-up with that method, and a request of a box for 20.00, which names the payment. */
  readonly askFor: (provider: 'card' | 'cashless', method: SavedMethod) => Promise<void>;
  /** The provider's page of a hosted payment. */
  readonly openPage: (wish?: {readonly save: boolean}) => Promise<string>;
  /** Waits in real time; the room's clock stands still. */
  readonly reach: (state: string) => Promise<void>;
  /** So much time passes for the room, and then it reaches the state. */
  readonly later: (state: string, ms?: number) => Promise<void>;
  /** Minute by minute, until the state is reached. */
  readonly within: (minutes: number, state: string) => Promise<void>;
  /** Credits, the student's balance, what lies in suspense. */
  readonly money: () => Promise<readonly unknown[]>;
  readonly creditedOnce: () => readonly unknown[];
};

export const NOTHING: readonly unknown[] = [[], 0, 0];
let made = 0;

const real = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function openFaults({hint, ...methods}: Real): Promise<FaultBench> {
  made += 1;
  // The card provider is asked for what it has of about now.
  const rig = await openRig({start: Date.now(), real: methods, ...(hint === undefined ? {} : {hint})});
  rig.payments.start();
  const keep = async (provider: 'card' | 'cashless', {customer, token}: SavedMethod): Promise<string> => {
    const id = await rig.saveCard(provider);
    const values = {customer: customer ?? null, token};
    await rig.act(({db}) => db.updateTable('saved_method').set(values).where('id', '=', id).execute());
    return id;
  };
  const wish = () => ({id: bench.payment, site: SITE, account: STUDENT, amount: '10'});
  const bench: FaultBench = {
    rig,
    payment: `fault-${process.pid}-${made}`.padEnd(16, '_'),
    paySaved: async (provider, saved) => {
      const method = await keep(provider, saved);
      await rig.act((tx) => rig.payments.create(tx, {...wish(), how: {kind: 'saved', method}}));
    },
    askFor: async (provider, saved) => {
      await rig.automatic({method: await keep(provider, saved)});
      // As long as the box makes it.
      bench.payment = `request-${process.pid}-${made}`.padEnd(64, '0');
      await rig.ask(bench.payment);
    },
    openPage: async ({save} = {save: false}) => {
      await rig.act((tx) => rig.payments.create(tx, {...wish(), how: {kind: 'hosted', provider: 'card', save}}));
      await bench.reach('action_required');
      const todo = (await rig.payments.timeline(bench.payment))?.todo;
      return todo?.kind === 'open-page' ? todo.url : '';
    },
    reach: async (state) => {
      for (let tries = 0; tries < 400; tries++) {
        await rig.time.pass(0);
        if ((await rig.state(bench.payment)) === state) return;
        await real(10);
      }
      throw new Error(`the payment is ${await rig.state(bench.payment)}, not ${state}`);
    },
    later: async (state, ms = MINUTE) => {
      await rig.time.pass(ms);
      await bench.reach(state);
    },
    within: async (minutes, state) => {
      for (let minute = 0; minute < minutes && (await rig.state(bench.payment)) !== state; minute++) {
        await rig.time.pass(MINUTE);
        await real(REAL_MS);
      }
      await bench.reach(state);
    },
    money: async () => [await rig.topUps(), await rig.balance(STUDENT), await rig.balance('suspense')],
    creditedOnce: () => [[{ref: bench.payment, amount: pounds(10)}], pounds(10), 0],
  };
  return bench;
}
