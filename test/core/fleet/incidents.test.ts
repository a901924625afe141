import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createIncidents, type Incidents} from '../../../cloud/fleet/incidents.ts';
import {openStore, type Store} from '../../../cloud/store/open.ts';
import {instant} from '../../../shared/time/instant.ts';
import {temporaryFolder} from '../temporary-store.ts';

let store: Store;
let incidents: Incidents;
let at = 1_000;
let remove: () => void;

beforeEach(() => {
  const folder = temporaryFolder();
  remove = folder.remove;
  at = 1_000;
  store = openStore(join(folder.folder, 'cloud.db'));
  incidents = createIncidents(store, () => instant(at));
});
afterEach(async () => {
  await store.close();
  remove();
});

const place = {site: 'north', code: 'link.stuck', subject: 'box up'} as const;
const rows = () => store.reading.selectFrom('incident').select(['detail', 'began_at', 'ended_at']).orderBy('began_at').execute();

test('what is open is opened once, and stays as it began', async () => {
  await incidents.open({...place, detail: 'first', cure: 'c'});
  at = 2_000;
  await incidents.open({...place, detail: 'second', cure: 'c'});
  expect(await rows()).toEqual([{detail: 'first', began_at: 1_000, ended_at: null}]);
});

test('what is over ends once, and may begin again', async () => {
  await incidents.end(place);
  await incidents.open({...place, detail: 'first', cure: 'c'});
  at = 2_000;
  await incidents.end(place);
  at = 3_000;
  await incidents.end(place);
  await incidents.open({...place, detail: 'again', cure: 'c'});
  expect(await rows()).toEqual([
    {detail: 'first', began_at: 1_000, ended_at: 2_000},
    {detail: 'again', began_at: 3_000, ended_at: null},
  ]);
});

test('in somebody’s transaction it is as true as that', async () => {
  const failing = store.transact(async (tx) => {
    await incidents.open({...place, detail: 'd', cure: 'c'}, tx);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await rows()).toEqual([]);
  await store.transact((tx) => incidents.open({...place, detail: 'd', cure: 'c'}, tx));
  await store.transact((tx) => incidents.end(place, tx));
  expect(await rows()).toEqual([{detail: 'd', began_at: 1_000, ended_at: 1_000}]);
});

test('a site’s, a subject’s and the cloud’s own are different ones', async () => {
  for (const each of [place, {...place, subject: 'box down'}, {...place, site: ''}])
    await incidents.open({...each, detail: 'd', cure: 'c'});
  await incidents.end(place);
  expect((await rows()).filter(({ended_at: end}) => end === null).length).toBe(2);
});
