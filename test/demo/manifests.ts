import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface DemoPod {
  readonly name: string;
  readonly app: string;
  readonly address: string;
  readonly isTerminating?: boolean;
}

const podManifest = ({ name, app, address, isTerminating }: DemoPod) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: default
  labels:
    app: ${app}
${isTerminating ? '  deletionTimestamp: "2026-11-02T09:00:40Z"\n' : ''}status:
  podIP: ${address}
  conditions:
    - type: Ready
      status: "True"
`;

/** A copy of an example's folder, to be edited. */
export interface Manifests {
  readonly folder: string;
  putPod(pod: DemoPod): Promise<void>;
  removePod(name: string): Promise<void>;
  /** Replaces a text in one of its files, as an editor does. */
  edit(file: string, from: string | RegExp, to: string): Promise<void>;
}

/** Copies an example without its pods. */
export async function copyExample(example: string, folder: string): Promise<Manifests> {
  await cp(example, folder, { recursive: true });
  await rm(join(folder, 'pods.yaml'));
  const write = async (file: string, text: string) => {
    await writeFile(join(folder, `.${file}.new`), text);
    await rename(join(folder, `.${file}.new`), join(folder, file));
  };
  return {
    folder,
    putPod: (pod) => write(`${pod.name}.yaml`, podManifest(pod)),
    removePod: (name) => rm(join(folder, `${name}.yaml`)),
    async edit(file, from, to) {
      const text = await readFile(join(folder, file), 'utf8');
      const edited = text.replaceAll(from, to);
      if (edited === text) throw new Error(`${file} holds no ${from}`);
      await write(file, edited);
    },
  };
}
