// The cloud's side of the link on real sockets: who is let in, what is heard, what is acknowledged, and how it ends.
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {openCloudLink, type CloudLink} from '../rig/cloud-link.ts';
import {LinkBox, enrolled} from '../rig/link-box.ts';

let cloud: CloudLink;
let count = 0;
const boxes: LinkBox[] = [];

beforeAll(async () => {
  cloud = await openCloudLink();
});
afterEach(() => {
  for (const box of boxes.splice(0)) box.close();
});
afterAll(async () => cloud.remove());

/** A box of a site of its own. */
async function newBox(): Promise<LinkBox> {
  const site = `site-${(count += 1)}`;
  await cloud.site(site);
  return connected(await enrolled(cloud, site, 'box'));
}

async function connected(identity: LinkBox['identity']): Promise<LinkBox> {
  const box = new LinkBox(identity);
  boxes.push(box);
  return box.open();
}

describe('a box with a code', () => {
  test('is enrolled, connects, says hello and is told to go on in both directions', async () => {
    const box = await newBox();
    expect(box.identity.epoch).toBe(2);
    const reply = await box.hello();
    expect(reply).toMatchObject({epoch: 2, session: 1, down: {kind: 'RESUME', from: 1}, up: {kind: 'RESUME', from: 1}});
    expect(cloud.link.online()).toContainEqual({site: box.identity.site, box: 'box', session: 1});
  });
});
