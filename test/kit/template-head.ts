/** What templates of tests begin with, up to the lines of a frontend that nothing connects to. */
export const TEMPLATE_HEAD = `defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend http
  bind 127.0.0.1:8000
`;
