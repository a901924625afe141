// Passwords: argon2id, and the rules of NIST SP 800-63B: long, any characters, no well-known ones, not the name; no other rule.
import {hash, verify} from '@node-rs/argon2';

/** Characters. The upper end bounds the work of hashing; nothing is cut. */
export const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 128;

/** 19 MiB, two passes, one lane: OWASP ASVS 5.0, appendix C. About 25 ms on the box, off the thread that bills. */
const ARGON2ID = {memoryCost: 19_456, timeCost: 2, parallelism: 1} as const;
const SALT_BYTES = 16;
/** Of the four threads that also write files for the box, a sign-in may take two. */
const MOST_AT_ONCE = 2;
/** A second's worth of work; whoever comes later is asked to try again. */
const MOST_WAITING = 30;

/** What people choose when a form insists on twelve characters; compared without case, digits and signs around them. */
const COMMON_WORDS =
  `password passphrase passwort administrator admin root letmein letmeinplease welcome changeme changeit qwerty qwertyuiop
   qwertyuiopasdf qwertyuiopasdfghjkl asdfghjkl asdfghjklzxcvbnm zxcvbnm qazwsxedc qazwsxedcrfv iloveyou trustno monkey dragon
   football baseball superman batman princess sunshine computer internet login secret topsecret default guest user test
   telephone telephones telephony phone switchboard pabx pbx spbs console callbilling billing reception residence hall student
   students university college opensesame correcthorsebatterystaple`.split(/\s+/);

export type PasswordFault = 'too-short' | 'too-long' | 'is-the-name' | 'well-known';

/** What is wrong with a new password; undefined if it may be used. */
export function passwordFault(password: string, name: string): PasswordFault | undefined {
  const {length} = Array.from(password);
  if (length < SHORTEST_PASSWORD) return 'too-short';
  if (length > LONGEST_PASSWORD) return 'too-long';
  const plain = lettersOf(password);
  const ofName = lettersOf(name);
  if (ofName !== '' && isRepeated(plain, ofName)) return 'is-the-name';
  return isWellKnown(password, plain) ? 'well-known' : undefined;
}

function isWellKnown(password: string, plain: string): boolean {
  const small = password.toLowerCase();
  // One or two characters over and over: 111111111111, abababababab.
  if (new Set(small).size < 4 || isSequence(small)) return true;
  // p4ssw0rd2024 is password to everybody who guesses.
  const core = small.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const unmasked = lettersOf(core.replaceAll(/[013457@$!]/g, (sign) => MASKS[sign as keyof typeof MASKS]));
  return COMMON_WORDS.some((word) => isRepeated(plain, word) || isRepeated(unmasked, word));
}

const MASKS = {0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i'} as const;

function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}]/gu, '');
}

function isRepeated(text: string, part: string): boolean {
  return text !== '' && text.replaceAll(part, '') === '';
}

/** 123456789012, abcdefghijkl, and backwards: each character one beside the one before it. */
function isSequence(text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, place) => code - (codes[place] ?? 0));
  // 9 → 0 goes on counting.
  return [1, -1].some((step) => steps.every((each) => each === step || each === -9 * step));
}

export type Passwords = {
  /** Undefined while too many wait already. */
  readonly hash: (password: string) => Promise<string | undefined>;
  /** Takes the same time for somebody who does not exist (`known` undefined). Undefined while too many wait already. */
  readonly matches: (known: string | undefined, password: string) => Promise<boolean | undefined>;
};

export function createPasswords(randomBytes: (bytes: number) => Buffer): Passwords {
  const gate = createGate();
  const hashOf = (password: string): Promise<string> => hash(password.normalize('NFKC'), {...ARGON2ID, salt: randomBytes(SALT_BYTES)});
  // What the password of a stranger is compared with; made before the first of them comes.
  const nobody = hashOf(randomBytes(SALT_BYTES).toString('hex'));
  return {
    hash: (password) => gate(() => hashOf(password)),
    matches: (known, password) =>
      gate(async () => {
        const same = await verify(known ?? (await nobody), password.normalize('NFKC'));
        return same && known !== undefined;
      }),
  };
}

/** So many at once; the others wait in line, which is short. */
function createGate(): <T>(work: () => Promise<T>) => Promise<T | undefined> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < MOST_AT_ONCE) running++;
    else if (waiting.length >= MOST_WAITING) return undefined;
    // Whoever ends hands the place on, so that nobody slips in between.
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
