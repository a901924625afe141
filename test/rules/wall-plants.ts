// For every rule of .dependency-cruiser.cjs one file that breaks it; and files that keep to the rules, to show that they do not over-reach.
// Written out by hand, not derived from the rules: a rule that was loosened by mistake must be missed here.

export type WallPlant = {readonly rule: string; readonly file: string; readonly content: string};

const use = (from: string): string => `import {value} from '${from}';\nexport const used = value;\n`;
const type = (from: string): string => `import type {Thing} from '${from}';\nexport type Used = Thing;\n`;

/** A folder, one it must not see at all, and one whose value it must not import. */
type Row = readonly [folder: string, unseen: string, typesOnly: string];

const edge: readonly Row[] = [
  ['config', 'ledger/thing', 'feed/thing'],
  ['store', 'feed/thing', 'feed/thing'],
  ['site', 'ledger/thing', 'store/thing'],
  ['feed', 'record/thing', 'store/thing'],
  ['record', 'rating/thing', 'feed/thing'],
  ['engine', 'sync/thing', 'credit/thing'],
  ['rating', 'ledger/thing', 'record/thing'],
  ['ledger', 'credit/thing', 'rating/thing'],
  ['credit', 'switchboard/thing', 'ledger/thing'],
  ['switchboard', 'ledger/thing', 'credit/thing'],
  ['sync', 'console/thing', 'ledger/thing'],
  ['health', 'console/thing', 'feed/thing'],
  ['console', 'main', 'credit/thing'],
];
const cloud: readonly Row[] = [
  ['config', 'books/thing', 'books/thing'],
  ['store', 'books/thing', 'books/thing'],
  ['web', 'portal/thing', 'portal/thing'],
  ['people', 'books/thing', 'store/thing'],
  ['tariff', 'books/thing', 'store/thing'],
  ['fleet', 'books/thing', 'store/thing'],
  ['notice', 'payment/thing', 'store/thing'],
  ['books', 'payment/thing', 'people/thing'],
  ['payment', 'link/thing', 'books/thing'],
  ['link', 'payment/thing', 'fleet/thing'],
  ['portal', 'link/thing', 'books/thing'],
  ['desk', 'link/thing', 'payment/thing'],
];
const shared: readonly (readonly [folder: string, unseen: string])[] = [
  ['assert', 'money'],
  ['money', 'time'],
  ['time', 'tariff'],
  ['telephone', 'tariff'],
  ['failure', 'journal'],
  ['tariff', 'wire'],
  ['journal', 'tariff'],
  ['wire', 'option'],
  ['option', 'log'],
  ['log', 'ui'],
  ['ui', 'web'],
  ['web', 'drawer'],
];

function rows(side: string, table: readonly Row[]): readonly WallPlant[] {
  return table.flatMap(([folder, unseen, typesOnly]) => [
    {rule: `${side}/${folder}-imports`, file: `${side}/${folder}/sees.ts`, content: type(`../${unseen}.ts`)},
    {rule: `${side}/${folder}-imports-types-only`, file: `${side}/${folder}/uses.ts`, content: use(`../${typesOnly}.ts`)},
  ]);
}

/** Every package with a door, and a place that is not it. */
const packages: Readonly<Record<string, string>> = {
  '@node-rs/argon2': 'edge/ledger',
  '@peculiar/x509': 'edge/sync',
  aedes: 'cloud/web',
  'better-sqlite3': 'edge/ledger',
  'csv-parse': 'edge/feed',
  'csv-stringify': 'cloud/portal',
  express: 'cloud/portal',
  'google-libphonenumber': 'edge/rating',
  helmet: 'cloud/desk',
  kysely: 'cloud/books',
  mqtt: 'edge/feed',
  nodemailer: 'cloud/payment',
  pg: 'cloud/books',
  pino: 'edge/feed',
  preact: 'edge/health',
  'preact-render-to-string': 'cloud/web',
  'prom-client': 'edge/feed',
  'reflect-metadata': 'cloud/link',
  serialport: 'edge/record',
  soap: 'cloud/payment/card',
  'ssh2-sftp-client': 'edge/record',
  stripe: 'cloud/payment/cashless',
  'temporal-polyfill': 'edge/rating',
  yaml: 'edge/rating',
};
const coreModules: Readonly<Record<string, string>> = {
  net: 'edge/console',
  tls: 'edge/record',
  https: 'cloud/payment',
  worker_threads: 'edge/feed',
};

const plainName = (name: string): string => name.replaceAll(/[^a-z0-9]+/g, '-');

