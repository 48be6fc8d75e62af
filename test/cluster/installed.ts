import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { folder } from '../kit/folder.ts';
import { startServiceProcess } from '../kit/service.ts';
import { buildKustomization } from '../k8s/kustomization.ts';
import { createCaller } from '../kubernetes/caller.ts';
import { apply } from './apply.ts';
import { startControlPlane } from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig.ts';

export const manifestsOf = (...folders: readonly string[]) =>
  folders.flatMap((name) => buildKustomization(resolve('k8s', name)));

/** A real API server with folders of `k8s/` applied, for a service that runs as the manifests run it. */
export async function install(t: TestContext, ...folders: readonly string[]) {
  const plane = await startControlPlane(t);
  const caller = createCaller(plane.admin);
  t.after(() => caller.close());
  await caller.expect('POST', '/api/v1/namespaces', { body: { metadata: { name: 'lb' } } });
  await apply(caller, manifestsOf(...folders));
  const home = await folder();
  /** Gives the file of a new token of an account. */
  const issueTo = async (account: string, spec: object): Promise<string> => {
    const path = `/api/v1/namespaces/lb/serviceaccounts/${account}/token`;
    const issued = await caller.expect('POST', path, { body: { spec } });
    const file = join(home, `${account}.token`);
    writeFileSync(file, (issued.status as { token: string }).token);
    return file;
  };
  return {
    plane,
    caller,
    issueTo,
    /** A replica of the service as account `renderer`, which lets in by TokenReview. */
    startReplica: async (...args: readonly string[]) => {
      const user = { tokenFile: await issueTo('renderer', {}) };
      writeFileSync(join(home, 'config'), writeKubeconfig(plane.server, user));
      const env = { KUBECONFIG: join(home, 'config'), AUTH: 'kubernetes' };
      return await startServiceProcess(t, { args, env });
    },
  };
}
