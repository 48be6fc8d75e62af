import { stringify } from 'yaml';
import type { RealApiServer } from './api-server.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig of an API server, for whom `user` is; for whoever may do everything, where it is absent. */
export function writeKubeconfig(
  { url, ca, admin }: RealApiServer,
  user: Readonly<Record<string, string>> = {
    'client-certificate-data': base64(admin.cert),
    'client-key-data': base64(admin.key),
  },
): string {
  const cluster = { server: url, 'certificate-authority-data': base64(ca) };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [{ name: 'x', cluster }],
    users: [{ name: 'x', user }],
  });
}
