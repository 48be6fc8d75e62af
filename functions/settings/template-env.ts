import { form } from '../wire/settings.ts';

/** Variables that hold, or lead to, the credentials that this process itself runs on, plugins of kubeconfigs included. */
export const CREDENTIALS: ReadonlySet<string> = new Set([
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
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AAD_SERVICE_PRINCIPAL_CLIENT_SECRET',
  'GOOGLE_APPLICATION_CREDENTIALS',
]);

/** Which variables templates may see: names, and beginnings of names (`ZONE_*`). */
export interface EnvAllow {
  readonly names: ReadonlySet<string>;
  readonly beginnings: readonly string[];
}

/** @throws Error for a name that no variable has, and for a credential: the template would miss it in silence */
export function readEnvAllow(text: string): EnvAllow {
  const all = form.list(text);
  const odd = all.find((name) => !/^(?:[^\s=*]+\*?|\*)$/.test(name));
  if (odd !== undefined)
    throw new Error(`expected names of variables, or NAME*; not ${JSON.stringify(odd)}`);
  const credential = all.find((name) => CREDENTIALS.has(name));
  if (credential !== undefined)
    throw new Error(
      `expected no credentials; ${credential} is one that the service runs on, and no template sees it`,
    );
  const isBeginning = (name: string) => name.endsWith('*');
  return {
    names: new Set(all.filter((name) => !isBeginning(name))),
    beginnings: all.filter(isBeginning).map((name) => name.slice(0, -1)),
  };
}

/** What templates see as `env`: what is allowed of the environment, without the service's credentials, sorted. */
export function templateEnv(
  env: Readonly<Record<string, string | undefined>>,
  { names, beginnings }: EnvAllow,
): Readonly<Record<string, string>> {
  const isAllowed = (name: string) =>
    names.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
  const shown = Object.keys(env).filter(
    (name) => env[name] !== undefined && isAllowed(name) && !CREDENTIALS.has(name),
  );
  return Object.fromEntries(shown.sort().map((name) => [name, env[name] as string]));
}
