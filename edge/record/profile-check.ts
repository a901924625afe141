// What a schema cannot say of a profile: that its parts know each other.
// In: a profile that its schema accepts. Out: every place where it speaks of something that is not there.
import {durationReader, stampReader} from './picture.ts';
import type {Layout, Profile, When} from './profile-schema.ts';

export type Path = readonly (string | number)[];
/** What is wrong at a place of the file, as the second half of a sentence whose first is the word there. */
export type Finding = {readonly path: Path; readonly what: string; readonly cure: string};

export function findingsIn(profile: Profile): readonly Finding[] {
  const names = namesOf(profile);
  return [
    ...profile.layouts.flatMap((layout, place) => findingsInLayout(layout, ['layouts', place], profile)),
    ...findingsInParties(profile, names),
    ...findingsInPictures(profile),
    ...references(profile).flatMap(([path, reference]) => findingsInReference(path, reference, names)),
    ...conditions(profile).flatMap(([path, when]) => findingsInWhen(path, when, names)),
    ...neededEverywhere(profile),
  ];
}

/** Columns that some layout has, and the kinds of each party. */
type Names = {readonly columns: ReadonlySet<string>; readonly parties: ReadonlyMap<string, ReadonlySet<string>>};

/** Every field of a layout, in order; `_` for one that nobody needs. */
export function fieldsOf(layout: Layout, {leading = []}: Pick<Profile, 'leading'>): readonly string[] {
  return layout.csv === undefined ? Object.keys(layout.columns ?? {}) : [...leading, ...layout.csv];
}

function namesOf(profile: Profile): Names {
  const columns = new Set(profile.layouts.flatMap((layout) => fieldsOf(layout, profile)).filter((name) => name !== '_'));
  const parties = Object.entries(profile.parties).map(
    ([name, {as}]) => [name, new Set([...(profile.kinds[as] ?? []).map(({is}) => is), 'none', 'other'])] as const,
  );
  return {columns, parties: new Map(parties)};
}

function findingsInLayout(layout: Layout, path: Path, profile: Profile): readonly Finding[] {
  const {columns, lengths, csv, id = [], name} = layout;
  if ((columns === undefined) !== (lengths === undefined) || (columns === undefined) === (csv === undefined)) {
    return [{path, what: 'must have either columns and lengths, or csv', cure: 'Give it columns and lengths, or csv.'}];
  }
  const fields = fieldsOf(layout, profile).filter((field) => field !== '_');
  const repeated = fields.filter((field, place) => fields.indexOf(field) !== place);
  const isFirst = profile.layouts.findIndex((other) => other.name === name) === path[1];
  return [
    ...columnsOutside(layout, path),
    ...repeated.map((field) => ({path: [...path, 'csv'], what: `has ${field} twice`, cure: 'Each field has a name of its own.'})),
    ...id
      .filter((field) => !fields.includes(field))
      .map((field) => ({path: [...path, 'id'], what: `speaks of ${field}, which this layout has not`, cure: 'Correct it.'})),
    ...(isFirst ? [] : [{path: [...path, 'name'], what: 'is used twice', cure: 'Each layout has a name of its own.'}]),
  ];
}

function columnsOutside({columns = {}, lengths = []}: Layout, path: Path): readonly Finding[] {
  const longest = Math.max(...lengths.map(({to}) => to));
  return Object.entries(columns)
    .filter(([, {to}]) => to > longest)
    .map(([name]) => ({
      path: [...path, 'columns', name],
      what: `ends behind the longest line, ${longest}`,
      cure: 'Correct it or lengths.',
    }));
}

function findingsInParties({parties, kinds}: Profile, {columns}: Names): readonly Finding[] {
  return Object.entries(parties).flatMap(([name, {field, as}]) => [
    ...(columns.has(name) ? [{path: ['parties', name], what: 'is also the name of a column', cure: 'Give the party another name.'}] : []),
    ...(columns.has(field)
      ? []
      : [{path: ['parties', name, 'field'], what: `speaks of ${field}, which no layout has`, cure: 'Correct one of the two.'}]),
    ...(Object.hasOwn(kinds, as)
      ? []
      : [{path: ['parties', name, 'as'], what: `speaks of ${as}, which is not under kinds`, cure: 'Correct one of the two.'}]),
  ]);
}

