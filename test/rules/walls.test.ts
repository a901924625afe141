import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {plant, root, run, tool, type Planted} from './planted.ts';
import {wallCrossings, wallGround, wallPlants} from './wall-plants.ts';

type Cruise = {
  readonly summary: {
    readonly violations: readonly {readonly from: string; readonly to: string; readonly rule: {readonly name: string}}[];
  };
};

const config = join(root, '.dependency-cruiser.cjs');
const {forbidden} = createRequire(import.meta.url)(config) as {readonly forbidden: readonly {readonly name: string}[]};

async function cruise(folder: string): Promise<Cruise['summary']> {
  const sides = ['edge', 'cloud', 'shared', 'provisioning', 'test'].filter((side) => existsSync(join(folder, side)));
  const {out, err} = await run(folder, tool('depcruise'), ['--config', config, '--output-type', 'json', ...sides]);
  expect(err).toBe('');
  return (JSON.parse(out) as Cruise).summary;
}

// That this repository keeps to them is part of its check: tools.test.ts.
describe('a planted violation', () => {
  let planted: Planted;
  let found: Cruise['summary'];
  beforeAll(async () => {
    const plants = Object.fromEntries(wallPlants.map(({file, content}) => [file, content]));
    planted = plant({...wallGround(), ...wallCrossings, ...plants}, [], 'without');
    found = await cruise(planted.folder);
  });
  afterAll(() => {
    planted.remove();
  });

  test.for(wallPlants)('of $rule in $file is found', ({rule, file}) => {
    expect(found.violations.filter(({from}) => from === file).map((violation) => violation.rule.name)).toContain(rule);
  });

  test.for(Object.keys(wallCrossings))('is not seen in %s, which keeps to the rules', (file) => {
    expect(found.violations.filter(({from}) => from === file).map((violation) => `${violation.rule.name}: ${violation.to}`)).toEqual([]);
  });

  test('exists for every rule', () => {
    const proven = new Set(wallPlants.map(({rule}) => rule));
    expect(forbidden.map(({name}) => name).filter((name) => !proven.has(name))).toEqual([]);
  });
});
