// Webhooks by somebody's own hand, on the real address of a hall's cloud: as the card provider sends them, or as a forger does.
import {createHmac} from 'node:crypto';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import type {IncomingMessage} from 'node:http';
import {request} from 'node:https';
import {cloudFolder} from './cloud.ts';
import {authorityPath} from './hall-seed.ts';
import type {Hall} from './hall.ts';

/** `t=…,v1=…`, as the provider signs. */
export function signatureOf(body: string, secret: string, at = Date.now()): string {
  const seconds = Math.floor(at / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Resolves with the status of the answer. */
export async function postWebhook(hall: Hall, body: string, signature: string | undefined): Promise<number> {
  const {hostname, port} = new URL(hall.cloud.address);
  const asking = request({
    hostname,
    port,
    method: 'POST',
    path: '/hooks/card',
    ca: readFileSync(authorityPath(cloudFolder(hall.folder))),
    headers: {'content-type': 'application/json; charset=utf-8', ...(signature === undefined ? {} : {'stripe-signature': signature})},
  });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode ?? 0;
}

export type Claim = {readonly payment: string; readonly amount: number; readonly livemode?: boolean};

/** An event that says that a payment was made. */
export function claimOf({payment, amount, livemode = false}: Claim): string {
  const session = {id: 'cs_test_forged', object: 'checkout.session', status: 'complete', payment_status: 'paid', amount_total: amount};
  const object = {...session, currency: 'gbp', livemode, metadata: {payment}};
  return JSON.stringify({id: `evt_forged_${payment}`, object: 'event', type: 'checkout.session.completed', livemode, data: {object}});
}
