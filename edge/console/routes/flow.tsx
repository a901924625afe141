// The flow, and letting the brake go.
import type {VNode} from 'preact';
import {go, page, type Route} from '../../../shared/web/answer.ts';
import {figure} from '../messages/figure.ts';
import {BrakePage, type BrakeView} from '../pages/brake.tsx';
import {FlowPage, type FlowView} from '../pages/flow.tsx';
import {attempt, type RouteGround} from './ground.ts';

export function flowView({health, site, lines, clock}: RouteGround): FlowView {
  const held = site.brakeSince() !== undefined;
  return {status: health.snapshot(), braked: held ? lines.behindBrake(clock.now()).length : undefined};
}

export function flowRoutes(ground: RouteGround): readonly Route[] {
  const {site, lines, clock, acts, words} = ground;
  const brake = (seen: number | undefined): VNode => {
    const view: BrakeView = {
      isHeld: site.brakeSince() !== undefined,
      waiting: lines.behindBrake(clock.now()),
      allLines: lines.count(),
      mayLock: site.policy()?.mode === 'bill-and-lock',
      seen,
    };
    return <BrakePage {...view} />;
  };
  return [
    {path: '/', signed: true, get: () => page(<FlowPage {...flowView(ground)} />)},
    {
      path: '/brake',
      signed: true,
      get: () => page(brake(undefined)),
      post: (visit) => {
        if (site.brakeSince() === undefined) return go('/brake');
        const waiting = lines.behindBrake(clock.now()).length;
        const seen = Number(visit.form.get('seen') ?? '-1');
        // The number is what was agreed to: another one is asked for again.
        if (seen !== waiting) return page(brake(Number.isSafeInteger(seen) && seen >= 0 ? seen : undefined), 409);
        const {brake: said} = words.flow;
        attempt(visit, words, () => {
          acts.releaseBrake(visit.session.name);
          return waiting === 0 ? said.doneNone : said.done(figure(waiting, visit.setting.locale));
        });
        return go('/');
      },
    },
  ];
}
