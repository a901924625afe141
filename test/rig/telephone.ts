// A student at a small telephone: Chromium on the portal of a hall and on the page of its card provider, used as a thumb would.
import {setTimeout as sleep} from 'node:timers/promises';
import type {Browser, BrowserContext, Page} from 'playwright-core';
import {PASSWORD, type Resident} from './hall-seed.ts';
import {textIn} from './visitor.ts';

export type Telephone = {
  readonly page: Page;
  /** What stands on a page of the portal, in one line. */
  readonly read: (path: string) => Promise<string>;
  /** What stands on the page that is shown. */
  readonly says: () => Promise<string>;
  /** Resolves with what the page says when it says so, of itself. */
  readonly shows: (text: string, withinMs?: number) => Promise<string>;
  /** Fills the form for a top-up: one of the picks, or whatever is typed; by a card that is typed at the provider. */
  readonly wish: (amount: string) => Promise<void>;
  /** Presses Pay, once or more, and waits for the page that comes. */
  readonly press: (times?: number) => Promise<void>;
  /** On the page of the provider. Resolves with the machine's time when the provider had answered. */
  readonly payWith: (card: string) => Promise<number>;
  /** As before, but the line breaks before the answer is there: nobody comes back. Resolves with the machine's time. */
  readonly payAndVanish: (card: string) => Promise<number>;
  /** Presses what is called so, and waits for the page that comes. */
  readonly tap: (name: string) => Promise<void>;
  /** Another tab of the same browser. */
  readonly tab: () => Promise<Telephone>;
  /** Closes the browser. */
  readonly close: () => Promise<void>;
};

const PICKS = ['5', '10', '20'];
const SUBMIT = 'main button[type="submit"]';
const SHOWN_MS = 20_000;
const LOOK_MS = 50;

/** Signed in. */
export async function openTelephone(browser: Browser, address: string, {email}: Resident): Promise<Telephone> {
  const context = await browser.newContext({
    viewport: {width: 360, height: 780},
    locale: 'en-GB',
    reducedMotion: 'reduce',
    // The hall's authority is a minute old, and in no browser.
    ignoreHTTPSErrors: true,
  });
  const page = await context.newPage();
  await page.goto(`${address}/sign-in`);
  await page.fill('#email', email);
  await page.fill('#password', PASSWORD);
  await page.click(SUBMIT);
  await page.waitForSelector('.standing');
  return telephoneOn(context, page, address);
}

function telephoneOn(context: BrowserContext, page: Page, address: string): Telephone {
  const says = async (): Promise<string> => textIn(await page.innerHTML('main'));
  const onward = async (act: () => Promise<void>): Promise<void> => void (await Promise.all([page.waitForNavigation(), act()]));
  const typeCard = async (card: string): Promise<void> => {
    await page.fill('#number', card);
    await page.fill('#expiry', '12 / 34');
    await page.fill('#cvc', '123');
  };
  const pay = (): Promise<void> => page.click('button[value="pay"]', {noWaitAfter: true});
  return {
    page,
    says,
    read: async (path) => {
      await page.goto(address + path);
      return says();
    },
    shows: async (text, withinMs = SHOWN_MS) => {
      const until = performance.now() + withinMs;
      for (;;) {
        // A page that is just leaving has no words.
        const said = await says().catch(() => '');
        if (said.includes(text)) return said;
        if (performance.now() > until) throw new Error(`${page.url()} does not say “${text}” but: ${said}`);
        await sleep(LOOK_MS);
      }
    },
    wish: async (amount) => {
      await page.goto(`${address}/top-up`);
      if (PICKS.includes(amount)) await page.check(`input[name="amount"][value="${amount}"]`);
      else {
        await page.check('#amount-other');
        await page.fill('#other', amount);
      }
      await page.check('input[name="how"][value="card"]');
    },
    press: (times = 1) => onward(() => page.click(SUBMIT, {clickCount: times, noWaitAfter: true})),
    payWith: async (card) => {
      await typeCard(card);
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await pay();
      await answered;
      const at = Date.now();
      await page.waitForLoadState();
      return at;
    },
    payAndVanish: async (card) => {
      await typeCard(card);
      const failed = page.waitForEvent('requestfailed', (request) => request.method() === 'POST');
      await pay();
      await failed;
      await context.close();
      return Date.now();
    },
    tap: (name) => onward(() => page.locator(`main a:has-text("${name}"), main button:has-text("${name}")`).first().click()),
    tab: async () => telephoneOn(context, await context.newPage(), address),
    close: () => context.close(),
  };
}
