// The provider's own pages: the form for the card, and the bank's question. Plain HTML that works without script.
import type {PaymentIntent, Session} from './objects.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#16202c;--paper:#fff;--quiet:#56616e;--line:#8a95a1;--act:#1f4bb8;--bad:#a3121f;--ground:#eef1f5}
@media (prefers-color-scheme:dark){:root{--ink:#eef1f5;--paper:#1b222b;--quiet:#b3bdc9;--line:#7d8894;--act:#8fb0ff;--bad:#ff9aa2;--ground:#11161c}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:26rem;margin:2rem auto;padding:1.5rem;background:var(--paper);border-radius:.75rem}
@media (max-width:30rem){main{margin:0;min-height:100vh;border-radius:0}}
h1{font-size:1.125rem;margin:0}.sum{font-size:2rem;font-weight:600;margin:.25rem 0 1.25rem;font-variant-numeric:tabular-nums}
label{display:block;font-weight:600;margin:1rem 0 .25rem}input{width:100%;font:inherit;padding:.65rem;border:1px solid var(--line);border-radius:.4rem;background:transparent;color:inherit}
.two{display:grid;grid-template-columns:1fr 1fr;gap:1rem}button{width:100%;font:inherit;font-weight:600;padding:.75rem;margin-top:1rem;border-radius:.4rem;border:1px solid var(--act);cursor:pointer}
.first{background:var(--act);color:var(--paper)}.second{background:transparent;color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}.bad{color:var(--bad);border-left:4px solid;padding-left:.75rem}.quiet{color:var(--quiet);font-size:.875rem}`;

const escapes: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (each) => escapes[each] ?? '');
}

function money(minor: number, currency: string): string {
  return new Intl.NumberFormat('en-GB', {style: 'currency', currency: currency.toUpperCase()}).format(minor / 100);
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main>${body}
<p class="quiet">A simulated card provider. No money moves; use a test card such as 4242 4242 4242 4242.</p>
</main></body></html>
`;
}

function notice(why: string | undefined): string {
  return why === undefined ? '' : `<p class="bad" role="alert">${escaped(why)}</p>`;
}

export function checkoutPage(session: Session, product: string, why: string | undefined): string {
  const sum = money(session.amount_total, session.currency);
  return document(
    `Pay ${sum}`,
    `<h1>${escaped(product)}</h1><p class="sum">${escaped(sum)}</p>${notice(why)}
<form method="post" action="/c/pay/${session.id}">
<label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="cc-number" required placeholder="1234 1234 1234 1234">
<div class="two"><div><label for="expiry">Expiry</label>
<input id="expiry" name="expiry" inputmode="numeric" autocomplete="cc-exp" required placeholder="MM / YY"></div>
<div><label for="cvc">CVC</label><input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc" required placeholder="123"></div></div>
<button class="first" name="act" value="pay">Pay ${escaped(sum)}</button>
<button class="second" name="act" value="cancel" formnovalidate>Cancel</button>
</form>`,
  );
}

export function challengePage(intent: PaymentIntent): string {
  const sum = money(intent.amount, intent.currency);
  return document(
    'Is this you?',
    `<h1>Your bank asks: is this you?</h1><p class="sum">${escaped(sum)}</p>
<form method="post" action="/3d-secure/${intent.id}">
<button class="first" name="act" value="authenticate">Yes, authenticate</button>
<button class="second" name="act" value="refuse">No, refuse</button>
</form>`,
  );
}

export function lastPage(title: string, text: string): string {
  return document(title, `<h1>${escaped(title)}</h1><p>${escaped(text)}</p>`);
}
