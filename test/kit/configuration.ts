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

/** A backend of its own for each, that its name as Host leads to; each server as what follows `server`. */
export type Services = Readonly<Record<string, readonly string[]>>;

/** Services that come and go without a reload, where HAProxy can: files of a bundle, the configuration first. */
export function mapping(
  port: number,
  root: string,
  services: Services,
): readonly [config: string, files: Readonly<Record<string, string>>] {
  const backends = Object.entries(services).map(
    ([name, servers]) =>
      `backend ${name} from apps\n${servers.map((server) => `  server ${server}\n`).join('')}`,
  );
  const map = Object.keys(services).map((name) => `${name} ${name}\n`);
  const config = `${HEAD}${defaults(10).replace('defaults', 'defaults apps')}frontend web from apps
  bind 127.0.0.1:${port}
  use_backend %[req.hdr(host),lower,map(${root}/files/hosts.map)]
  http-request return status 404 if !{ req.hdr(host),lower,map(${root}/files/hosts.map) -m found }
${backends.join('')}`;
  return [config, { 'files/hosts.map': map.join('') }];
}
