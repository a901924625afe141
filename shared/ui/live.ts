// The browser's part of a live page: parts come as `[id, html]` and replace the element with that id. Served as it is
// compiled. A hidden tab listens to nothing: browsers allow six connections to a host, and six tabs would use them up.

type Part = {outerHTML: string; readonly id: string; readonly dataset: Record<string, string | undefined>; readonly focus: () => void};
type Source = {onopen: () => void; onerror: () => void; onmessage: (message: {readonly data: string}) => void; readonly close: () => void};
declare const document: {
  readonly hidden: boolean;
  readonly body: Part;
  readonly documentElement: Part;
  readonly activeElement: Part | null;
  readonly getElementById: (id: string) => Part | null;
  readonly addEventListener: (kind: 'visibilitychange', act: () => void) => void;
};
declare const EventSource: new (address: string) => Source;

let source: Source | undefined;

function listen(): void {
  source?.close();
  source = undefined;
  if (document.hidden) return;
  source = new EventSource(document.body.dataset['live'] ?? '');
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

document.addEventListener('visibilitychange', listen);
listen();

export {};
