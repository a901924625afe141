// A form that is sent twice is one: the second click hears what the first one did.
// In: a form with the number that its page was drawn with. Out: one answer for both. Never true: two students for a double click.
// In memory, for as long as a finger is quick: what must be one for ever, such as a payment, has its number in the database.
import type {Answer, Handle} from '../../shared/web/answer.ts';
import type {SignedStaffVisit} from '../web/route.ts';

export type Once = (post: Handle<SignedStaffVisit>) => Handle<SignedStaffVisit>;

/** More than are under way; the oldest is forgotten first. */
const MOST_KEPT = 1_000;
const FORM = /^[0-9a-f]{16,64}$/;

export function createOnce(): Once {
  const sent = new Map<string, Promise<Answer>>();
  return (post) => (visit) => {
    const form = visit.form.get('form') ?? '';
    if (!FORM.test(form)) return post(visit);
    const key = `${visit.session.key} ${visit.path} ${form}`;
    const known = sent.get(key);
    if (known !== undefined) return known;
    const answer = Promise.resolve(post(visit));
    sent.set(key, answer);
    const [oldest] = sent.keys();
    if (sent.size > MOST_KEPT && oldest !== undefined) sent.delete(oldest);
    // What was not done may be sent again; a page that shows something once is not kept.
    answer.then(
      ({kind}) => {
        if (kind !== 'go') sent.delete(key);
      },
      () => sent.delete(key),
    );
    return answer;
  };
}
