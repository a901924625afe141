// A point in the life of a process, in words: what was done last before it ends, or what it was about to do.
// In: words such as `after INSERT INTO transfer #2, then before COMMIT`; then what the process does, as it does it.
// Out: whether this is the point. `…` stands for anything; `#2`: at the second time.

export type When = 'before' | 'after' | 'instead of';

export type Step = {readonly when: When; readonly parts: readonly string[]; readonly times: number};

/** Throws for words that name no point. */
export function readPoint(words: string): readonly Step[] {
  return words.split(', then ').map((step) => {
    const [, when, text = '', times = '1'] = /^(before|after|instead of) (.+?)(?: #(\d+))?$/.exec(step) ?? [];
    if (when === undefined) throw new Error(`no point: ${step}`);
    return {when: when as When, parts: text.split('…').map((part) => part.trim()), times: Number(times)};
  });
}

/** True at the point, once: when its last step is reached. Steps are counted from the one before. */
export function watchFor(point: readonly Step[]): (when: When, what: string) => boolean {
  let [step, ...rest] = point;
  let times = 0;
  return (when, what) => {
    if (step?.when !== when || !holds(what, step.parts) || ++times < step.times) return false;
    times = 0;
    [step, ...rest] = rest;
    return step === undefined;
  };
}

function holds(what: string, parts: readonly string[]): boolean {
  let at = 0;
  for (const part of parts) {
    const found = what.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return true;
}
