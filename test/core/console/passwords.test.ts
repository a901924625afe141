import {randomBytes} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {createPasswords, passwordFault} from '../../../shared/web/passwords.ts';
import {shortestOfEach} from '../shortest.ts';

describe('a new password', () => {
  test.for([
    ['four grey herons wade', undefined],
    ['Xk3#pQ9!vR2m', undefined],
    // Any characters, no rule of composition; length counts characters, not bytes.
    ['ποταμός βαθύς και αργός', undefined],
    ['🐟🐠🐡🦀🦐🦑🐙🐚🐬🐳🐋🦈', undefined],
    ['elevenchars', 'too-short'],
    ['🐟🐠🐡🦀🦐🦑🐙🐚🐬🐳🐋', 'too-short'],
    ['', 'too-short'],
    ['long '.repeat(25) + 'x'.repeat(3), undefined],
    ['long '.repeat(25) + 'x'.repeat(4), 'too-long'],
    ['sam porter 1', 'is-the-name'],
    ['SamPorterSamPorter', 'is-the-name'],
    ['password12345', 'well-known'],
    ['P4ssw0rd!!!!!', 'well-known'],
    ['passwordpassword', 'well-known'],
    ['administrator', 'well-known'],
    ['123456789012', 'well-known'],
    ['987654321098', 'well-known'],
    ['abcdefghijklm', 'well-known'],
    ['111111111111', 'well-known'],
    ['abababababab', 'well-known'],
    ['Telephone2026!', 'well-known'],
    ['qwertyuiop123', 'well-known'],
    ['switchboard!!', 'well-known'],
  ] as const)('%s: %s', ([password, fault]) => {
    expect(passwordFault(password, 'Sam Porter')).toBe(fault);
  });
});

describe('passwords', () => {
  const passwords = createPasswords(randomBytes);

  test('are kept as argon2id of 19 MiB and two passes, each with a salt of its own', async () => {
    const [one, two] = await Promise.all([passwords.hash('four grey herons wade'), passwords.hash('four grey herons wade')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  test('match themselves in any normal form, and nothing else; the end counts too', async () => {
    const long = 'x'.repeat(100);
    const known = await passwords.hash(`café${long}`);
    expect(await passwords.matches(known, `cafe\u0301${long}`)).toBe(true);
    expect(await passwords.matches(known, `café${long}x`)).toBe(false);
    expect(await passwords.matches(known, `cafe${long}`)).toBe(false);
  });

  test('of nobody never match, and take as long as those of somebody', async () => {
    const known = await passwords.hash('four grey herons wade');
    const refused = (of: string | undefined) => async (): Promise<void> => {
      expect(await passwords.matches(of, 'something else altogether')).toBe(false);
    };
    const alike = (somebody: number, nobody: number): boolean => nobody > somebody / 3 && nobody < somebody * 3;
    const [somebody, nobody] = await shortestOfEach([refused(known), refused(undefined)], alike);
    // Without the work of a hash it would take a hundredth.
    expect(nobody).toBeGreaterThan(somebody / 3);
    expect(nobody).toBeLessThan(somebody * 3);
  });

  test('are checked two at a time; of those that wait, the ones beyond thirty are sent away', async () => {
    const answers = await Promise.all(Array.from({length: 40}, () => passwords.matches(undefined, 'something else altogether')));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(8);
    expect(answers.filter((answer) => answer === false)).toHaveLength(32);
    expect(await passwords.matches(undefined, 'something else altogether')).toBe(false);
  });
});
