/**
 * A configuration that passes requests on to one backend. `more` goes to the end of its frontend. Another backend port
 * is a reload: a rule tells it, too.
 */
export function proxying(port: number, backendPort: number, more = ''): string {
  return `global
  maxconn 2000
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
  option idle-close-on-response
frontend web
  bind 127.0.0.1:${port}
  default_backend app
${more}
backend app
  http-request set-header x-app ${backendPort}
  server s1 127.0.0.1:${backendPort}
`;
}
