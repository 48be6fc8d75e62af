import { form, type SettingTable } from '../wire/settings.ts';

function readNamespace(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text))
    throw new Error('expected the name of a namespace');
  return text;
}

/** From where the inputs come. */
export const INPUT = {
  from: {
    variable: 'FROM',
    value: 'FOLDER|FILE|-',
    meaning:
      'folder or file of manifests to render (- for standard input); else Kubernetes, where there is one; else the embedded example',
    parse: form.text,
  },
  k8sbase: {
    variable: 'K8SBASE',
    value: 'URL',
    meaning: 'URL of the API server, such as http://127.0.0.1:8001 of kubectl proxy',
    parse: form.httpUrl,
  },
  kubeconfig: {
    variable: 'KUBECONFIG',
    value: 'FILE',
    meaning: 'kubeconfig file, its current context',
    parse: form.text,
  },
  namespace: {
    variable: 'NAMESPACE',
    value: 'NAMESPACE',
    meaning: 'namespace of services, certificates, config and keys',
    fallback: 'lb',
    parse: readNamespace,
  },
  allNamespaces: {
    variable: 'ALL_NAMESPACES',
    meaning: 'watch the pods of all namespaces with one watch',
    fallback: 'false',
    isSwitch: true,
    parse: form.flag,
  },
} as const satisfies SettingTable;
