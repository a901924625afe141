// The test cards that the provider publishes, and what each does: https://docs.stripe.com/testing
export type Decline = {readonly code: string; readonly decline_code?: string; readonly message: string};

export type TestCard = {
  readonly brand: 'visa' | 'mastercard' | 'amex';
  /** never · for each payment until it is set up · for each payment, set up or not · only with the student there. */
  readonly authentication: 'never' | 'unless-set-up' | 'always' | 'on-session';
  /** What becomes of a charge, after authentication if that is needed. */
  readonly charge: Decline | undefined;
  /** May it be kept with a customer? */
  readonly attaches: boolean;
};

export const declines = {
  card_declined: {code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.'},
  insufficient_funds: {code: 'card_declined', decline_code: 'insufficient_funds', message: 'Your card has insufficient funds.'},
  expired_card: {code: 'expired_card', decline_code: 'expired_card', message: 'Your card has expired.'},
  processing_error: {
    code: 'processing_error',
    decline_code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
  },
  authentication_required: {
    code: 'authentication_required',
    decline_code: 'authentication_required',
    message: 'Your card was declined. This transaction requires authentication.',
  },
  live_card: {
    code: 'card_declined',
    decline_code: 'test_mode_live_card',
    message: 'Your card was declined. Your request was in test mode, but used a non test card.',
  },
} as const satisfies Record<string, Decline>;

const plain: TestCard = {brand: 'visa', authentication: 'never', charge: undefined, attaches: true};
const refused = (charge: Decline): TestCard => ({...plain, charge, attaches: false});

const cards: Readonly<Record<string, TestCard>> = {
  '4242424242424242': plain,
  '5555555555554444': {...plain, brand: 'mastercard'},
  '378282246310005': {...plain, brand: 'amex'},
  '4000002500003155': {...plain, authentication: 'unless-set-up'},
  '4000002760003184': {...plain, authentication: 'always'},
  '4000003800000446': {...plain, authentication: 'on-session'},
  '4000000000000341': {...plain, charge: declines.card_declined},
  '4000008260003178': {...plain, authentication: 'always', charge: declines.insufficient_funds},
  '4000008400001629': {...plain, authentication: 'always', charge: declines.card_declined},
  '4000000000000002': refused(declines.card_declined),
  '4000000000009995': refused(declines.insufficient_funds),
  '4000000000000069': refused(declines.expired_card),
  '4000000000000119': refused(declines.processing_error),
};

/** Ready-made payment methods of the test mode. */
export const readyMade: Readonly<Record<string, string>> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_amex: '378282246310005',
  pm_card_authenticationRequired: '4000002760003184',
  pm_card_authenticationRequiredOnSetup: '4000002500003155',
  pm_card_chargeCustomerFail: '4000000000000341',
};

export function cardOf(number: string): TestCard {
  return cards[number] ?? refused(declines.live_card);
}

/** The last digit is a checksum: https://en.wikipedia.org/wiki/Luhn_algorithm */
export function isCardNumber(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false;
  const digits = Array.from(number).toReversed().map(Number);
  const sum = digits.reduce((total, digit, index) => total + (index % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)), 0);
  return sum % 10 === 0;
}
