// Whom an allowance of a whole site is for.
import type {Reader} from '../../store/open.ts';

export async function countOpenStudents(db: Reader, site: string): Promise<number> {
  const {count} = await db
    .selectFrom('student')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('site', '=', site)
    .where('closed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}
