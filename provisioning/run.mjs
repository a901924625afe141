// The four commands of a fresh clone: demo, test, check, bench. Plain Node without dependencies, because it is what installs them.
// In: a verb and its words. Out: progress with elapsed seconds, and the exit code. Never true: work done twice that is still good.
import {spawn} from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, dirname, join, relative} from 'node:path';
import process from 'node:process';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {stripVTControlCharacters} from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const sourceFolders = ['edge', 'cloud', 'shared', 'provisioning', 'test'];
const started = process.hrtime.bigint();
const usage = `usage: npm run demo [-- OPTIONS]      builds, then runs the demonstration; its options: npm run demo -- --help
       npm test                       rules, core, contract and a sample of journey and crash, in under 8 minutes
       npm test -- --all              every tier at full size; nothing may be skipped
       npm test -- --tier NAME        one tier at full size (may be given several times)
       npm test -- --night            every tier at night size
       npm run check                  types, lint, format, walls, dead code
       npm run bench [-- --json FILE] benchmarks, each beside a baseline of the same run
`;

/** Wrong usage: exit 2, with the usage. */
class Usage extends Error {}
/** Something named failed, and what there is to say has been said: exit 1. */
class Red extends Error {}

const verbs = {demo, test, check, bench};

/** Has somebody asked us to stop? Then nothing new begins. */
let interrupted = false;

async function main([verb, ...args]) {
  if (verb === '--help' || verb === '-h' || verb === 'help') return void process.stdout.write(usage);
  const run = Object.hasOwn(verbs, verb ?? '') ? verbs[verb] : undefined;
  if (run === undefined) throw new Usage(verb === undefined ? 'a verb is missing' : `there is no verb ${verb}`);
  process.exitCode = await run(args);
}

async function demo(args) {
  await build();
  return await watch(process.execPath, [join(root, 'dist/provisioning/spbs.js'), 'demo', ...args]);
}

async function bench(args) {
  await build();
  return await watch(process.execPath, [join(root, 'dist/test/bench/bench.js'), ...args]);
}

