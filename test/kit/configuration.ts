/** What every configuration of the tests begins with. */
const HEAD = `global
  maxconn 2000
`;

const defaults = (timeout: number) => `defaults
  mode http
  timeout connect 2s
  timeout client ${timeout}s
  timeout server 10s
  option idle-close-on-response
  option redispatch
`;

const frontend = (port: number, more = '') => `frontend web
  bind 127.0.0.1:${port}
  default_backend app
${more}
`;

/**
 * A configuration that passes requests on to one backend. `more` goes to the end of its frontend. Another backend port
 * is a reload: a rule tells it, too.
 */
export function proxying(port: number, backendPort: number, more = ''): string {
  return `${HEAD}${defaults(10)}${frontend(port, more)}backend app
  http-request set-header x-app ${backendPort}
  server s1 127.0.0.1:${backendPort}
`;
}

/** A configuration with these servers, each as what follows `server`. Other servers are no reload; another timeout is. */
export function balancing(port: number, servers: readonly string[], timeout = 10): string {
  const lines = servers.map((server) => `  server ${server}\n`).join('');
  return `${HEAD}${defaults(timeout)}${frontend(port)}backend app\n${lines}`;
}
