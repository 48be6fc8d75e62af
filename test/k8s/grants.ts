import { resolve } from 'node:path';
import { type Grant, readGrants } from '../apiserver/rbac.ts';
import { buildKustomization } from './kustomization.ts';

export const grantsOf = (...folders: readonly string[]): readonly Grant[] =>
  readGrants(folders.flatMap((name) => buildKustomization(resolve('k8s', name))));

/** Every single permission that is granted, one verb and one name each. */
export function atoms(grants: readonly Grant[]): readonly Grant[] {
  return grants.flatMap(({ rule, ...grant }) =>
    rule.verbs.flatMap((verb) =>
      (rule.resources ?? [undefined]).flatMap((resource) =>
        (rule.resourceNames ?? [undefined]).map((name) => ({
          ...grant,
          rule: {
            ...rule,
            verbs: [verb],
            ...(resource === undefined ? {} : { resources: [resource] }),
            ...(name === undefined ? {} : { resourceNames: [name] }),
          },
        })),
      ),
    ),
  );
}
