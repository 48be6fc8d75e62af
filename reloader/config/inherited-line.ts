import type { ConfigLine } from './line.ts';

/**
 * Lines of `defaults` that hold for a backend that is added at runtime as they do for one that a start reads. Seen on
 * 3.4 for each of them; `compression` is silently left out there, and a rule that uses a cache ends HAProxy.
 */
const KEYWORDS = new Set(
  (
    'acl backlog balance clitcpka-cnt clitcpka-idle clitcpka-intvl cookie default-server default_backend ' +
    'dynamic-cookie-key error-log-format errorfile errorloc errorloc302 errorloc303 fullconn hash-balance-factor ' +
    'hash-preserve-affinity hash-type http-check http-error http-reuse http-send-name-header ' +
    'load-server-state-from-file log log-format log-format-sd log-tag max-keep-alive-queue max-session-srv-conns ' +
    'maxconn mode monitor-uri no option persist rate-limit retries retry-on server-state-file-name source ' +
    'srvtcpka-cnt srvtcpka-idle srvtcpka-intvl stats tcp-check timeout unique-id-format unique-id-header'
  ).split(' '),
);

/** The first words of rules. All others might be of a filter, which such a backend does not get. */
const ACTIONS = new Set(
  (
    'accept add-acl add-header allow auth content del-acl del-header del-map deny disable-l7-retry do-log early-hint ' +
    'inspect-delay pause redirect reject replace-header replace-path replace-pathq replace-uri replace-value return ' +
    'sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0 set-dst set-dst-port set-header ' +
    'set-log-level set-map set-method set-path set-pathq set-priority-class set-priority-offset set-query set-src ' +
    'set-src-port set-status set-timeout set-uri set-var set-var-fmt silent-drop strict-mode tarpit track-sc ' +
    'track-sc0 track-sc1 track-sc2 unset-var wait-for-body'
  ).split(' '),
);
const RULES = new Set(
  'http-after-response http-request http-response tcp-request tcp-response'.split(' '),
);
/** A backend of these cannot be deleted, or runs programs that are found at the start. */
const OPTIONS = new Set(['external-check', 'transparent']);

const actionOf = (word = '') => /^[a-z0-9-]+/.exec(word)?.[0] ?? '';

/** Whether a line of `defaults` is known to hold for backends that are added while HAProxy runs. */
export function isInherited({ words }: ConfigLine): boolean {
  const [keyword = '', second, third] = words;
  if (!RULES.has(keyword))
    return KEYWORDS.has(keyword) && !OPTIONS.has((keyword === 'no' ? third : second) ?? '');
  if (!ACTIONS.has(actionOf(second))) return false;
  return second !== 'content' || ACTIONS.has(actionOf(third));
}
