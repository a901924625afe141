// The provider says paid → the line is open on the switchboard, on real processes: card provider, cloud, box, switchboard.
import {setTimeout as sleep} from 'node:timers/promises';
import {must} from '../../shared/assert/assert.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import type {Resident} from '../rig/hall-seed.ts';
import {fieldIn, textIn, type Visitor} from '../rig/visitor.ts';
import {latencyOf, type Latency} from './measure.ts';

/** They take turns: nobody may begin to pay more than twenty times in a quarter of an hour. */
const STUDENTS = ['Ann', 'Bob', 'Cai', 'Dee'].map((name, index) => ({extension: String(1001 + index), name, opening: 0}));
const PAID = '5';
/** A mobile at 30p a minute: 17 minutes cost more than is paid in, by 10p. */
const SPENDING = '907700900123 1000';
const LOOK_MS = 1;
const PATIENCE_MS = 30_000;

type Person = Resident & {readonly visitor: Visitor};
/** Milliseconds since the provider's page said that it is paid. */
type Moments = {readonly credited: number; readonly onBox: number; readonly open: number};

export async function benchUnlock(cycles: number): Promise<readonly Latency[]> {
  const hall = await startHall(STUDENTS, {card: true});
  try {
    const people: Person[] = [];
    for (const {extension} of STUDENTS) {
      const resident = hall.resident(extension);
      people.push({...resident, visitor: await hall.visitor(resident)});
    }
    const seen: Moments[] = [];
    // The first is thrown away: compilers learn from it.
    for (let cycle = 0; cycle <= cycles; cycle++) {
      const person = must(people[cycle % people.length], 'somebody');
      await until(() => hasState(hall, person, 'barred'));
      await hall.rest();
      const moments = await pay(hall, person);
      if (cycle > 0) seen.push(moments);
      await hall.rest();
      const said = await hall.board.control.ask(`CALL ${person.extension} ${SPENDING}`);
      if (said !== 'made') throw new Error(`the call that spends the money was ${said}`);
    }
    const of = (name: string, ms: (moments: Moments) => number): Latency => latencyOf(name, seen.map(ms));
    return [
      of('payment: provider says paid → line open on the switchboard', ({open}) => open),
      of('  provider says paid → credit committed in the cloud', ({credited}) => credited),
      of('  → credit committed on the box', ({credited, onBox}) => onBox - credited),
      of('  → line open on the switchboard', ({onBox, open}) => open - onBox),
    ];
  } finally {
    await hall.end();
  }
}

/** As a browser does; but it does not come back to our page, which would look at the payment: the provider's word alone counts. */
async function pay(hall: Hall, person: Person): Promise<Moments> {
  const {account, visitor} = person;
  const payment = must(fieldIn((await visitor.get('/top-up')).text, 'payment'), 'number of the payment');
  const {location, text} = await visitor.post('/top-up', {payment, amount: PAID, other: '', how: 'card'});
  if (location === undefined) throw new Error(`the payment was not made: ${textIn(text)}`);
  const body = new URLSearchParams({number: '4242 4242 4242 4242', expiry: '12/34', cvc: '123'});
  const before = hall.balance(account);
  const {status} = await fetch(location, {method: 'POST', body, redirect: 'manual'});
  const paidAt = performance.now();
  if (status !== 303) throw new Error(`the provider’s page answered with ${status}`);
  const since = (): number => performance.now() - paidAt;
  await until(() => hall.balance(account).cloud > before.cloud);
  const credited = since();
  await until(() => hall.balance(account).box > before.box);
  const onBox = since();
  await until(() => hasState(hall, person, 'open'));
  return {credited, onBox, open: since()};
}

async function hasState(hall: Hall, {extension}: Person, state: 'open' | 'barred'): Promise<boolean> {
  return (await hall.board.control.ask(`STATE ${extension}`)).startsWith(state);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await holds()); await sleep(LOOK_MS)) {
    if (performance.now() > end) throw new Error(`after ${PATIENCE_MS / 1000} s it has not come to pass`);
  }
}
