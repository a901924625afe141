// A student at a browser, who tops up: signs in, asks for £10, pays on the provider's page by a test card, and comes back.
import {createVisitor, fieldIn} from '../rig/visitor.ts';

export type Payer = {readonly address: string; readonly authority: string; readonly email: string; readonly password: string};

export const GOOD_CARD = '4242 4242 4242 4242';
export const BAD_CARD = '4000 0000 0000 0002';
export const TOP_UP = '10';

/** Throws with what it met instead of the next page. */
export async function topUp({address, authority, email, password}: Payer): Promise<void> {
  const visitor = createVisitor(address, authority);
  try {
    await visitor.signIn(email, password);
    const payment = fieldIn((await visitor.get('/top-up')).text, 'payment') ?? '';
    const {location} = await visitor.post('/top-up', {payment, amount: TOP_UP, other: '', how: 'card'});
    if (location === undefined || location.startsWith('/')) throw new Error(`the portal did not lead to the card page, but to ${location}`);
    const card = new URLSearchParams({number: GOOD_CARD, expiry: '12/34', cvc: '123'});
    const paid = await fetch(location, {method: 'POST', body: card, redirect: 'manual'});
    const back = paid.headers.get('location');
    if (back === null) throw new Error(`the card page answered ${paid.status}`);
    const {pathname, search} = new URL(back);
    await visitor.visit(`${pathname}${search}`);
  } finally {
    visitor.close();
  }
}
