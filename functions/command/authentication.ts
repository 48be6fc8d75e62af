import type { Authenticator } from '../access/authenticator.ts';
import { certificateHolders } from '../access/certificate.ts';
import { limitFailures } from '../access/limit.ts';
import { anyone } from '../access/none.ts';
import { admitBySecret } from '../access/secret-path.ts';
import { tokenHolders } from '../access/token.ts';
import type { Settings } from '../settings.ts';

export interface AuthenticationOptions {
  readonly settings: Settings;
  /** By token and access reviews of the API server, for the audience of the settings. */
  readonly kubernetes: () => Authenticator | Promise<Authenticator>;
}

async function authenticatorOf(options: AuthenticationOptions): Promise<Authenticator> {
  const { auth, tokenFile = '', tlsClientNames } = options.settings;
  switch (auth) {
    case 'none':
      return anyone;
    case 'token':
      return limitFailures(await tokenHolders({ path: tokenFile }));
    case 'tls':
      return limitFailures(certificateHolders(tlsClientNames));
    case 'kubernetes':
      return limitFailures(await options.kubernetes());
  }
}

/**
 * Who may ask, as the setting AUTH says; and the API server, by the secret of its webhook.
 *
 * @throws Error where what it needs, such as the token file, cannot be used
 */
export async function createAuthenticator(options: AuthenticationOptions): Promise<Authenticator> {
  const { admissionSecretFile: path } = options.settings;
  const holders = path === undefined ? undefined : limitFailures(await tokenHolders({ path }));
  return admitBySecret(await authenticatorOf(options), holders);
}