/** The tools one after the other, all of them, even after one that fails; only a failing one is heard. */
async function check(args) {
  if (args.length > 0) throw new Usage(`check takes no ${args[0]}`);
  await install();
  mkdirSync(join(root, 'dist'), {recursive: true});
  const folders = sourceFolders.filter((folder) => existsSync(join(root, folder)));
  const tools = [
    {name: 'types', words: ['tsc', '--noEmit', '--tsBuildInfoFile', 'dist/.check.tsbuildinfo']},
    {name: 'lint', words: ['oxlint', '--deny-warnings']},
    {name: 'format', words: ['oxfmt', '--check']},
    // A cruise over no module finds no violation: with a compiler it cannot use, dependency-cruiser passes on nothing.
    {name: 'walls', words: ['depcruise', '--config', '.dependency-cruiser.cjs', ...folders], passesOnNothing: /\(0 modules/},
    {name: 'dead code', words: ['knip', '--no-progress']},
  ];
  let failed = 0;
  for (const {name, words, passesOnNothing} of tools) {
    if (interrupted) return 130;
    const from = process.hrtime.bigint();
    const {code, output} = await hear(tool(words[0]), words.slice(1));
    const good = code === 0 && passesOnNothing?.test(output) !== true;
    process.stdout.write(`${good ? 'ok  ' : 'FAIL'} ${name.padEnd(10)} ${seconds(from).padStart(6)} s  ${words[0]}\n`);
    if (good) continue;
    failed += 1;
    process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
  }
  process.stdout.write(`${failed === 0 ? 'all good' : `${failed} of ${tools.length} failed`} in ${seconds(started)} s\n`);
  return failed === 0 ? 0 : 1;
}

async function test(args) {
  const wish = readWish(args);
  await build();
  const {tiers} = await import(pathToFileURL(join(root, 'dist/test/tiers.js')).href);
  for (const name of wish.named) {
    if (!tiers.some((tier) => tier.name === name))
      throw new Usage(`there is no tier ${name}: ${tiers.map((tier) => tier.name).join(', ')}`);
  }
  const chosen = tiers.filter((tier) =>
    wish.named.length > 0 ? wish.named.includes(tier.name) : tier.minutes[wish.size] > 0 && testsOf(tier, wish.size).length > 0,
  );
  const results = [];
  for (const tier of chosen) {
    if (interrupted) break;
    say(`${tier.name}: ${tier.what}`);
    results.push(await runTier(tier, wish.size));
  }
  const leftOut = wish.size === 'quick' ? tiers.flatMap((tier) => leftOutOfQuick(tier)) : [];
  if (leftOut.length > 0) process.stdout.write(`\nNot in the quick form, but in npm test -- --all: ${leftOut.join(', ')}\n`);
  return report(results, wish);
}

function leftOutOfQuick(tier) {
  const all = testsOf(tier, 'ci');
  return tier.minutes.quick === 0 && all.length > 0 ? [tier.name] : all.filter((path) => !testsOf(tier, 'quick').includes(path));
}

function readWish(args) {
  const wish = {named: [], size: 'quick', allowsSkips: true};
  const words = [...args];
  while (words.length > 0) {
    const word = words.shift();
    if (word === '--all') Object.assign(wish, {size: wish.size === 'night' ? 'night' : 'ci', allowsSkips: false});
    else if (word === '--night') Object.assign(wish, {size: 'night', allowsSkips: false});
    else if (word === '--tier' && words.length > 0) wish.named.push(words.shift());
    else throw new Usage(word === '--tier' ? '--tier wants a name' : `test takes no ${word}`);
  }
  if (wish.named.length > 0 && wish.size === 'quick') wish.size = 'ci';
  return wish;
}

/** The files of a tier's tests at a size, as paths from the root. */
function testsOf(tier, size) {
  const folder = join(root, 'test', tier.name);
  if (!existsSync(folder)) return [];
  const slow = (path) => size === 'quick' && tier.slow.some((word) => basename(path).includes(word));
  return filesUnder(folder)
    .filter((path) => /\.test\.tsx?$/.test(path) && !slow(path))
    .map((path) => relative(root, path));
}

/** Runs one tier under Vitest and reads its own count back. A tier that outlasts its budget, or runs nothing, has failed. */
async function runTier(tier, size) {
  const from = process.hrtime.bigint();
  const folder = mkdtempSync(join(tmpdir(), 'spbs-tier-'));
  const file = join(folder, 'results.json');
  const words = [
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    tier.name,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  const budget = tier.minutes[size] || tier.minutes.ci;
  const {code, late} = await run(tool('vitest'), words, {stdio: 'inherit', env: {SPBS_TEST_SIZE: size}, minutes: budget});
  const found = resultsIn(file);
  rmSync(folder, {recursive: true, force: true});
  const tests = found.testResults.flatMap((suite) => suite.assertionResults);
  const skips = tests.filter(({status}) => status !== 'passed' && status !== 'failed');
  const result = {
    name: tier.name,
    passed: tests.filter(({status}) => status === 'passed').length,
    // A file that cannot even be read has no test in it to fail.
    failed: tests.filter(({status}) => status === 'failed').length + found.testResults.filter(unreadable).length,
    failures: found.testResults.flatMap(failuresOf),
    skips: skips.map(({fullName, meta}) => ({test: fullName, needs: meta?.needs})),
    seconds: seconds(from),
    why: '',
  };
  if (late) result.why = `stopped at its budget of ${budget} minutes`;
  else if (result.passed + result.failed === 0 && result.skips.length === 0) result.why = 'no test ran';
  else if (code !== 0 && result.failed === 0) result.why = `Vitest ended with ${code}, see above`;
  if (result.why !== '') result.failed += 1;
  return result;
}

/** What Vitest wrote; nothing if it was stopped before or while it wrote. */
function resultsIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {testResults: []};
  }
}

function unreadable(suite) {
  return suite.status === 'failed' && !suite.assertionResults.some(({status}) => status === 'failed');
}