export const wallPlants: readonly WallPlant[] = [
  {rule: 'no-cycle', file: 'shared/money/about.ts', content: type('./round.ts')},
  {rule: 'must-resolve', file: 'edge/feed/lost.ts', content: use('./nowhere.ts')},
  {rule: 'edge-never-meets-cloud', file: 'edge/sync/meets.ts', content: type('../../cloud/link/thing.ts')},
  {rule: 'shared-is-a-floor', file: 'shared/log/climbs.ts', content: type('../../edge/feed/thing.ts')},
  {rule: 'shared-does-no-io', file: 'shared/tariff/reads.ts', content: "export {readFileSync} from 'node:fs';\n"},
  {rule: 'surroundings-are-given', file: 'edge/feed/waits.ts', content: "export {setTimeout} from 'node:timers/promises';\n"},
  {rule: 'box-and-cloud-stand-without-provisioning', file: 'edge/main.ts', content: type('../provisioning/thing.ts')},
  {rule: 'nobody-imports-a-root', file: 'edge/console/roots.ts', content: type('../main.ts')},
  {rule: 'nobody-imports-tests', file: 'edge/feed/tests.ts', content: use('../../test/thing.ts')},
  {rule: 'nobody-imports-tests', file: 'provisioning/tests.ts', content: "export const load = () => import('../test/thing.ts');\n"},
  {rule: 'spbs-imports-tests-when-asked', file: 'provisioning/spbs.ts', content: use('../test/thing.ts')},
  {rule: 'edge-has-no-other-folder', file: 'edge/drawer/thing.ts', content: use('../../shared/money/thing.ts')},
  {rule: 'cloud-has-no-other-folder', file: 'cloud/drawer/thing.ts', content: use('../../shared/money/thing.ts')},
  {rule: 'shared-has-no-other-folder', file: 'shared/drawer/thing.ts', content: use('../money/thing.ts')},
  ...rows('edge', edge),
  ...rows('cloud', cloud),
  ...shared.map(([folder, unseen]) => ({
    rule: `shared/${folder}-imports`,
    file: `shared/${folder}/sees.ts`,
    content: type(`../${unseen}/thing.ts`),
  })),
  ...Object.entries(packages).map(([name, folder]) => ({
    rule: `door-of-${name}`,
    file: `${folder}/door-of-${plainName(name)}.ts`,
    content: use(name),
  })),
  ...Object.entries(coreModules).map(([name, folder]) => ({
    rule: `door-of-node:${name}`,
    file: `${folder}/door-of-node-${name.replace('_', '-')}.ts`,
    content: `export * from 'node:${name}';\n`,
  })),
  {rule: 'every-package-has-a-door', file: 'edge/feed/doorless.ts', content: use('doorless')},
  {rule: 'product-needs-no-development-package', file: 'edge/feed/development.ts', content: use('development')},
  {rule: 'packages-are-declared', file: 'test/undeclared.ts', content: use('undeclared')},
];

/** These keep to the rules. */
export const wallCrossings: Readonly<Record<string, string>> = {
  'edge/record/keeps.ts': `${type('../feed/thing.ts')}export type {Thing as Stored} from '../store/thing.ts';\nexport type {Static} from 'express';\n`,
  'edge/credit/keeps.ts': type('../ledger/thing.ts'),
  'edge/engine/keeps.ts': use('../rating/thing.ts'),
  'edge/config/keeps.ts': use('../feed/settings.ts'),
  'edge/sync/keeps.ts': type('../switchboard/thing.ts'),
  'edge/feed/tcp/keeps.ts': "export {createConnection} from 'node:net';\n",
  'shared/web/keeps.ts': `${use('express')}export {value as hash} from '@node-rs/argon2';\nexport {value as ui} from '../ui/thing.ts';\n`,
  'edge/console/keeps.ts': `export {value as view} from 'preact';\nexport {value as ui} from '../../shared/ui/thing.ts';\n`,
  'cloud/main.ts': `${use('./books/thing.ts')}export {value as web} from './web/thing.ts';\nexport {setTimeout} from 'node:timers/promises';\n`,
  'cloud/portal/keeps.ts': type('../payment/thing.ts'),
  'shared/ui/keeps.ts': use('../log/thing.ts'),
  'shared/tariff/keeps.ts': `${use('../money/thing.ts')}export {value as schema} from 'zod';\n`,
  'provisioning/keeps.ts': use('../edge/record/thing.ts'),
  'test/keeps.ts': `${use('../edge/ledger/thing.ts')}export {value as tool} from 'development';\n`,
};

/** What the plants import: one thing a folder, and packages that only have a name. */
export function wallGround(): Readonly<Record<string, string>> {
  const folders = [
    ...edge.map(([name]) => `edge/${name}`),
    ...cloud.map(([name]) => `cloud/${name}`),
    ...shared.map(([name]) => `shared/${name}`),
  ];
  const thing = 'export type Thing = {readonly name: string};\nexport const value = 1;\n';
  const names = [...Object.keys(packages), 'zod', 'doorless', 'undeclared', 'development'];
  const declared = names.filter((name) => name !== 'undeclared' && name !== 'development');
  return {
    'package.json': JSON.stringify({
      type: 'module',
      dependencies: Object.fromEntries(declared.map((name) => [name, '1.0.0'])),
      devDependencies: {development: '1.0.0'},
    }),
    ...Object.fromEntries([...folders, 'test', 'provisioning'].map((folder) => [`${folder}/thing.ts`, thing])),
    'edge/feed/settings.ts': thing,
    'shared/money/round.ts': type('./about.ts'),
    ...Object.fromEntries(
      names.map((name) => [`node_modules/${name}/package.json`, JSON.stringify({name, version: '1.0.0', main: 'index.js'})]),
    ),
    ...Object.fromEntries(names.map((name) => [`node_modules/${name}/index.js`, 'exports.value = 1;\n'])),
  };
}
