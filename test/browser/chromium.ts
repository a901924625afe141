// A real browser for the tests: Chromium of the system, headless, on the pages of a rig.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {chromium, type Browser, type BrowserContext, type Page} from 'playwright-core';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type Theme = 'light' | 'dark';
export const THEMES: readonly Theme[] = ['light', 'dark'];
/** A small telephone, a tablet or half a screen, an engineer's laptop. */
export const WIDTHS = [360, 768, 1280] as const;

export type Viewing = {readonly width?: number; readonly theme?: Theme; readonly script?: boolean; readonly cookie?: string};

export function launch(path: string): Promise<Browser> {
  return chromium.launch({executablePath: path, args: ARGUMENTS});
}

/** A browser of its own: nothing kept from another. `cookie` as `name=value`. */
export async function openContext(browser: Browser, address: string, viewing: Viewing): Promise<BrowserContext> {
  const {width = 1280, theme = 'light', script = true, cookie = ''} = viewing;
  const context = await browser.newContext({
    viewport: {width, height: width < 500 ? 780 : 860},
    colorScheme: theme,
    javaScriptEnabled: script,
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const mark = cookie.indexOf('=');
  if (mark > 0) await context.addCookies([{name: cookie.slice(0, mark), value: cookie.slice(mark + 1), url: address}]);
  return context;
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Found = {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly {readonly html: string; readonly failureSummary?: string}[];
};

/** What axe finds on the page that is serious or critical, each as one line. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger: the page's own policy forbids scripts that are not ours, and is not to be lifted for a test.
  await page.evaluate(axe);
  const violations = await page.evaluate<readonly Found[]>(
    "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)",
  );
  return violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`));
}

/** How far the page is wider than its window, in pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
