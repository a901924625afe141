// The cloud's web on a real port, over a real store, with one room that has something of every kind.
import {randomBytes} from 'node:crypto';
import * as fs from 'node:fs';
import {createServer} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import type {VNode} from 'preact';
import type {Session} from '../../../shared/web/answer.ts';
import {createCloudWeb, type CloudWeb, type CloudWebGiven, type Face} from '../../../cloud/web/cloud-web.ts';
import type {Audience, RoomRoutes} from '../../../cloud/web/route.ts';
import type {Log} from '../../../shared/log/log.ts';
import type {Timers} from '../../../shared/time/instant.ts';
import {Document, renderPage} from '../../../shared/ui/document.tsx';
import {UI_WORDS} from '../../../shared/ui/messages.ts';
import {go, page} from '../../../shared/web/answer.ts';
import {SERVER_LIMITS} from '../../../shared/web/gate.ts';
import {createLimiter} from '../../../shared/web/limiter.ts';
import {listen} from '../../../shared/web/listen.ts';
import type {MachineCall} from '../../../shared/web/machine.ts';
import {openShelf, type AssetShelf} from '../../../shared/web/shelf.ts';
import {selfSigned} from '../../rig/certificate.ts';
import {openEntry, type EntryGround} from '../people/entry-ground.ts';

export const PAYEE = 'https://pay.provider.example';

export type CloudRig = {
  /** `http://127.0.0.1:PORT`, or `https://` with {@link CloudRig.certificate}. */
  readonly address: string;
  readonly certificate: string | undefined;
  readonly ground: EntryGround;
  readonly web: CloudWeb;
  /** What the addresses for machines were called with. */
  readonly calls: MachineCall[];
  readonly logged: {readonly message: string; readonly fields: Readonly<Record<string, unknown>>}[];
  /** What a live page shows, and how often it was read. */
  readonly live: {text: string; reads: number};
  readonly probe: {ok: boolean};
  readonly close: () => Promise<void>;
};

const realTimers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

export type RigOptions = {
  readonly rooms?: readonly RoomRoutes[];
  readonly scheme?: 'http' | 'https';
  /** Where the page for paying is. */
  readonly payee?: string;
};

export async function openCloud({rooms = [], scheme = 'http', payee = PAYEE}: RigOptions = {}): Promise<CloudRig> {
  const ground = await openEntry();
  const state = {calls: [] as MachineCall[], logged: [] as CloudRig['logged'], live: {text: 'all well', reads: 0}, probe: {ok: true}};
  const web = createCloudWeb(givenTo(ground, state, {rooms, payee}));
  const pair = scheme === 'https' ? await selfSigned() : undefined;
  const server = pair === undefined ? createServer(SERVER_LIMITS, web.app) : createSecureServer({...SERVER_LIMITS, ...pair}, web.app);
  const served = await listen(server, {
    host: '127.0.0.1',
    port: 0,
    scheme,
    name: 'web',
    mostConnections: 100,
  });
  return {
    address: served.address,
    certificate: pair?.cert,
    ground,
    web,
    ...state,
    close: async () => {
      web.close();
      await served.close();
      await ground.close();
    },
  };
}

type State = Pick<CloudRig, 'calls' | 'logged' | 'live' | 'probe'>;

function givenTo(ground: EntryGround, state: State, {rooms, payee}: Required<Pick<RigOptions, 'rooms' | 'payee'>>): CloudWebGiven {
  const shelf = openShelf(fs);
  const {sessions, now} = ground;
  const staff = faceOf('staff', shelf, {ground, find: (secret) => sessions.findStaff(secret, now())});
  return {
    rooms: [roomOf(ground, state, payee), ...rooms],
    student: faceOf('student', shelf, {ground, find: (secret) => sessions.findStudent(secret, now())}),
    staff: {...staff, stands: (session) => sessions.stands(session, now()), farewell: () => [['session-end', 'signed out']]},
    payees: [payee],
    probe: () => ({ok: state.probe.ok, facts: {boxes: 2}}),
    shelf,
    timers: realTimers,
    randomBytes,
    log: logInto(state.logged),
  };
}

type Finding<S extends Session> = {readonly ground: EntryGround; readonly find: (secret: string) => Promise<S | undefined>};

