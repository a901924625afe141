// Who may import whom. One row per folder: what stands on its right is all that it may import, and types only unless said.
// test/rules plants a violation of every rule below, and fails for a rule without one.

/** The stages of the box. A stage sees the types of the one before it, never back up the flow. */
const everyStage = ['site', 'feed', 'record', 'rating', 'ledger', 'credit', 'switchboard'];
const edge = {
  config: ['feed', 'switchboard'],
  store: [],
  site: ['store'],
  feed: ['store'],
  record: ['feed', 'store'],
  engine: ['feed', 'record', 'rating', 'ledger', 'credit', 'switchboard', 'site', 'store'],
  rating: ['record', 'site', 'store'],
  ledger: ['rating', 'site', 'store'],
  credit: ['ledger', 'site', 'store'],
  switchboard: ['credit', 'site', 'store'],
  sync: [...everyStage, 'engine', 'health', 'config', 'store'],
  health: [...everyStage, 'engine', 'sync', 'config', 'store'],
  console: [...everyStage, 'engine', 'sync', 'health', 'config', 'store'],
};

/** The rooms of the cloud. `web` is the plain shape of a route, which a room hands over; only `web` knows express. */
const everyRoom = ['books', 'payment', 'tariff', 'people', 'fleet', 'notice'];
const cloud = {
  config: [],
  store: [],
  web: [],
  people: ['web', 'store'],
  tariff: ['web', 'store'],
  fleet: ['web', 'store'],
  notice: ['web', 'store'],
  books: ['people', 'tariff', 'web', 'store'],
  payment: ['books', 'people', 'notice', 'web', 'store'],
  link: ['books', 'tariff', 'fleet', 'people', 'web', 'store'],
  portal: [...everyRoom, 'web', 'store'],
  desk: [...everyRoom, 'web', 'store'],
};

/** The floor, storey by storey: a room sees what lies below its storey. */
const storeys = [['assert'], ['money', 'time', 'telephone', 'failure'], ['tariff', 'journal'], ['wire', 'option', 'log'], ['ui'], ['web']];

/** Values, where a type is not enough: the worker threads run these two stages; a stage declares its own settings once. */
const valuesToo = {engine: ['^edge/record/', '^edge/rating/'], config: ['^edge/[^/]+/settings\\.ts$']};

const mains = ['edge/main.ts', 'cloud/main.ts'];
const stores = ['edge/store/', 'cloud/store/'];
const pages = ['shared/ui/', 'edge/console/', 'cloud/portal/', 'cloud/desk/'];
/** One web server for console, portal and desk: two would be mended once. */
const servers = ['shared/web/'];
const switchboardSide = ['edge/feed/', 'edge/switchboard/'];
const secureLinks = [...switchboardSide, 'edge/sync/', 'cloud/link/', ...mains];

/** One door per package: the only places that know it. Types pass freely. */
const doors = {
  '@node-rs/argon2': servers,
  '@peculiar/x509': ['cloud/fleet/', 'provisioning/'],
  aedes: ['cloud/link/'],
  'better-sqlite3': stores,
  'csv-parse': ['edge/record/', 'shared/tariff/'],
  'csv-stringify': ['cloud/books/'],
  express: servers,
  'google-libphonenumber': ['shared/telephone/'],
  helmet: servers,
  kysely: ['cloud/store/'],
  mqtt: ['edge/sync/'],
  nodemailer: ['edge/health/', 'cloud/notice/'],
  pg: ['cloud/store/'],
  pino: [...mains, 'provisioning/'],
  preact: pages,
  'preact-render-to-string': pages,
  'prom-client': ['edge/health/', 'cloud/fleet/'],
  'reflect-metadata': ['cloud/fleet/', 'provisioning/'],
  serialport: switchboardSide,
  soap: ['cloud/payment/cashless/'],
  'ssh2-sftp-client': switchboardSide,
  stripe: ['cloud/payment/card/'],
  'temporal-polyfill': ['shared/time/'],
  yaml: ['edge/record/', 'edge/config/', 'shared/tariff/', 'shared/option/', 'provisioning/'],
};
/** Schemas are declared wherever something is read. */
const everywhere = ['zod'];
const coreDoors = {
  net: switchboardSide,
  tls: secureLinks,
  // The card's SDK opens its own; the adapter must see whether one ever stood.
  https: [...secureLinks, 'cloud/payment/card/', 'edge/config/serve.ts'],
  worker_threads: ['edge/engine/', ...stores],
};

