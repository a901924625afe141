// The line to the cloud lets nothing through and says nothing of it: a cable pulled out behind a router. Both ends notice by
// themselves, the hall goes on meanwhile, and what was not told is told once there is a line again.
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {startHall, type Hall} from '../rig/hall.ts';

const POUND = 1_000_000;
const SOON = {timeout: 20_000, interval: 30};
/** Half as much again as the 30 s in which a connection must say something. */
const NOTICED = {timeout: 60_000, interval: 200};
const ANN = '101';
const LONDON = '902079460123';

describe('a line that swallows everything', () => {
  let hall: Hall;
  beforeAll(async () => {
    hall = await startHall([{extension: ANN, name: 'Ann', opening: 0.5 * POUND}]);
  });
  afterAll(() => hall.end());

  test('is noticed on both ends, and nothing is lost', async () => {
    const {account} = hall.resident(ANN);
    const opened = hall.relay.opened();
    const saidBefore = hall.boxLog.length;
    hall.swallowLink();
    expect(await hall.board.control.ask(`CALL ${ANN} ${LONDON} 290`)).toBe('made');
    await vi.waitFor(() => expect(hall.line(ANN)).toMatchObject({wanted: 'locked', confirmed: 1}), SOON);
    expect(hall.balance(account)).toEqual({box: 0, cloud: 0.5 * POUND});

    const said = (): readonly string[] => hall.boxLog.slice(saidBefore).map(({msg}) => msg);
    await vi.waitFor(() => expect(said().join('\n')).toContain('the cloud is not connected'), NOTICED);
    const session = 'SELECT disconnected_at >= connected_at AS isOver FROM box_state';
    await vi.waitFor(() => expect(hall.cloudRows(session)).toEqual([{isOver: 1}]), NOTICED);

    hall.mendLink();
    await hall.rest();
    expect(hall.relay.opened()).toBeGreaterThan(opened);
    expect(hall.balance(account)).toEqual({box: 0, cloud: 0});
    expect(await hall.agree()).toEqual([]);
  }, 180_000);
});
