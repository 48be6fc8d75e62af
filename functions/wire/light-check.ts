/** A file beside those of a bundle, none of which has this name. */
export const LIGHT_CHECK_PATH = 'light-check.cfg';

/**
 * A second file for `haproxy -c`, beside the configuration. HAProxy reads every certificate of the system for its own HTTP
 * client, which Lua and OCSP updates use: about two thirds of the processor time of a usual check, by 2.6 to 3.4. No verdict
 * depends on it unless the configuration sets that client up: HAProxy goes on without those that it cannot read.
 * Source: HAProxy configuration manual, 3.5 `httpclient.ssl.verify`.
 */
export const LIGHT_CHECK = `.if version_atleast(2.6) && feature(OPENSSL)
global
  httpclient.ssl.verify none
.endif
`;

export interface Checking<Ended> {
  /** The configuration, as a path. */
  readonly config: string;
  readonly text: string;
  /** Where the second file is. */
  readonly beside: string;
  /** Runs HAProxy with these arguments. */
  readonly run: (args: readonly string[]) => Promise<Ended>;
}

/** Checks without what no check needs; all the same where that is not sure to be the same verdict. */
export async function checkLightly<Ended extends { readonly output: string }>({
  config,
  text,
  beside,
  run,
}: Checking<Ended>): Promise<Ended> {
  const whole = ['-c', '-f', config];
  if (text.includes('httpclient.')) return run(whole);
  const ended = await run([...whole, '-f', beside]);
  // A HAProxy that does not know what is in it, as older ones do not.
  return ended.output.includes(beside) ? run(whole) : ended;
}
