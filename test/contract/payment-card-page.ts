// A student with a browser that knows no script, on the provider's pages.
export type Shown = {readonly status: number; readonly location: string | undefined; readonly text: string};

/** Looks at a page, or sends its form. */
export async function onPage(url: string, form?: Readonly<Record<string, string>>): Promise<Shown> {
  const request = form === undefined ? {} : {method: 'POST', body: new URLSearchParams(form)};
  const answer = await fetch(url, {...request, redirect: 'manual'});
  return {status: answer.status, location: answer.headers.get('location') ?? undefined, text: await answer.text()};
}