function faceOf<S extends Session>(audience: Audience, shelf: AssetShelf, {ground, find}: Finding<S>): Face<S> {
  const frame = (title: string, children: VNode): VNode => (
    <Document title={title} assets={shelf.addresses} banner={<header>{audience}</header>}>
      {children}
    </Document>
  );
  return {
    sessionOf: find,
    settingNow: () => ({locale: 'en-GB', zone: 'Europe/London', now: ground.now(), words: UI_WORDS}),
    render: (content, {session, setting, note}) =>
      renderPage(
        setting,
        frame(
          'Page',
          <>
            <p>signed in: {session?.name ?? 'nobody'}</p>
            <p>note: {note?.text ?? 'none'}</p>
            {content}
          </>,
        ),
      ),
    fault: ({title, why, withReference}, reference) => (
      <section>
        <h1>{title}</h1>
        <p>{why}</p>
        {reference === undefined ? null : (
          <p>
            {withReference} <code>{reference}</code>
          </p>
        )}
      </section>
    ),
  };
}

function roomOf(ground: EntryGround, {calls, live}: State, payee: string): RoomRoutes {
  const begin = async (audience: Audience): Promise<string> =>
    await ground.begin(audience === 'staff' ? {audience, subject: 'kim'} : {audience, subject: 'a1'});
  const hear = (call: MachineCall) => {
    calls.push(call);
    return {status: 200, text: 'heard\n'};
  };
  return {
    student: [
      {path: '/', signed: true, get: () => page(payForm('/pay'))},
      {
        path: '/sign-in',
        signed: false,
        get: () => page(<p>portal door</p>),
        post: async () => ({kind: 'go', to: '/', session: {kind: 'begin', secret: await begin('student')}}),
      },
      {path: '/pay', signed: true, post: () => go(`${payee}/session/1`)},
      {
        path: '/statement/:part',
        signed: true,
        get: ({part}) => ({
          kind: 'file',
          name: `Statement ${part} – “é”.csv`,
          type: 'text/csv; charset=utf-8',
          content: 'a;b\n'.repeat(1_000),
        }),
      },
      {
        path: '/note',
        signed: true,
        post: ({session, notes}) => {
          notes.leave(session, {state: 'ok', text: 'it is done'});
          return go('/');
        },
      },
      {
        path: '/breaks',
        signed: true,
        get: () => {
          throw new Error('a secret of the inside');
        },
      },
    ],
    staff: [
      {path: '/desk', signed: true, get: () => page(payForm('/desk/pay'))},
      {path: '/desk/pay', signed: true, post: () => go(`${payee}/session/1`)},
      {
        path: '/desk/sign-in',
        signed: false,
        get: () => page(<p>desk door</p>),
        post: async () => ({kind: 'go', to: '/desk', session: {kind: 'begin', secret: await begin('staff')}}),
      },
      {
        path: '/desk/sign-out',
        signed: true,
        post: async ({session}) => {
          await ground.sessions.end(session);
          return {kind: 'go', to: '/desk/sign-in', session: {kind: 'end'}};
        },
      },
      {
        path: '/desk/tariff',
        signed: true,
        form: {bytes: 100_000, fields: 40},
        get: () => page(<p>a tariff</p>),
        post: ({form}) => page(<p>{`fields ${form.size}, text ${form.get('csv')?.length ?? 0}`}</p>),
      },
      {
        path: '/desk/breaks',
        signed: true,
        get: () => {
          throw new Error('a secret of the inside');
        },
      },
    ],
    machine: [
      {path: '/hook/:part', method: 'POST', largestBytes: 262_144, act: hear},
      {
        path: '/enrol',
        method: 'POST',
        accepts: 'application/json',
        limiter: createLimiter({attempts: 3, windowMs: 60_000, mostKeys: 10, monotonicMs: () => 0}),
        act: hear,
      },
    ],
    live: [
      {
        path: '/desk/live/sites',
        topic: () => '',
        read: () => {
          live.reads++;
          return Promise.resolve([['sites', live.text]]);
        },
      },
    ],
  };
}

function payForm(action: string): VNode {
  return (
    <form method="post" action={action}>
      <button type="submit">Pay</button>
    </form>
  );
}

function logInto(logged: CloudRig['logged']): Log {
  const write = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => void logged.push({message, fields});
  const log: Log = {debug: write, info: write, warn: write, error: write, named: () => log};
  return log;
}
