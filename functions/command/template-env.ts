/** Variables that hold, or lead to, the credentials that this process itself runs on. */
const CREDENTIALS = [
  'STATISTICS_PASSWORD',
  'K8SBASE',
  'KUBECONFIG',
  'TOKEN_FILE',
  'TLS_KEY',
  'NODE_OPTIONS',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AZURE_CLIENT_SECRET',
  'GOOGLE_APPLICATION_CREDENTIALS',
];
const hidden = new Set(CREDENTIALS);

/** What templates see as `env`: the environment without the credentials that the service runs on, sorted. */
export function templateEnv(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const names = Object.keys(env).filter((name) => !hidden.has(name) && env[name] !== undefined);
  return Object.fromEntries(names.sort().map((name) => [name, env[name] as string]));
}
