// The dial plan at the desk: what is typed, what is published, and what is warned of first.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {fieldsOfPolicy, NO_MORE_DIAL_FIELDS, readDialFields, type DialFields} from '../../../cloud/desk/dial-fields.ts';
import {DESK_WORDS} from '../../../cloud/desk/messages.ts';
import {must} from '../../../shared/assert/assert.ts';
import {countryOf} from '../../../shared/telephone/country.ts';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {POLICY} from '../../rig/desk/seen.ts';

const BRITAIN = must(countryOf('GB'), 'GB');
const PLAIN: DialFields = {outsideLine: '9', areaCode: '20', extensionDigits: '4', alwaysOpen: '5000 5001', ...NO_MORE_DIAL_FIELDS};
const MORE: DialFields = {
  ...PLAIN,
  localLengths: '7 8',
  carrierCodes: '1010xxx 18185',
  supplementaryPrefixes: '143',
  shortCodes: '81 02079460000\n*21x',
  accountCodes: '*8xxxx#N',
};

describe('what is typed', () => {
  test('becomes a dial plan in which what is empty is left out', () => {
    const plan = {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4};
    expect(readDialFields(PLAIN, BRITAIN, DESK_WORDS)).toEqual({kind: 'read', dialPlan: plan, alwaysOpen: ['5000', '5001']});
    expect(readDialFields(MORE, BRITAIN, DESK_WORDS)).toEqual({
      kind: 'read',
      dialPlan: {
        ...plan,
        localLengths: [7, 8],
        carrierCodes: ['1010xxx', '18185'],
        supplementaryPrefixes: ['143'],
        shortCodes: [{code: '81', number: '02079460000'}, {code: '*21x'}],
        accountCodes: {position: 'before', lead: '*8', length: 4, separator: '#'},
      },
      alwaysOpen: ['5000', '5001'],
    });
  });

  test('is shown again as it was typed', () => {
    for (const fields of [PLAIN, MORE, {...MORE, accountCodes: 'N#xxxxx'}]) {
      const read = readDialFields(fields, BRITAIN, DESK_WORDS);
      expect(read.kind === 'read' && fieldsOfPolicy(read)).toEqual(fields);
    }
  });

  test('keeps prefixes that the site has of its own', () => {
    const own = {...POLICY.dialPlan, internationalPrefixes: ['00', '011']};
    const read = readDialFields(PLAIN, BRITAIN, DESK_WORDS, own);
    expect(read.kind === 'read' && read.dialPlan.internationalPrefixes).toEqual(['00', '011']);
  });

  test.for([
    ['xxxx', 'no number'],
    ['8xxxxN', 'nothing between code and number'],
    ['N', 'no code'],
    [`*8${'x'.repeat(13)}#N`, 'thirteen digits'],
    ['*8xx12#N', 'other digits in the code'],
  ])('%s is no account code: %s', ([accountCodes = '']) => {
    const read = readDialFields({...PLAIN, accountCodes}, BRITAIN, DESK_WORDS);
    expect(read.kind === 'wrong' && Object.keys(read.errors)).toEqual(['accountCodes']);
  });

  test('a code that begins like an emergency number is wrong where it stands', () => {
    for (const [field, value] of [
      ['supplementaryPrefixes', '112'],
      ['shortCodes', '999x 02079460000'],
      ['accountCodes', '999xx#N'],
    ] as const) {
      const read = readDialFields({...PLAIN, [field]: value}, BRITAIN, DESK_WORDS);
      expect(read.kind === 'wrong' && Object.keys(read.errors)).toEqual([field]);
    }
  });
});

describe('the page of the dial plan', () => {
  let rig: DeskRig;
  let admin = '';
  beforeEach(async () => {
    rig = await openDesk();
    admin = await rig.cookie('ada');
    const {dialPlan} = POLICY;
    const {accountCodes: _, ...plain} = dialPlan;
    await rig.store.transact((tx) =>
      rig.given.publish.policy(tx, {id: 'ada', role: 'admin'}, {site: 'north', policy: {...POLICY, dialPlan: plain}}),
    );
  });
  afterEach(() => rig.close());

  const PATH = '/desk/sites/north/dial-plan';
  const published = async () => must(await rig.given.published.policyOf(rig.store.reading, 'north'), 'rules');
  const present = async () => fieldsOfPolicy(await published());

  test('says what changes, then publishes it whole, once', async () => {
    const before = await published();
    const fields = {...(await present()), accountCodes: '*8xxxx#N', areaCode: '20'};
    const asked = await (await post(rig, PATH, fields, admin)).text();
    expect(asked).toContain('Account codes: nothing → *8xxxx#N');
    expect(asked).toContain('Area code: nothing → 20');
    expect(asked).not.toContain('Carrier codes:');
    expect(await published()).toEqual(before);
    expect((await post(rig, PATH, {...fields, sure: 'yes'}, admin)).status).toBe(303);
    const accountCodes = {position: 'before', lead: '*8', length: 4, separator: '#'};
    expect(await published()).toEqual({...before, dialPlan: {...before.dialPlan, areaCode: '20', accountCodes}});
    expect((await rig.acts()).at(-1)).toMatchObject({by: 'ada', act: 'policy', subject: 'north'});
    expect(await (await get(rig, '/desk/sites/north', admin)).text()).toContain('*8xxxx#N');
    expect((await post(rig, PATH, fields, admin)).status).toBe(422);
  });

  test('warns of lines that do not fit, before it is published and on the page of the site', async () => {
    // Lines of the north hall have four digits and begin with 2.
    const fields = {...(await present()), outsideLine: '2'};
    const warning = 'Line 2101 begins with 2, the digit for an outside line';
    expect(await (await get(rig, '/desk/sites/north', admin)).text()).not.toContain('do not fit together');
    expect(await (await post(rig, PATH, fields, admin)).text()).toContain(warning);
    await post(rig, PATH, {...fields, sure: 'yes'}, admin);
    expect(await (await get(rig, '/desk/sites/north', admin)).text()).toContain(warning);
    expect(await (await post(rig, '/desk/sites/north/mode', {mode: 'watch'}, admin)).text()).toContain(warning);
  });

  test('says what is wrong beside its field, and changes nothing', async () => {
    const before = await published();
    const answer = await post(rig, PATH, {...(await present()), carrierCodes: 'BT', extensionDigits: '0', sure: 'yes'}, admin);
    expect(answer.status).toBe(422);
    const text = await answer.text();
    expect(text).toContain('id="carrierCodes-error"');
    expect(text).toContain('id="extensionDigits-error"');
    expect(text).toContain('<details open');
    expect(await published()).toEqual(before);
  });
});
