// The browser's part of a page that moves. Served as it is compiled. Live parts come as `[id, html]` and replace the element
// with that id. A hidden tab listens to nothing: browsers allow six connections to a host, and six tabs would use them up.

type Part = {
  outerHTML: string;
  innerHTML: string;
  readonly id: string;
  readonly dataset: Record<string, string | undefined>;
  readonly focus: () => void;
  readonly contains: (other: Part | null) => boolean;
};
type Source = {onopen: () => void; onerror: () => void; onmessage: (message: {readonly data: string}) => void; readonly close: () => void};
type Page = {readonly body: Part; readonly getElementById: (id: string) => Part | null};
declare const document: Page & {
  title: string;
  readonly hidden: boolean;
  readonly documentElement: Part;
  readonly activeElement: Part | null;
  readonly addEventListener: (kind: 'visibilitychange', act: () => void) => void;
};
declare const EventSource: new (address: string) => Source;
declare const DOMParser: new () => {readonly parseFromString: (text: string, type: 'text/html') => Page & {readonly title: string}};
declare const location: {readonly href: string; readonly reload: () => void};
declare const window: {
  readonly fetch: (address: string) => Promise<{readonly ok: boolean; readonly text: () => Promise<string>}>;
  readonly setTimeout: (act: () => void, ms: number) => void;
};

let source: Source | undefined;

function listen(address: string): void {
  source?.close();
  source = undefined;
  if (document.hidden) return;
  source = new EventSource(address);
  source.onopen = () => (document.documentElement.dataset['link'] = 'live');
  source.onerror = () => (document.documentElement.dataset['link'] = 'lost');
  source.onmessage = ({data}) => {
    const focused = document.activeElement?.id ?? '';
    for (const [id, html] of JSON.parse(data) as [string, string][]) {
      const part = document.getElementById(id);
      if (part !== null) part.outerHTML = html;
    }
    // Whoever stood on a link inside a part that was replaced stands there still.
    if (focused !== '' && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
  };
}

/** Looks what has become of `#progress`, until the page says that nothing more will. */
async function lookAgain(): Promise<void> {
  const seconds = Number(document.body.dataset['again']);
  if (!(seconds > 0)) return;
  await new Promise<void>((resolve) => window.setTimeout(resolve, seconds * 1000));
  const part = document.getElementById('progress');
  if (!document.hidden && part !== null) await replace(part).catch(() => undefined);
  await lookAgain();
}

async function replace(part: Part): Promise<void> {
  const answer = await window.fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById('progress');
  // Signed out by now, say: the page itself is another one.
  if (fresh === null) {
    location.reload();
    return;
  }
  document.body.dataset['again'] = page.body.dataset['again'] ?? '0';
  // What is the same stays, so that nothing is said twice and nobody loses the place.
  if (fresh.innerHTML === part.innerHTML) return;
  part.innerHTML = fresh.innerHTML;
  document.title = page.title;
}

const live = document.body.dataset['live'];
if (live !== undefined) {
  document.addEventListener('visibilitychange', () => listen(live));
  listen(live);
}
void lookAgain();

export {};
