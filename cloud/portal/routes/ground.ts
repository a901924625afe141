// What the routes are made from, and the small things that all of them do.
import type {VNode} from 'preact';
import {page, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Limiter} from '../../../shared/web/limiter.ts';
import type {SignedStudentVisit} from '../../web/route.ts';
import {pageOf, type Drawing} from '../drawing.tsx';
import type {Person, PortalGiven} from '../given.ts';
import type {PortalWords} from '../messages.ts';
import {readPerson} from '../rows/person.ts';
import {figuresIn, type Figures} from '../pages/ground.ts';

export type RouteGround = PortalGiven & {
  readonly drawing: Drawing;
  /** By account: payments begun and cards added, of which each costs a provider something. */
  readonly wishes: Pick<Limiter, 'take'>;
};

/** Somebody who is signed in asks for a page of his own. */
export type Asking = {
  readonly visit: SignedStudentVisit;
  readonly person: Person;
  readonly words: PortalWords;
  readonly figures: Figures;
  /** The page, drawn for this person; 422 where it says what is wrong with a form. */
  readonly page: (content: VNode, status?: number) => Answer;
  /** Told once, on the next page. */
  readonly tell: (text: string) => void;
};

/** Every page of an account begins here: whoever has none any more is signed out. */
export function ofPerson(ground: RouteGround, act: (asking: Asking) => Answer | Promise<Answer>): Handle<SignedStudentVisit> {
  return async (visit) => {
    const {session, setting, notes} = visit;
    const person = await readPerson(ground.reading, session.subject);
    if (person === undefined) {
      await ground.entry.signOut(session);
      return {kind: 'go', to: '/sign-in?why=out', session: {kind: 'end'}};
    }
    return await act({
      visit,
      person,
      words: ground.drawing.language(setting.locale).words,
      figures: figuresIn(setting.locale, person.site.currency),
      page: (content, status) => page(pageOf(person, content), status),
      tell: (text) => notes.leave(session, {state: 'ok', text}),
    });
  };
}

/** A field as typed, without spaces around it. */
export function fieldOf({form}: Pick<SignedStudentVisit, 'form'>, name: string): string {
  return (form.get(name) ?? '').trim();
}
