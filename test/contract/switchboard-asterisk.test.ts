// A real Asterisk keeps the contract; SIPp is the telephone and the carrier. And its AMI over TLS.
import {readFileSync} from 'node:fs';
import {afterAll, describe, expect, test, type TestContext} from 'vitest';
import {createAmiSwitchboard} from '../../edge/switchboard/ami/driver.ts';
import {openWire, type TlsTrust} from '../../edge/switchboard/wire.ts';
import {Secret} from '../../shared/log/log.ts';
import {needs} from '../needs.ts';
import {startAsterisk, type AsteriskRig} from '../rig/asterisk/asterisk.ts';
import {AMI_USER} from '../rig/asterisk/settings.ts';
import {startSipp} from '../rig/asterisk/sipp.ts';
import {isDown, isUp, quiet, realTimers, running, switchboardContract, type Bench} from './switchboard-suite.ts';

async function asterisk(context: TestContext): Promise<Bench> {
  const program = needs(context, 'sipp');
  const rig = await startAsterisk(needs(context, 'asterisk'), ['101', '102', '103']);
  const sipp = await startSipp(program, rig.settings);
  return {
    port: rig.settings.amiPort,
    secret: rig.settings.secret,
    driver: ({port, ...given}) =>
      createAmiSwitchboard({
        ...given,
        username: AMI_USER,
        where: `127.0.0.1:${port}`,
        connect: () => openWire({host: '127.0.0.1', port, tls: undefined}),
      }),
    // main/db.c writes its database to disk once a second.
    forgetsMs: 1_500,
    kill: rig.kill,
    start: rig.start,
    freeze: rig.freeze,
    thaw: rig.resume,
    talk: sipp.call,
    dispose: async () => {
      await sipp.dispose();
      await rig.dispose();
    },
  };
}

switchboardContract('Asterisk', asterisk);

describe('Asterisk over TLS', () => {
  let rig: AsteriskRig | undefined;
  afterAll(() => rig?.dispose());

  const secured = async (context: TestContext, tls: (authority: string) => TlsTrust) => {
    rig ??= await startAsterisk(needs(context, 'asterisk'), ['101']);
    const {amiTlsPort: port, secret} = rig.settings;
    const trust = tls(readFileSync(rig.authority, 'utf8'));
    const driver = running(
      createAmiSwitchboard({
        connect: () => openWire({host: '127.0.0.1', port, tls: trust}),
        where: `127.0.0.1:${port}`,
        username: AMI_USER,
        secret: new Secret(secret),
        timers: realTimers,
        random: () => 0,
        log: quiet,
      }),
    );
    return {driver, dispose: () => driver.stop()};
  };

  test('lines are locked through it', async (context) => {
    const {driver, dispose} = await secured(context, (authority) => ({authority, serverName: 'asterisk.test'}));
    await isUp(driver);
    expect((await driver.switchboard.lock('101')).kind).toBe('confirmed');
    await dispose();
  });

  test('a certificate that nobody vouches for is down with the cure named', async (context) => {
    const {driver, dispose} = await secured(context, () => ({authority: undefined, serverName: undefined}));
    const {why, cure} = await isDown(driver);
    expect(why).toMatch(/no trusted TLS link/);
    expect(cure).toMatch(/certificate/);
    await dispose();
  });
});
