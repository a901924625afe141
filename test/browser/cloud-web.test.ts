// What only a browser decides: whether a form may lead to the page for paying, and who somebody is on the way back.
import {once} from 'node:events';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Browser, Page} from 'playwright-core';
import {afterAll, afterEach, beforeEach, expect, test} from 'vitest';
import {openCloud, type CloudRig} from '../core/web/cloud-rig.tsx';
import {needs} from '../needs.ts';
import {launch, openContext} from './chromium.ts';

let browser: Browser | undefined;
let rig: CloudRig;
let provider: Server;
afterAll(() => browser?.close());
beforeEach(async (context) => {
  browser ??= await launch(needs(context, 'chromium'));
  // Another site than 127.0.0.1, as a provider's is.
  provider = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<h1>Paying</h1><a href="${rig.address}/">back to the shop</a><a href="${rig.address}/desk">to the desk</a>`);
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  rig = await openCloud({payee: `http://localhost:${(provider.address() as AddressInfo).port}`});
});
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
  await rig.close();
  provider.closeAllConnections();
  provider.close();
});

async function signedIn(path: '' | '/desk'): Promise<Page> {
  const entered = await fetch(`${rig.address}${path}/sign-in`, {method: 'POST', redirect: 'manual', headers: {origin: rig.address}});
  const [pair = '', ...attributes] = (entered.headers.get('set-cookie') ?? '').split('; ');
  const [name = '', value = ''] = pair.split('=');
  const sameSite = attributes.includes('SameSite=Lax') ? 'Lax' : 'Strict';
  if (browser === undefined) throw new Error('no browser');
  const context = await openContext(browser, rig.address, {});
  await context.addCookies([{name, value, url: rig.address, httpOnly: true, sameSite}]);
  const page = await context.newPage();
  await page.goto(`${rig.address}${path}`);
  expect(await page.textContent('main')).toContain('signed in: ');
  expect(await page.textContent('main')).not.toContain('nobody');
  return page;
}

test('a student is led to the page for paying, and is still signed in on the way back', async () => {
  const page = await signedIn('');
  await page.click('text=Pay');
  await page.waitForSelector('text=Paying');
  expect(page.url()).toMatch(/^http:\/\/localhost:\d+\/session\/1$/);
  await page.click('text=back to the shop');
  await page.waitForURL(`${rig.address}/`);
  expect(await page.textContent('main')).toContain('signed in: Student a1');
});

test('a form of the desk leads nowhere else, and a page elsewhere leads into no session of the desk', async () => {
  const page = await signedIn('/desk');
  const refusals: string[] = [];
  page.on('console', (message) => refusals.push(message.text()));
  await page.click('text=Pay');
  await expect.poll(() => refusals.join('\n')).toContain('form-action');
  expect(page.url()).toBe(`${rig.address}/desk`);
  await page.goto(`http://localhost:${(provider.address() as AddressInfo).port}/`);
  await page.click('text=to the desk');
  await page.waitForURL(/\/desk\/sign-in/);
});
