/**
 * Keywords that can start a line of a proxy in HAProxy 2.6 to 3.4. Any other word might be a section of a version
 * that is not known here, and what follows it no part of the proxy.
 * Source: HAProxy configuration manual, 4.1 "Proxy keywords matrix".
 */
const KEYWORDS = new Set(
  (
    'acl backlog balance be-unpublished bind bind-process capture clitcpka-cnt clitcpka-idle clitcpka-intvl compression cookie ' +
    'declare default default-server default_backend description disabled dispatch dynamic-cookie-key ' +
    'email-alert enabled error-log-format errorfile errorfiles errorloc errorloc302 errorloc303 external-check filter force-be-switch ' +
    'force-persist fullconn guid hash-balance-factor hash-preserve-affinity hash-type http-after-response http-check http-error ' +
    'http-request http-response http-reuse http-send-name-header id ignore-persist ' +
    'load-server-state-from-file log log-format log-format-sd log-steps log-tag max-keep-alive-queue ' +
    'max-session-srv-conns maxconn mode monitor monitor-net monitor-uri no option persist quic-initial rate-limit ' +
    'redirect retries retry-on server server-state-file-name server-template source srvtcpka-cnt srvtcpka-idle ' +
    'srvtcpka-intvl stats stick stick-table tcp-check tcp-request tcp-response timeout transparent ' +
    'unique-id-format unique-id-header use-fcgi-app use-server use_backend'
  ).split(' '),
);

export function isProxyKeyword(word: string): boolean {
  return KEYWORDS.has(word);
}
