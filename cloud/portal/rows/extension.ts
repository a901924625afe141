// Is a number one of the building's own telephones? Calls to it are calls within the house.
import type {Reader} from '../../store/open.ts';

export async function isExtension(db: Reader, site: string, digits: string): Promise<boolean> {
  const row = await db.selectFrom('line').select('extension').where('site', '=', site).where('extension', '=', digits).executeTakeFirst();
  return row !== undefined;
}
