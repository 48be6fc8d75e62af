import type { Diagnostic } from './diagnostics.ts';
import type { Snapshot } from './snapshot.ts';

const UNREAD: ReadonlySet<string> = new Set(['input-kind', 'input-unread']);

/** The object that a render needs and that is not there, where one is missing. */
export function missingInput(namespace: string, snapshot: Snapshot): Diagnostic | undefined {
  const lacks = (object: string, message: string, hint: string, key?: string): Diagnostic => ({
    severity: 'error',
    code: 'input-missing',
    message,
    hint,
    where: { object: `configmaps/${namespace}/${object}`, ...(key === undefined ? {} : { key }) },
  });
  const { inputFault } = snapshot;
  if (inputFault && UNREAD.has(inputFault.code)) return inputFault;
  const create = (name: string, literal: string) =>
    `Create it: kubectl -n ${namespace} create configmap ${name} ${literal}`;
  if (!snapshot.hasServices)
    return lacks(
      'services',
      `there is no ConfigMap services in namespace ${namespace}`,
      create('services', `--from-literal=web='{"namespace":"default","selector":{"app":"web"}}'`),
    );
  if (snapshot.config === undefined || !Object.hasOwn(snapshot.config, 'template'))
    return lacks(
      'config',
      `there is no ConfigMap config with the key template in namespace ${namespace}`,
      create('config', '--from-file=template=haproxy.cfg.j2'),
      'template',
    );
  return undefined;
}
