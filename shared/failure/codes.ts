// Every code that a Failure may carry, with its meaning. A code is for ever: support, translations and scripts rely on it.

export const FAILURE_CODES = {
  'config.invalid': 'the configuration cannot be used as it is',
  'config.unreadable': 'the configuration file cannot be read',
  'store.unusable': 'the database cannot be opened or is not durable',
  'store.full': 'the disk is full',
  'store.corrupt': 'the ledger or its chain does not add up',
  'authority.unusable': 'the certificate authority in the data folder cannot be used',
  'port.taken': 'another program listens on that port',
  'file.unreadable': 'a file cannot be read',
  'file.unwritable': 'a file cannot be written',
  'profile.invalid': 'a switchboard profile breaks its schema',
  'profile.unknown': 'no profile has that name',
  'tariff.invalid': 'a tariff file cannot be used',
  'enrol.refused': 'the cloud does not take a box in',
  'enrol.untrusted': 'the cloud, or a certificate of its, is not to be trusted',
  'enrol.unreachable': 'the cloud is not reached',
  'usage.wrong': 'the command was called with wrong words',
} as const;

export type FailureCode = keyof typeof FAILURE_CODES;
