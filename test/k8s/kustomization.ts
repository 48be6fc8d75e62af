import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** An object of a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export const nameManifest = ({ kind, metadata }: Manifest): string =>
  [kind, metadata.namespace, metadata.name].filter(Boolean).join('/');

/**
 * Builds a folder as `kubectl kustomize` does. The kustomizations here are made of `resources` alone, so that this is
 * all there is to it.
 */
export function buildKustomization(folder: string): readonly Manifest[] {
  const text = readFileSync(join(folder, 'kustomization.yaml'), 'utf8');
  const { apiVersion, kind, resources, ...rest } = parse(text);
  if (kind !== 'Kustomization' || apiVersion !== 'kustomize.config.k8s.io/v1beta1')
    throw new Error(`${folder} is no kustomization`);
  if (Object.keys(rest).length > 0)
    throw new Error(`${folder} uses ${Object.keys(rest).join(', ')}, which this does not know`);
  return (resources as string[]).flatMap((resource) => {
    const path = join(folder, resource);
    if (statSync(path).isDirectory()) return buildKustomization(path);
    return parseAllDocuments(readFileSync(path, 'utf8')).map(
      (document): Manifest => document.toJS(),
    );
  });
}