/** The tests of a file that failed, and what they said; the file itself, if it cannot be read. */
function failuresOf(suite) {
  const file = relative(root, suite.name);
  if (unreadable(suite)) return [{file, title: 'cannot be read', said: suite.message}];
  return suite.assertionResults
    .filter(({status}) => status === 'failed')
    .map(({fullName, failureMessages}) => ({file, title: fullName, said: failureMessages.join('\n')}));
}

function report(results, wish) {
  const sum = (count) => results.reduce((total, result) => total + count(result), 0);
  const rows = results.map(({name, passed, failed, skips, seconds: took, why}) => [name, passed, failed, skips.length, took, why]);
  process.stdout.write('\n');
  for (const [name, ...cells] of [['tier', 'passed', 'failed', 'skipped', 'seconds', ''], ...rows]) {
    const why = cells.pop();
    process.stdout.write(`${name.padEnd(10)}${cells.map((cell) => String(cell).padStart(9)).join('')}  ${why}\n`.replace(/ +\n$/, '\n'));
  }
  reportFailures(results.flatMap(({name, failures}) => failures.map((failure) => ({tier: name, ...failure}))));
  for (const result of results) reportSkips(result);
  const skips = results.flatMap((result) => result.skips);
  const forbidden = wish.allowsSkips ? [] : skips.filter(({needs}) => needs?.excused !== true);
  if (forbidden.length > 0)
    process.stdout.write(`\nIn this form no test may be skipped; ${forbidden.length} was or were, and that fails it.\n`);
  const [passed, failed] = [sum((result) => result.passed), sum((result) => result.failed)];
  if (passed + failed === 0) process.stdout.write('\nNo test ran, and that fails it.\n');
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skips.length} skipped\n`);
  return failed > 0 || passed === 0 || forbidden.length > 0 ? 1 : 0;
}

/** Once more at the end, because often only the end of a log is kept: which tests, and by which seed a property can be run again. */
function reportFailures(failures) {
  const most = {tests: 20, lines: 15, characters: 300};
  const cut = (line) => (line.length > most.characters ? `${line.slice(0, most.characters - 1)}…` : line);
  for (const {tier, file, title, said} of failures.slice(0, most.tests)) {
    const lines = stripVTControlCharacters(said ?? '')
      .trim()
      .split('\n');
    const shown = lines.slice(0, most.lines).map((line) => cut(`  ${line}`.trimEnd()));
    process.stdout.write(`\n${[cut(`FAILED ${tier} ${file}: ${title}`), ...shown].join('\n')}\n`);
  }
  if (failures.length > most.tests) process.stdout.write(`\n… and ${failures.length - most.tests} more failed\n`);
}

function reportSkips({name, skips}) {
  const groups = new Map();
  for (const skip of skips) groups.set(skip.needs?.component ?? '', [...(groups.get(skip.needs?.component ?? '') ?? []), skip]);
  for (const [component, group] of groups) {
    const tests = `${name}: ${group.length} skipped`;
    if (component === '') process.stdout.write(`\n${tests} without a reason:\n${group.map(({test: title}) => `  ${title}\n`).join('')}`);
    else process.stdout.write(`\n${tests}, for want of ${component}. Cure: ${group[0].needs.cure}\n`);
  }
}

// ---- install and build, each only if it is due

async function install() {
  const stamp = join(root, 'node_modules/.package-lock.json');
  if (existsSync(stamp) && modified(stamp) >= modified(join(root, 'package-lock.json'))) return;
  // npm would empty what the link leads to: another tree's packages.
  if (lstatSync(join(root, 'node_modules'), {throwIfNoEntry: false})?.isSymbolicLink())
    throw new Red('node_modules is a link, and package-lock.json is newer than what it leads to: remove the link, or install there');
  await step('installing packages (the first time: about 80 s)', 'npm', ['ci', '--loglevel=error']);
  const now = new Date();
  utimesSync(stamp, now, now);
}

/** dist mirrors the sources: compiled TypeScript, and every other file as it is, since the code reads its data beside itself. */
async function build() {
  await install();
  const files = sourceFolders
    .map((folder) => join(root, folder))
    .filter(existsSync)
    .flatMap(filesUnder);
  const list = files.map((path) => relative(root, path)).join('\n');
  const stamp = join(root, 'dist/.built');
  const newest = Math.max(...[...files, join(root, 'tsconfig.json'), join(root, 'package-lock.json')].map(modified));
  const sameFiles = existsSync(stamp) && readFileSync(stamp, 'utf8') === list;
  if (sameFiles && modified(stamp) > newest) return;
  // A source that has gone must not live on in dist.
  if (!sameFiles) rmSync(join(root, 'dist'), {recursive: true, force: true});
  const now = new Date();
  await step('building', tool('tsc'), []);
  for (const path of files.filter((name) => !/\.(tsx?|mjs)$/.test(name))) {
    const copy = join(root, 'dist', relative(root, path));
    mkdirSync(dirname(copy), {recursive: true});
    copyFileSync(path, copy);
  }
  writeFileSync(stamp, list);
  // As old as the start of the build: what was edited meanwhile is newer, and is built next time.
  utimesSync(stamp, now, now);
}

async function step(what, command, words) {
  say(what);
  const tick = setInterval(() => say(`still ${what}`), 15_000);
  const {code, output} = await hear(command, words);
  clearInterval(tick);
  if (code === 0) return;
  process.stderr.write(output);
  throw new Red(`${what}: ${relative(root, command)} ended with ${code}`);
}

// ---- processes

/** Runs a command that keeps the terminal; the exit code is the command's own. */
async function watch(command, words) {
  const {code} = await run(command, words, {stdio: 'inherit'});
  return code;
}

/** Runs a command and keeps what it says. */
async function hear(command, words) {
  return await run(command, words, {stdio: ['ignore', 'pipe', 'pipe']});
}

/**
 * The child has a session of its own. So Ctrl-C reaches it through us, once: the terminal would signal the whole group, and npm
 * signals us again.
 */
function run(command, words, {stdio, env = {}, minutes}) {
  const child = spawn(command, words, {cwd: root, stdio, env: {...process.env, ...env}, detached: true});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const stop = forward(child);
  let late = false;
  const budget = minutes && setTimeout(() => ((late = true), endGroup(child)), minutes * 60_000);
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new Red(`${command} does not start: ${cause.message}`)));
    child.on('close', (code, signal) => {
      clearTimeout(budget);
      stop();
      resolve({code: code ?? (signal === 'SIGINT' ? 130 : 143), output, late});
    });
  });
}

function forward(child) {
  const repeatMs = 500;
  let last = {signal: '', at: 0n};
  const pass = (signal) => {
    const at = process.hrtime.bigint();
    const repeated = signal === last.signal && at - last.at < BigInt(repeatMs) * 1_000_000n;
    last = {signal, at};
    if (signal !== 'SIGWINCH') interrupted = true;
    if (!repeated || signal === 'SIGWINCH') child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGWINCH'];
  for (const signal of signals) process.on(signal, pass);
  return () => signals.forEach((signal) => process.off(signal, pass));
}

/** The child and what it started: first asked, then, after ten seconds, not. */
function endGroup(child) {
  const send = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group has ended by itself.
    }
  };
  send('SIGTERM');
  setTimeout(() => send('SIGKILL'), 10_000).unref();
}

// ---- small things

function tool(name) {
  return join(root, 'node_modules/.bin', name);
}

function filesUnder(folder) {
  return readdirSync(folder, {withFileTypes: true, recursive: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function modified(path) {
  return statSync(path).mtimeMs;
}

function seconds(from) {
  return (Number(process.hrtime.bigint() - from) / 1e9).toFixed(1);
}

function say(text) {
  process.stderr.write(`[${seconds(started).padStart(6)} s] ${text}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Usage || error instanceof Red)) throw error;
  process.stderr.write(`${error.message}\n${error instanceof Usage ? usage : ''}`);
  process.exitCode = error instanceof Usage ? 2 : 1;
}
