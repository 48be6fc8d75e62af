/** What a render of a test is made with, where it does not matter. */
export const SETTINGS = {
  namespace: 'lb',
  dialect: 'jinja2',
  env: {},
  statisticsPassword: 'x',
} as const;

export const VARIANT = { sslDir: '/ssl', filesDir: '/files', params: {} };
