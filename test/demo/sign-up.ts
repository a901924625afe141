// Makes the console's first user as a person would: with the one-time code, by the form.

export type FirstUser = {readonly user: string; readonly password: string};

/** `address` of the console, such as `http://127.0.0.1:8480`. */
export async function signUp(address: string, code: string, {user, password}: FirstUser): Promise<void> {
  const response = await fetch(`${address}/setup`, {
    method: 'POST',
    redirect: 'manual',
    // What a browser says of a form of the page itself.
    headers: {origin: address, 'sec-fetch-site': 'same-origin'},
    body: new URLSearchParams({name: user, password, code}),
  });
  if (response.status !== 302 && response.status !== 303) throw new Error(`the console refused its first user: ${response.status}`);
}