function findingsInPictures({time, duration, ring, whole}: Profile): readonly Finding[] {
  const findings: Finding[] = [];
  if (stampReader(time.picture) === undefined) {
    const cure = 'Draw it with YYYY, YY, MM, DD, hh, mm, ss and p, such as MM/DD hh:mm[:ss]; day, month, hour and minute must be there.';
    findings.push({path: ['time', 'picture'], what: 'is no picture of a time', cure});
  }
  for (const [name, value] of Object.entries({duration, ring, whole})) {
    if (value === undefined || durationReader(value.picture) !== undefined) continue;
    const cure = 'Draw it with h, m, s, t (tenths of a minute) and f, such as hh:mm:ss, h*:mm:ss or s*.';
    findings.push({path: [name, 'picture'], what: 'is no picture of a duration', cure});
  }
  if (ring !== undefined && whole !== undefined) {
    findings.push({path: ['whole'], what: 'must not stand beside ring', cure: 'Keep the one that the switchboard prints.'});
  }
  return findings;
}

type Reference = readonly [path: Path, reference: string];

function references(profile: Profile): readonly Reference[] {
  const {time, duration, ring, whole, calls, sourceKey} = profile;
  const values = Object.entries({duration, ring, whole}).flatMap(([name, value]): Reference[] =>
    value === undefined ? [] : [[[name, 'from'], value.from]],
  );
  const parts = Object.entries(calls).flatMap(([direction, call]) =>
    Object.entries(call).flatMap(([part, from = []]) => from.map((name): Reference => [['calls', direction, part], name])),
  );
  return [
    ...time.from.map((name): Reference => [['time', 'from'], name]),
    ...values,
    ...parts,
    ...sourceKey.map((name): Reference => [['sourceKey'], name]),
  ];
}

function findingsInReference(path: Path, reference: string, names: Names): readonly Finding[] {
  const [name = '', kind] = reference.split('/');
  const kinds = names.parties.get(name);
  if (kinds === undefined) {
    if (names.columns.has(name) && kind === undefined) return [];
    return [{path, what: `speaks of ${reference}, which no layout has`, cure: 'Correct it, or add the column or the party.'}];
  }
  return kind === undefined || kinds.has(kind) ? [] : [unknownKind(path, name, kind, kinds)];
}

function unknownKind(path: Path, name: string, kind: string, kinds: ReadonlySet<string>): Finding {
  return {path, what: `speaks of ${name}/${kind}; ${name} is ${[...kinds].join(', ')}`, cure: 'Correct it, or add the kind.'};
}

function conditions({layouts, records, answered, direction, flags}: Profile): readonly (readonly [Path, When])[] {
  const lists = Object.entries({layouts, records, answered, direction, flags});
  return lists.flatMap(([name, list = []]) =>
    list.flatMap(({when}, place): (readonly [Path, When])[] => (when === undefined ? [] : [[[name, place, 'when'], when]])),
  );
}

function findingsInWhen(path: Path, when: When, names: Names): readonly Finding[] {
  return Object.entries(when).flatMap(([name, condition]) => {
    const here = [...path, name];
    const found = findingsInReference(here, name, names);
    const kinds = names.parties.get(name);
    // A layout is chosen before there are parties.
    if (kinds !== undefined && path[0] === 'layouts') {
      return [{path: here, what: 'is a party; a layout is chosen by its columns', cure: 'Name the column.'}];
    }
    if (kinds === undefined || !(typeof condition === 'string' || Array.isArray(condition))) return found;
    const unknown = [condition].flat().filter((kind) => !kinds.has(kind));
    return [...found, ...unknown.map((kind) => unknownKind(here, name, kind, kinds))];
  });
}

/** Without time and duration there is no call. */
function neededEverywhere(profile: Profile): readonly Finding[] {
  const needed = [...profile.time.from, profile.duration.from].map((reference) => {
    const [name = ''] = reference.split('/');
    return profile.parties[name]?.field ?? name;
  });
  return profile.layouts.flatMap((layout, place) => {
    const fields = fieldsOf(layout, profile);
    const missing = needed.filter((name) => !fields.includes(name));
    return missing.map((name) => ({
      path: ['layouts', place],
      what: `has no ${name}`,
      cure: 'Every layout needs the fields of time and duration.',
    }));
  });
}
