/**
 * A second file for `haproxy -c`, beside the configuration. HAProxy reads every certificate of the system for its own HTTP
 * client, which Lua and OCSP updates use: about two thirds of the processor time of a usual check, by 2.6 to 3.4. No verdict
 * depends on it unless the configuration sets that client up: HAProxy goes on without those that it cannot read.
 * Source: HAProxy configuration manual, 3.5 `httpclient.ssl.verify`.
 */
const WITHOUT_HTTP_CLIENT = `.if version_atleast(2.6) && feature(OPENSSL)
global
  httpclient.ssl.verify none
.endif
`;

/** Of that file, beside files of a bundle, none of which has it. */
export const LIGHT_CHECK_PATH = 'light-check.cfg';

export interface LightCheck<Ended> {
  /** The configuration, as a path. */
  readonly config: string;
  readonly text: string;
  /** Where the second file may be written. */
  readonly beside: string;
  readonly write: (path: string, content: string) => void;
  /** Runs `haproxy -c -f` with each of these files. */
  readonly run: (files: readonly string[]) => Promise<Ended>;
}

/** Checks without what no check needs; all the same where that is not sure to be the same verdict. */
export async function checkLightly<Ended extends { readonly output: string }>({
  config,
  text,
  beside,
  write,
  run,
}: LightCheck<Ended>): Promise<Ended> {
  if (text.includes('httpclient.')) return run([config]);
  write(beside, WITHOUT_HTTP_CLIENT);
  const ended = await run([config, beside]);
  // A HAProxy that does not know what is in it: older than 2.5.
  return ended.output.includes(beside) ? run([config]) : ended;
}