/** Clock, timers, environment: a stage is given them, so that the whole system runs inside a simulation from one seed. */
const surroundings = ['process', 'timers', 'timers/promises', 'perf_hooks', 'os'];
/** What the floor never touches. */
const outside = ['fs', 'fs/promises', 'net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns', 'child_process', 'worker_threads', 'cluster'];

const product = '^(edge|cloud|shared|provisioning)/';
const runner = '^provisioning/run\\.mjs$';
const values = {dependencyTypesNot: ['type-only']};
const rule = (name, from, to) => ({name, severity: 'error', from, to});
const literal = (path) => path.replaceAll('.', '\\.');
const anyOf = (names) => names.join('|');
const core = (names) => `^(node:)?(${anyOf(names)})$`;

/** @param {string} side @param {Record<string, string[]>} table */
function rows(side, table) {
  return [
    rule(`${side}-has-no-other-folder`, {path: `^${side}/`, pathNot: `^${side}/(main\\.ts$|(${anyOf(Object.keys(table))})/)`}, {}),
    ...Object.entries(table).flatMap(([folder, may]) => [
      rule(
        `${side}/${folder}-imports`,
        {path: `^${side}/${folder}/`},
        {path: `^${side}/`, pathNot: `^${side}/(${anyOf([folder, ...may])})/`},
      ),
      rule(
        `${side}/${folder}-imports-types-only`,
        {path: `^${side}/${folder}/`},
        {path: `^${side}/`, pathNot: [`^${side}/${folder}/`, ...((side === 'edge' && valuesToo[folder]) || [])], ...values},
      ),
    ]),
  ];
}

function floor() {
  return [
    rule('shared-has-no-other-folder', {path: '^shared/', pathNot: `^shared/(${anyOf(storeys.flat())})/`}, {}),
    ...storeys.flatMap((rooms, storey) =>
      rooms.map((room) =>
        rule(
          `shared/${room}-imports`,
          {path: `^shared/${room}/`},
          {path: '^shared/', pathNot: `^shared/(${anyOf([room, ...storeys.slice(0, storey).flat()])})/`},
        ),
      ),
    ),
  ];
}

module.exports = {
  forbidden: [
    rule('no-cycle', {}, {circular: true}),
    rule('must-resolve', {}, {couldNotResolve: true}),
    rule('edge-never-meets-cloud', {path: '^(edge|cloud)/'}, {path: '^(edge|cloud)/', pathNot: '^$1/'}),
    rule('shared-is-a-floor', {path: '^shared/'}, {path: '^(edge|cloud|provisioning)/'}),
    rule('box-and-cloud-stand-without-provisioning', {path: '^(edge|cloud)/'}, {path: '^provisioning/'}),
    rule('shared-does-no-io', {path: '^shared/'}, {path: core(outside), ...values}),
    rule(
      'surroundings-are-given',
      {path: '^(edge|cloud|shared)/', pathNot: `^(${anyOf(mains.map(literal))})$`},
      {path: core(surroundings), ...values},
    ),
    rule('nobody-imports-a-root', {path: '^(edge|cloud|shared)/'}, {path: '^(edge|cloud)/main\\.ts$'}),
    rule('nobody-imports-tests', {path: product, pathNot: '^provisioning/spbs\\.ts$'}, {path: '^test/'}),
    rule('spbs-imports-tests-when-asked', {path: '^provisioning/spbs\\.ts$'}, {path: '^test/', dynamic: false}),
    ...rows('edge', edge),
    ...rows('cloud', cloud),
    ...floor(),
    ...Object.entries(doors).map(([name, door]) =>
      rule(
        `door-of-${name}`,
        {path: product, pathNot: door.map((path) => `^${literal(path)}`)},
        {path: `(^|/)node_modules/${literal(name)}/`, ...values},
      ),
    ),
    ...Object.entries(coreDoors).map(([name, door]) =>
      rule(`door-of-node:${name}`, {path: product, pathNot: door.map((path) => `^${literal(path)}`)}, {path: core([name]), ...values}),
    ),
    rule(
      'every-package-has-a-door',
      {path: product},
      {
        path: '(^|/)node_modules/',
        pathNot: `(^|/)node_modules/(${anyOf([...Object.keys(doors), ...everywhere].map(literal))}|@types)/`,
        ...values,
      },
    ),
    rule('product-needs-no-development-package', {path: product, pathNot: runner}, {dependencyTypes: ['npm-dev'], ...values}),
    rule('packages-are-declared', {}, {dependencyTypes: ['npm-no-pkg', 'npm-unknown']}),
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    // Without this `import type` is invisible, and "types only" cannot be told from nothing.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
