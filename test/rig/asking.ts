// Asks a server of pages as a browser without script does, and follows nothing.

type Served = {readonly address: string};

/** Posts a form as a page of the server's own would. */
export function post({address}: Served, path: string, fields: Readonly<Record<string, string>>, cookie = ''): Promise<Response> {
  return fetch(address + path, {
    method: 'POST',
    redirect: 'manual',
    headers: {origin: address, cookie, 'content-type': 'application/x-www-form-urlencoded'},
    body: new URLSearchParams(fields).toString(),
  });
}

export function get({address}: Served, path: string, cookie = ''): Promise<Response> {
  return fetch(address + path, {redirect: 'manual', headers: {cookie}});
}

/** The cookie that an answer sets, as a browser would send it back. */
export function cookieIn(answer: Response): string {
  return (answer.headers.get('set-cookie') ?? '').replace(/;.*$/, '');
}
