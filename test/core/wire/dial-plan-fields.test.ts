// What the site's rules and accounts say of numbers: rows of before still read as they did, and new words are looked at.
import {describe, expect, test} from 'vitest';
import {DOWN_BODIES} from '../../../shared/wire/kinds.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';

const policyWith = (dialPlan: Record<string, unknown>): boolean =>
  DOWN_BODIES.policy.safeParse({...HALL_POLICY, dialPlan: {...HALL_POLICY.dialPlan, ...dialPlan}}).success;
const account = {account: 'amy', currency: 'GBP', language: 'en', closed: false};

describe('the dial plan of a policy', () => {
  test('without the newer fields reads as it did', () => {
    expect(DOWN_BODIES.policy.parse(HALL_POLICY)).toEqual(HALL_POLICY);
  });

  test.for([
    {localLengths: [8]},
    {carrierCodes: ['132', '1010xxx']},
    {supplementaryPrefixes: ['*67', '141']},
    {shortCodes: [{code: '77', number: '+442079460000'}, {code: '*21*xxxx'}]},
    {accountCodes: {position: 'before', lead: '*8', length: 4, separator: '#'}},
  ])('may say %o', (fields) => {
    expect(policyWith(fields)).toBe(true);
  });

  test.for([
    {localLengths: []},
    {carrierCodes: ['13)']},
    {carrierCodes: ['']},
    {supplementaryPrefixes: ['abc']},
    {shortCodes: [{code: '77', number: '020 7946 0000'}]},
    // Without a mark between code and number nobody could tell a code from a number.
    {accountCodes: {position: 'before', lead: '*8', length: 4, separator: ''}},
    {accountCodes: {position: 'between', lead: '', length: 4, separator: '#'}},
    {accountCodes: {position: 'after', lead: '', length: 0, separator: '#'}},
  ])('cannot say %o', (fields) => {
    expect(policyWith(fields)).toBe(false);
  });
});

test('an account may have codes, from when to when', () => {
  expect(DOWN_BODIES.account.parse(account)).toEqual(account);
  const coded = {
    ...account,
    accountCodes: [
      {code: '4711', from: 0},
      {code: 'hall-a', from: 0, to: 9},
    ],
  };
  expect(DOWN_BODIES.account.parse(coded)).toEqual(coded);
  expect(DOWN_BODIES.account.safeParse({...account, accountCodes: [{code: '', from: 0}]}).success).toBe(false);
});
