// The student's own data: language, password, signing out everywhere.
import {figure} from '../../../shared/ui/counted.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, type Answer} from '../../../shared/web/answer.ts';
import type {StudentRoute} from '../../web/route.ts';
import {AccountPage} from '../pages/account.tsx';
import {fieldOf, ofPerson, type Asking, type RouteGround} from './ground.ts';

const MINUTE_MS = 60_000;

export function accountRoutes(ground: RouteGround): readonly StudentRoute[] {
  return [
    {path: '/account', signed: true, get: ofPerson(ground, (asking) => show(ground, asking, {}))},
    {
      path: '/account/language',
      signed: true,
      get: () => go('/account'),
      post: ofPerson(ground, async (asking) => {
        const {visit, person, words} = asking;
        const wanted = fieldOf(visit, 'language');
        const language = ground.drawing.languages().find(({locale}) => locale === wanted);
        if (language === undefined) return show(ground, asking, {language: words.account.languageWrong});
        await ground.setLanguage(person, language.locale);
        // Said in the language that was chosen.
        asking.tell(language.words.account.languageSaved);
        return go('/account');
      }),
    },
    {
      path: '/account/password',
      signed: true,
      get: () => go('/account'),
      post: ofPerson(ground, (asking) => changePassword(ground, asking)),
    },
    {
      path: '/account/sign-out-everywhere',
      signed: true,
      get: () => go('/account'),
      post: async ({session}) => {
        await ground.entry.signOutEverywhere(session);
        return {kind: 'go', to: '/sign-in?why=everywhere', session: {kind: 'end'}};
      },
    },
  ];
}

function show({drawing}: RouteGround, {page}: Asking, errors: Errors, status = Object.keys(errors).length > 0 ? 422 : 200): Answer {
  return page(<AccountPage languages={drawing.languages()} errors={errors} />, status);
}

async function changePassword(ground: RouteGround, asking: Asking): Promise<Answer> {
  const {visit, words, tell} = asking;
  const {account: said, entry} = words;
  const {locale} = visit.setting;
  const [old, chosen] = [visit.form.get('old') ?? '', visit.form.get('new') ?? ''];
  if (old === '') return show(ground, asking, {old: said.oldMissing});
  const outcome = await ground.entry.changePassword(visit.session, {old, chosen});
  switch (outcome.kind) {
    case 'changed':
      tell(said.changed(figure(outcome.ended, locale)));
      return go('/account');
    case 'wrong':
      return show(ground, asking, {old: said.oldWrong});
    case 'weak':
      return show(ground, asking, {new: entry.password.faults[outcome.fault]});
    case 'too-many':
      return show(ground, asking, {old: entry.tooMany(figure(Math.ceil(outcome.waitMs / MINUTE_MS), locale))}, 429);
    case 'busy':
      return show(ground, asking, {old: entry.busy}, 503);
  }
}
