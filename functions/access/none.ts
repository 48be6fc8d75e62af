import type { Authenticator } from './authenticator.ts';

/** Lets everybody in: for loopback, or where the operator said so in as many words. */
export const anyone: Authenticator = {
  describes: 'anyone who can connect',
  admit: ({ peer }) => Promise.resolve({ kind: 'allowed', name: peer }),
  recall: ({ peer }) => ({ kind: 'allowed', name: peer }),
};
