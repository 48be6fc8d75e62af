import type { Authenticator } from '../access/authenticator.ts';
import { certificateHolders } from '../access/certificate.ts';
import { limitFailures } from '../access/limit.ts';
import { anyone } from '../access/none.ts';
import { tokenHolders } from '../access/token.ts';
import type { Settings } from '../settings.ts';

/**
 * Chooses who may ask.
 *
 * @throws TokenFileError where the token file cannot be used
 */
export async function openAuthenticator(settings: Settings): Promise<Authenticator> {
  if (settings.auth === 'tls') return limitFailures(certificateHolders(settings.tlsClientNames));
  if (settings.auth === 'token')
    return limitFailures(await tokenHolders({ path: settings.tokenFile ?? '' }));
  return anyone;
}
