/** What begins a configuration of many servers: backends by a map, and checks that never run. */
export const mapFrontend = (root: string): string => `defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
  default-server inter 1h
frontend f
  bind unix@${root}/http.sock
  use_backend %[path,map(${root}/files/hosts.map,b0)]
`;
