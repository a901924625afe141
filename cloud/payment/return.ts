// The page to which a provider sends the browser back. In: a payment's id that anybody may have typed. Out: a look, then our own page.
// Never true: money moved because a browser came here.
import type {MachineRoute} from '../web/route.ts';
import {pagePath} from './mail.ts';

/** Letters that are safe in an address and in HTML. */
const ID = /^[0-9A-Za-z_-]{1,64}$/;

export function createReturnRoute(lookNow: (payment: string, source: 'return') => Promise<void>): MachineRoute {
  return {
    path: '/paid/:part',
    method: 'GET',
    act: async ({part}) => {
      if (!ID.test(part)) return {status: 404, text: 'no such payment\n'};
      await lookNow(part, 'return');
      return {status: 200, type: 'text/html; charset=utf-8', text: forwarding(pagePath(part))};
    },
  };
}

/** Not a redirect: a browser that comes from another site shows its strict cookie only to a page that ours sends it to. */
function forwarding(to: string): string {
  return `<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${to}">
<meta name="viewport" content="width=device-width"><title>Your payment</title></head>
<body><p><a href="${to}">See your payment</a></p></body></html>
`;
}
