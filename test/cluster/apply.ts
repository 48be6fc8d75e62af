import type { Caller } from '../kubernetes/caller.ts';
import { type Manifest, nameManifest } from '../k8s/kustomization.ts';

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Finds where objects of a kind are, as kubectl does: by what the API server says of itself. */
async function locate(caller: Caller, { apiVersion, kind, metadata }: Manifest): Promise<string> {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = await caller.expect('GET', base);
  const found = (resources as readonly Resource[]).find(
    (resource) => resource.kind === kind && !resource.name.includes('/'),
  );
  if (found === undefined) throw new Error(`the API server knows no ${apiVersion} ${kind}`);
  const { namespace = 'default' } = metadata;
  return found.namespaced
    ? `${base}/namespaces/${namespace}/${found.name}`
    : `${base}/${found.name}`;
}

/**
 * Creates objects as `kubectl apply` does the first time: a field that the API server does not know is an error.
 *
 * @param query `dryRun=All` checks and keeps nothing
 */
export async function apply(
  caller: Caller,
  manifests: readonly Manifest[],
  query = '',
): Promise<void> {
  for (const manifest of manifests) {
    const path = await locate(caller, manifest);
    const all = ['fieldValidation=Strict', query].filter(Boolean).join('&');
    const [status, answer] = await caller.send('POST', `${path}?${all}`, { body: manifest });
    if (status >= 300 && answer.reason !== 'AlreadyExists')
      throw new Error(`${nameManifest(manifest)} is answered ${status}: ${answer.message}`);
  }
}
