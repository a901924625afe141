// Whose page it is: the student of an account, with the building. In: an account. Out: the person, if the account is open.
import type {Currency} from '../../../shared/money/micros.ts';
import type {Reader} from '../../store/open.ts';
import type {Person} from '../given.ts';

export async function readPerson(db: Reader, account: string): Promise<Person | undefined> {
  const row = await db
    .selectFrom('student')
    .innerJoin('site', 'site.id', 'student.site')
    .select(['student.account', 'student.name', 'student.email', 'student.language'])
    .select(['site.id as site', 'site.name as siteName', 'site.zone', 'site.currency'])
    .where('student.account', '=', account)
    .where('student.closed_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const {name, email, language, site, siteName, zone, currency} = row;
  return {account, name, email: email ?? undefined, language, site: {id: site, name: siteName, zone, currency: currency as Currency}};
}
