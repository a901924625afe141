// A cloud that listens and a box's folder that is enrolled there, anew for each test of the link.
import {join} from 'node:path';
import {afterEach, beforeAll, beforeEach, vi} from 'vitest';
import type {Instant} from '../../shared/time/instant.ts';
import {temporaryFolder} from '../core/temporary-store.ts';
import {testAuthority, type TestAuthority} from '../rig/identity.ts';
import {startLinkedBox, type LinkedBox, type LinkedBoxGiven} from '../rig/linked-box.ts';
import {BrokerCloud} from '../simulator/cloud/broker.ts';
import {HALL_POLICY, studentFacts} from '../simulator/cloud/site.ts';
import type {DownFact} from '../simulator/cloud/stand-in.ts';

export const POUND = 1_000_000;
export const NOON = Date.UTC(2026, 8, 7, 12) as Instant;
const WHO = {site: 'hall', box: 'box-1'};
const ANN = {account: 'ann', extension: '101', name: 'Ann', opening: 5 * POUND};
/** Five rows that make a site: rules, a line, its tenant, five pounds. */
export const SITE: readonly DownFact[] = [{kind: 'policy', body: HALL_POLICY}, ...studentFacts(ANN, NOON)];

type Started = {authority: TestAuthority; folder: string; remove: () => void; cloud: BrokerCloud; port: number; boxes: LinkedBox[]};

export type LinkBench = {
  readonly cloud: () => BrokerCloud;
  /** Another cloud listens in its place, with the same certificate and another key. */
  readonly replaceCloud: () => Promise<BrokerCloud>;
  /** After it was closed. */
  readonly reopen: () => Promise<unknown>;
  /** One that nobody is connected to. */
  readonly aside: () => BrokerCloud;
  readonly path: () => string;
  readonly start: (given?: Pick<LinkedBoxGiven, 'faster' | 'now'>) => LinkedBox;
  readonly stop: (box: LinkedBox) => Promise<void>;
};

/** Its hooks open and close everything, once a test. */
export function linkBench(): LinkBench {
  let started: Started | undefined;
  const present = (): Started => {
    if (started === undefined) throw new Error('no test runs');
    return started;
  };
  let authority: TestAuthority;
  beforeAll(async () => {
    authority = await testAuthority();
  });
  beforeEach(async () => {
    const {folder, remove} = temporaryFolder();
    const cloud = new BrokerCloud(WHO, authority.server);
    const port = await cloud.open();
    await authority.enrol(folder, WHO, {port, key: cloud.publicKey});
    started = {authority, folder, remove, cloud, port, boxes: []};
  });
  afterEach(async () => {
    const {boxes, cloud, remove} = present();
    await Promise.all(boxes.map((box) => box.stop()));
    await cloud.close();
    remove();
  });
  const path = (): string => join(present().folder, 'box.db');
  return {
    cloud: () => present().cloud,
    replaceCloud: async () => {
      const now = present();
      now.cloud = new BrokerCloud(WHO, authority.server);
      await now.cloud.open(now.port);
      return now.cloud;
    },
    reopen: () => present().cloud.open(present().port),
    aside: () => new BrokerCloud(WHO, authority.server),
    path,
    start: (given = {}) => {
      const box = startLinkedBox({folder: present().folder, path: path(), ...given});
      present().boxes.push(box);
      return box;
    },
    stop: async (box) => {
      present().boxes = present().boxes.filter((each) => each !== box);
      await box.stop();
    },
  };
}

export const until = (check: () => void): Promise<void> => vi.waitFor(check, {timeout: 15_000, interval: 10});
export const link = (box: LinkedBox) => box.health.snapshot().stages.find(({name}) => name === 'sync');
export const incidents = (box: LinkedBox): readonly string[] => box.health.snapshot().incidents.map(({code}) => code);
