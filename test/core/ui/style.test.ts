// The sheet of styles keeps the tokens' rules: contrast in both themes, few sizes, one grid, no colour outside the tokens.
import * as fs from 'node:fs';
import {describe, expect, test} from 'vitest';
import {styles} from '../../../shared/web/shelf.ts';

const sheet = styles(fs)
  .toString('utf8')
  .replaceAll(/\/\*.*?\*\//gs, '');

type Tokens = ReadonlyMap<string, string>;

/** The custom properties of each `:root`, in the order of the sheet: light, dark, paper. */
const roots: readonly Tokens[] = Array.from(
  sheet.matchAll(/:root\s*\{(.*?)\}/gs),
  ([, body]) => new Map(Array.from((body ?? '').matchAll(/(--[\w-]+):\s*([^;]+);/g), ([, name, value]) => [name ?? '', value ?? ''])),
);
const none: Tokens = new Map();
const [light = none, dark = none, paper = none] = roots;
const themes = {light, dark: new Map([...light, ...dark]), paper: new Map([...light, ...paper])};

/** WCAG 2.2: relative luminance of an sRGB colour. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ['--ground', '--surface', '--sunken'];
const states = ['--ok', '--warning', '--fault', '--off'];
const texts: readonly (readonly [ink: string, ground: string])[] = [
  ...['--ink', '--soft', '--accent', '--accent-strong'].flatMap((ink) => grounds.map((ground) => [ink, ground] as const)),
  ...states.map((state) => [state, `${state}-wash`] as const),
  ...states.flatMap((state) => grounds.slice(0, 2).map((ground) => [state, ground] as const)),
  ...states.flatMap((state) => [['--ink', `${state}-wash`] as const, ['--accent', `${state}-wash`] as const]),
  ['--accent-strong', '--accent-wash'],
  ['--on-accent', '--accent'],
  ['--on-accent', '--accent-strong'],
  ['--surface', '--fault'],
];

describe('the tokens', () => {
  test('are read: three themes under the same names', () => {
    expect(roots).toHaveLength(3);
    expect([...dark.keys(), ...paper.keys()].filter((name) => !light.has(name))).toEqual([]);
    const colours = [...light].filter(([, value]) => value.startsWith('#')).map(([name]) => name);
    expect(colours.filter((name) => !dark.has(name))).toEqual([]);
  });

  test('contrast is reckoned as WCAG reckons it', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  describe.each(['light', 'dark'] as const)('%s', (theme) => {
    const of = (name: string): string => themes[theme].get(name) ?? '';

    test.for(texts)('text in %s on %s has 4.5:1', ([ink, ground]) => {
      expect(contrast(of(ink), of(ground))).toBeGreaterThanOrEqual(4.5);
    });

    test.for(grounds)('the edge of a field and the arrows of the flow have 3:1 on %s', (ground) => {
      expect(contrast(of('--edge'), of(ground))).toBeGreaterThanOrEqual(3);
    });
  });

  test.for(['--ink', '--soft', '--accent', ...states])('on paper %s has 4.5:1', (ink) => {
    expect(contrast(themes.paper.get(ink) ?? '', themes.paper.get('--surface') ?? '')).toBeGreaterThanOrEqual(4.5);
  });
});

describe('the sheet', () => {
  const rules = sheet.replaceAll(/:root\s*\{.*?\}/gs, '');

  test('has no colour outside the tokens', () => {
    expect(rules.match(/#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(|:\s*(?:white|black|red|green|grey|gray|blue)\b/gi)).toBeNull();
  });

  test('has two sizes of text and two of headings', () => {
    const sizes = new Set(Array.from(rules.matchAll(/font-size:\s*([^;]+);/g), ([, size]) => size));
    // The root's own steps are what the sizes are counted in.
    for (const root of ['100%', '106.67%']) sizes.delete(root);
    expect(sizes).toEqual(new Set(['var(--text)', 'var(--small)', 'var(--heading)', 'var(--title)']));
  });

  test('has no gradient, no animation, one radius and one shadow', () => {
    expect(rules).not.toMatch(/gradient\(|@keyframes|animation:/);
    expect(new Set(Array.from(rules.matchAll(/box-shadow:\s*([^;]+);/g), ([, shadow]) => shadow))).toEqual(
      new Set(['var(--shadow)', 'none']),
    );
  });

  test('stands on a grid of four pixels', () => {
    const spaces = Array.from(rules.matchAll(/(?:^|\s)(?:gap|padding|margin)(?:-[a-z]+)?:\s*([^;]+);/g), ([, value]) => value ?? '');
    const odd = spaces
      .flatMap((value) => Array.from(value.matchAll(/(?<![\w.-])(\d*\.?\d+)rem/g), ([, rem]) => Number(rem) * 16))
      .filter((pixels) => pixels % 2 !== 0);
    expect(spaces.length).toBeGreaterThan(40);
    expect(odd).toEqual([]);
  });

  test('loads nothing, from nowhere', () => {
    expect(sheet).not.toMatch(/url\(|@import|@font-face/);
  });
});
