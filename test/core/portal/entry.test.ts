// The students' door over real HTTP: links from e-mails, signing in, a forgotten password, one's own password.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {emailOf, HOUR, DAY} from '../../rig/portal/house.ts';
import {cookieIn, get, openPortal, PASSWORD, post, type PortalRig} from '../../rig/portal/rig.ts';

let rig: PortalRig;
beforeEach(async () => {
  rig = await openPortal();
});
afterEach(() => rig.close());

const register = async (): Promise<string> => `/register/${await rig.issue({purpose: 'student-register', subject: 'amara'})}`;

describe('a link to register', () => {
  test('shows a form as often as it is opened, and is used up by a good password', async () => {
    const path = await register();
    for (let opened = 0; opened < 3; opened++) {
      const html = await (await get(rig, path)).text();
      expect(html).toContain('Welcome, Amara Obi');
      expect(html).toContain('amara@uni.example');
    }
    const weak = await post(rig, path, {password: 'short'});
    expect([weak.status, (await weak.text()).includes('Choose a password of at least 12 characters')]).toEqual([422, true]);
    const done = await post(rig, path, {password: PASSWORD});
    expect([done.status, done.headers.get('location')]).toEqual([303, '/']);
    expect(done.headers.get('set-cookie')).toMatch(/^spbs=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
    expect((await get(rig, '/', cookieIn(done))).status).toBe(200);
    const again = await post(rig, path, {password: 'another good one here'});
    expect(again.status).toBe(410);
    expect(await again.text()).toContain('ask the staff of your building to send you a new link');
    expect((await get(rig, path)).status).toBe(410);
  });

  test('that is too old, never was, or is for something else says how to get another', async () => {
    const path = await register();
    rig.pass(8 * DAY);
    expect((await get(rig, path)).status).toBe(410);
    expect((await get(rig, '/register/never-was')).status).toBe(410);
    const other = await rig.issue({purpose: 'student-reset', subject: 'amara'});
    expect((await get(rig, `/register/${other}`)).status).toBe(410);
    expect((await post(rig, `/register/${other}`, {password: PASSWORD})).status).toBe(410);
    // Not spent by that.
    expect((await get(rig, `/reset/${other}`)).status).toBe(200);
    expect((await post(rig, `/reset/${other}`, {password: PASSWORD})).status).toBe(303);
  });
});

describe('signing in', () => {
  beforeEach(async () => {
    await post(rig, await register(), {password: PASSWORD});
  });

  test('leads where one wanted to go, and out again', async () => {
    const asked = await get(rig, '/payments');
    expect(asked.headers.get('location')).toBe('/sign-in?to=%2Fpayments');
    const entered = await post(rig, '/sign-in', {email: ' AMARA@uni.example', password: PASSWORD, to: '/payments'});
    expect(entered.headers.get('location')).toBe('/payments');
    for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
      const answer = await post(rig, '/sign-in', {email: emailOf('amara'), password: PASSWORD, to});
      expect(answer.headers.get('location')).toBe('/');
    }
    const cookie = cookieIn(entered);
    expect((await get(rig, '/sign-in', cookie)).headers.get('location')).toBe('/');
    const left = await post(rig, '/sign-out', {}, cookie);
    expect(left.headers.get('location')).toBe('/sign-in?why=out');
    expect((await get(rig, '/', cookie)).status).toBe(303);
    expect(await (await get(rig, '/sign-in?why=out')).text()).toContain('You are signed out.');
  });

  test('says the same of a wrong password and of somebody who does not exist', async () => {
    const said = async (email: string): Promise<string> => {
      const answer = await post(rig, '/sign-in', {email, password: 'not the password'});
      return `${answer.status} ${(await answer.text()).replaceAll(email, 'ADDRESS')}`;
    };
    expect(await said(emailOf('amara'))).toBe(await said('nobody@uni.example'));
    // Somebody who never registered has no password.
    expect(await said(emailOf('ben'))).toBe(await said('nobody@uni.example'));
    expect(await said(emailOf('amara'))).toContain('E-mail address and password do not belong together.');
  });

  test('keeps the address and names the field that is missing', async () => {
    const noPassword = await (await post(rig, '/sign-in', {email: emailOf('amara')})).text();
    expect(noPassword).toContain('href="#password">Enter your password');
    expect(noPassword).toContain('value="amara@uni.example"');
    expect(await (await post(rig, '/sign-in', {password: 'x'})).text()).toContain('href="#email">Enter your e-mail address');
  });

  test('closes for ten wrong attempts at an address', async () => {
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await post(rig, '/sign-in', {email: emailOf('amara'), password: `wrong ${attempt} password`})).status).toBe(422);
    }
    const closed = await post(rig, '/sign-in', {email: emailOf('amara'), password: PASSWORD});
    expect([closed.status, Number(closed.headers.get('retry-after')) > 800]).toEqual([429, true]);
    expect(await closed.text()).toContain('Wait 15 minutes');
  });

  test('a form from elsewhere is not taken', async () => {
    const answer = await fetch(`${rig.address}/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: {origin: 'http://evil.example', 'content-type': 'application/x-www-form-urlencoded'},
      body: new URLSearchParams({email: emailOf('amara'), password: PASSWORD}).toString(),
    });
    expect(answer.status).toBe(403);
  });
});

describe('a forgotten password', () => {
  test('is asked about in the same words for somebody and nobody, and mails somebody only', async () => {
    await post(rig, await register(), {password: PASSWORD});
    const said = async (email: string): Promise<string> => {
      const answer = await post(rig, '/forgot', {email});
      return `${answer.status} ${(await answer.text()).replaceAll(email, 'ADDRESS')}`;
    };
    expect(await said(emailOf('amara'))).toBe(await said('nobody@uni.example'));
    await expect.poll(() => rig.mails.length).toBe(1);
    const [mail] = rig.mails;
    expect(mail).toMatchObject({audience: 'student', subject: 'amara', email: 'amara@uni.example'});
    const path = `/reset/${mail?.secret ?? ''}`;
    expect(await (await get(rig, path)).text()).toContain('Choose a new password');
    const chosen = await post(rig, path, {password: 'quite another sentence'});
    expect(chosen.status).toBe(303);
    expect((await post(rig, '/sign-in', {email: emailOf('amara'), password: PASSWORD})).status).toBe(422);
    expect((await post(rig, '/sign-in', {email: emailOf('amara'), password: 'quite another sentence'})).status).toBe(303);
    expect(await (await get(rig, path)).text()).toContain('Get a new link');
  });

  test('is not asked about for what is no address', async () => {
    const answer = await post(rig, '/forgot', {email: 'amara'});
    expect([answer.status, (await answer.text()).includes('href="#email">')]).toEqual([422, true]);
  });

  test('whose link is older than an hour asks for another', async () => {
    const path = `/reset/${await rig.issue({purpose: 'student-reset', subject: 'amara'})}`;
    rig.pass(HOUR + 1_000);
    expect((await post(rig, path, {password: PASSWORD})).status).toBe(410);
  });
});

describe('the account page', () => {
  test('changes the password, and signs all other browsers out', async () => {
    const cookie = cookieIn(await post(rig, await register(), {password: PASSWORD}));
    const other = await rig.cookie('amara');
    const change = (old: string, chosen: string): Promise<Response> => post(rig, '/account/password', {old, new: chosen}, cookie);
    const wrong = await change('not the old one', 'a third good sentence');
    expect([wrong.status, (await wrong.text()).includes('This is not your present password')]).toEqual([422, true]);
    expect((await change(PASSWORD, 'password1234')).status).toBe(422);
    expect((await change('', 'a third good sentence')).status).toBe(422);
    expect((await change(PASSWORD, 'a third good sentence')).headers.get('location')).toBe('/account');
    expect(await (await get(rig, '/account', cookie)).text()).toContain('1 other browser was signed out.');
    expect((await get(rig, '/', other)).status).toBe(303);
    expect((await post(rig, '/sign-in', {email: emailOf('amara'), password: 'a third good sentence'})).status).toBe(303);
  });

  test('signs out everywhere', async () => {
    const [here, there] = [await rig.cookie('amara'), await rig.cookie('amara')];
    const left = await post(rig, '/account/sign-out-everywhere', {}, here);
    expect(left.headers.get('location')).toBe('/sign-in?why=everywhere');
    for (const cookie of [here, there]) expect((await get(rig, '/account', cookie)).status).toBe(303);
  });

  test('offers no language where there is one, and takes none that there is not', async () => {
    const cookie = await rig.cookie('amara');
    expect(await (await get(rig, '/account', cookie)).text()).not.toContain('<select');
    expect((await post(rig, '/account/language', {language: 'tlh'}, cookie)).status).toBe(422);
  });
});
