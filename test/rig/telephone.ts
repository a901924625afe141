// A student at a small telephone: Chromium on the portal of a hall and on the page of its card provider, used as a thumb would.
import type {Browser, Page} from 'playwright-core';
import {PASSWORD, type Resident} from './hall-seed.ts';
import {textIn} from './visitor.ts';

export type Telephone = {
  readonly page: Page;
  /** What stands on a page of the portal, in one line. */
  readonly read: (path: string) => Promise<string>;
  /** What stands on the page that is shown. */
  readonly says: () => Promise<string>;
  /** Fills the form for a top-up: one of the picks, or whatever is typed; by a card that is typed at the provider. */
  readonly wish: (amount: string) => Promise<void>;
  /** Presses Pay, and waits for the page that comes. */
  readonly press: () => Promise<void>;
  /** On the page of the provider. Resolves with the machine's time when the provider had answered. */
  readonly payWith: (card: string) => Promise<number>;
  /** Presses what is called so, wherever it leads. */
  readonly tap: (name: string) => Promise<void>;
  /** All of it, as by the battery. */
  readonly close: () => Promise<void>;
};

const PICKS = ['5', '10', '20'];
const PAY = 'main button[type="submit"]';

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
  const says = async (): Promise<string> => textIn(await page.innerHTML('main'));
  await page.goto(`${address}/sign-in`);
  await page.fill('#email', email);
  await page.fill('#password', PASSWORD);
  await page.click(PAY);
  await page.waitForSelector('.standing');
  return {
    page,
    says,
    read: async (path) => {
      await page.goto(address + path);
      return says();
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
    press: async () => {
      await Promise.all([page.waitForNavigation(), page.click(PAY)]);
    },
    payWith: async (card) => {
      await page.fill('#number', card);
      await page.fill('#expiry', '12 / 34');
      await page.fill('#cvc', '123');
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.click('button[value="pay"]', {noWaitAfter: true});
      await answered;
      return Date.now();
    },
    tap: async (name) => {
      await page.locator(`main a:has-text("${name}"), main button:has-text("${name}")`).first().click();
    },
    close: () => context.close(),
  };
}
