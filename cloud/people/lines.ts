// Telephone lines of a site. In: an extension, its class, what people call the place. Out: a row, told to the box.
// Never true: a class that the box does not know of; a label on its way to the box.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {DOWN_BODIES, type DownBody} from '../../shared/wire/kinds.ts';
import type {Reader, Tx} from '../store/open.ts';
import {factId, type PeopleGiven} from './act.ts';

/** `staff`, `lift` and `emergency` are never locked. */
export type LineClass = DownBody<'extension'>['class'];

export type LineRefusal = Refusal<'site-unknown' | 'line-unknown' | 'line-taken' | 'extension-invalid' | 'label-invalid'>;

export type Line = {readonly site: string; readonly extension: string; readonly class: LineClass; readonly label?: string};

export type Lines = {
  readonly create: (tx: Tx, actor: Actor, line: Line) => Promise<Done | LineRefusal>;
  /** An empty label takes it away. */
  readonly change: (
    tx: Tx,
    actor: Actor,
    change: Pick<Line, 'site' | 'extension'> & Partial<Pick<Line, 'class' | 'label'>>,
  ) => Promise<Done | LineRefusal>;
};

const LONGEST_LABEL = 60;

export function createLines({audit, downLog, randomBytes}: PeopleGiven): Lines {
  const tell = async (tx: Tx, {site, extension, class: kind}: Line): Promise<void> => {
    await downLog.write(tx, site, [{kind: 'extension', id: factId(extension, randomBytes), body: {extension, class: kind}}]);
  };

  const create: Lines['create'] = async (tx, actor, line) => {
    const {site, extension, class: kind} = line;
    const label = tidy(line.label);
    const no = forbidden(actor, 'clerk') ?? faultOf(line, label);
    if (no !== undefined) return no;
    const known = await tx.db.selectFrom('site').select('id').where('id', '=', site).executeTakeFirst();
    if (known === undefined) return refused('site-unknown', `there is no site ${site}`, 'choose one of the list');
    if ((await lineOf(tx.db, site, extension)) !== undefined)
      return refused('line-taken', `line ${extension} is there already`, 'change it, or choose another extension');
    await tx.db.insertInto('line').values({site, extension, class: kind, label}).execute();
    await tell(tx, line);
    await audit(tx, {by: actor.id, act: 'line-create', site, subject: extension, detail: {class: kind, label}});
    return {kind: 'done'};
  };

  const change: Lines['change'] = async (tx, actor, {site, extension, ...wanted}) => {
    const no = forbidden(actor, 'clerk');
    if (no !== undefined) return no;
    const line = await lineOf(tx.db, site, extension);
    if (line === undefined) return refused('line-unknown', `there is no line ${extension}`, 'make it first');
    const label = wanted.label === undefined ? line.label : tidy(wanted.label);
    const kind = wanted.class ?? line.class;
    const fault = faultOf({extension}, label);
    if (fault !== undefined) return fault;
    await tx.db.updateTable('line').set({class: kind, label}).where('site', '=', site).where('extension', '=', extension).execute();
    if (kind !== line.class) await tell(tx, {site, extension, class: kind});
    await audit(tx, {by: actor.id, act: 'line-change', site, subject: extension, detail: {class: kind, label}});
    return {kind: 'done'};
  };

  return {create, change};
}

export function lineOf(db: Reader, site: string, extension: string) {
  return db.selectFrom('line').select(['class', 'label']).where('site', '=', site).where('extension', '=', extension).executeTakeFirst();
}

function tidy(label = ''): string | null {
  const plain = label.trim().replaceAll(/\s+/g, ' ').normalize('NFC');
  return plain === '' ? null : plain;
}

function faultOf({extension}: Pick<Line, 'extension'>, label: string | null) {
  if (!DOWN_BODIES.extension.shape.extension.safeParse(extension).success)
    return refused('extension-invalid', 'this is not an extension', 'write digits or letters as the switchboard names the line');
  if (label !== null && (label.length > LONGEST_LABEL || /\p{C}/u.test(label)))
    return refused('label-invalid', 'this label is too long', `write at most ${LONGEST_LABEL} characters`);
  return undefined;
}
