import { type Annotation, type Controller, type Fate, notNeeded, refused } from './annotation.ts';

export const NGINX_PREFIX = 'nginx.ingress.kubernetes.io/';

/** What the template of examples/ingress serves. */
export const SERVED: ReadonlySet<string> = new Set([
  ...['affinity', 'allowlist-source-range', 'app-root', 'backend-protocol'],
  ...['canary', 'canary-by-cookie', 'canary-by-header', 'canary-by-header-value'],
  ...['canary-weight', 'canary-weight-total', 'cors-allow-credentials', 'cors-allow-headers'],
  ...['cors-allow-methods', 'cors-allow-origin', 'cors-expose-headers', 'cors-max-age'],
  ...['denylist-source-range', 'enable-cors', 'force-ssl-redirect', 'from-to-www-redirect'],
  ...['limit-connections', 'limit-rpm', 'limit-rps', 'load-balance'],
  ...['permanent-redirect', 'permanent-redirect-code', 'proxy-body-size', 'proxy-connect-timeout'],
  ...['proxy-read-timeout', 'proxy-send-timeout', 'rewrite-target', 'server-alias'],
  ...['service-upstream', 'session-cookie-max-age', 'session-cookie-name'],
  ...['session-cookie-samesite', 'ssl-redirect', 'temporal-redirect', 'temporal-redirect-code'],
  ...['upstream-hash-by', 'upstream-vhost', 'use-regex', 'whitelist-source-range'],
  'x-forwarded-prefix',
]);

/** An Ingress with one of these is answered 503 by that template: without it, it would let in whom it is to keep out. */
export const KEPT_OUT: Readonly<Record<string, string>> = {
  'auth-tls-secret': 'write "verify required ca-file" on a bind line of its own',
  'auth-tls-verify-client': 'write "verify required ca-file" on a bind line of its own',
  'auth-type': 'write a userlist into the template',
  'auth-url': 'HAProxy asks another service about a request only through Lua or SPOE',
  'configuration-snippet': "nginx's own language: write it as lines of the template",
  'enable-modsecurity': 'HAProxy has no WAF of its own',
  'modsecurity-snippet': 'HAProxy has no WAF of its own',
  'server-snippet': "nginx's own language: write it as lines of the template",
  'ssl-passthrough': 'a port either ends TLS or passes it on: see examples/tcp',
};

const BUFFERS = 'HAProxy streams bodies: nothing is written to disk';

/** What HAProxy does anyway, or what only nginx has to be told. */
export const DONE_ANYWAY: Readonly<Record<string, string>> = {
  'http2-push-preload': 'browsers no longer support it',
  'proxy-buffer-size': BUFFERS,
  'proxy-buffering': BUFFERS,
  'proxy-buffers-number': BUFFERS,
  'proxy-http-version':
    'HAProxy speaks HTTP/1.1 to servers, and HTTP/2 where backend-protocol says so',
  'proxy-max-temp-file-size': BUFFERS,
  'proxy-request-buffering': BUFFERS,
};

/** Values that the template does something else with than nginx, or nothing. */
const ODD_VALUES: Readonly<Record<string, { readonly good: RegExp; readonly why: string }>> = {
  affinity: { good: /^cookie$/, why: 'only affinity by cookie is served' },
  'backend-protocol': {
    good: /^(?:HTTP|HTTPS|GRPC|GRPCS|AUTO_HTTP)$/i,
    why: 'only HTTP, HTTPS, GRPC and GRPCS are served',
  },
  'canary-by-header-value': { good: /^[^*]/, why: 'no value' },
  'cors-allow-origin': {
    good: /^(?:\*|[^*]+)$/,
    why: 'origins with a wildcard in them match nothing',
  },
  'load-balance': { good: /^(?:round_robin|ewma)$/, why: 'only round_robin and ewma are served' },
  'permanent-redirect-code': { good: /^30[12378]$/, why: '301, 302, 303, 307 and 308 alone' },
  'temporal-redirect-code': { good: /^30[12378]$/, why: '301, 302, 303, 307 and 308 alone' },
  'upstream-hash-by': {
    good: /^\$(?:request_uri|remote_addr|host|http_\w+|arg_\w+)$/,
    why: 'only one of $request_uri, $remote_addr, $host, $http_NAME and $arg_NAME is served',
  },
};

function judge({ name, value }: Annotation): Fate {
  if (SERVED.has(name)) {
    const odd = ODD_VALUES[name];
    return odd && !odd.good.test(value)
      ? refused(`the value ${JSON.stringify(value)} is not served: ${odd.why}`)
      : { kind: 'translated' };
  }
  const keptOut = Object.hasOwn(KEPT_OUT, name) ? KEPT_OUT[name] : undefined;
  if (keptOut !== undefined) return refused(`${keptOut}; its paths are answered 503`);
  const done = Object.hasOwn(DONE_ANYWAY, name) ? DONE_ANYWAY[name] : undefined;
  if (done !== undefined) return notNeeded(done);
  return refused('the template ignores it: write its effect as lines of the template');
}

export const INGRESS_NGINX: Controller = {
  controller: 'k8s.io/ingress-nginx',
  className: 'nginx',
  prefixes: [NGINX_PREFIX],
  judge,
};
