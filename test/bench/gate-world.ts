import { decodeObject } from '../../functions/core/object-decoder.ts';
import type { Change } from '../../functions/core/objects.ts';
import { service as entry, TEMPLATE } from '../intent/judged.ts';
import { configMap, put } from '../kit/objects.ts';
import { addressOf } from './fleet.ts';
import { realisticPod } from './realistic-pod.ts';

export const PODS_PER_SERVICE = 10;
export const SETTINGS = {
  namespace: 'lb',
  dialect: 'jinja2',
  env: {},
  statisticsPassword: 'bench',
} as const;
export const BAD = entry('bad', { hostnames: ['x } { bad'] });
export const VARIANT = { sslDir: '/ssl', filesDir: '/files', params: {} };

/** A pod of 9 kB. */
export function podChange(name: string, app: string, ip: string): Change {
  const { metadata, ...rest } = realisticPod(name, ip);
  const decoded = decodeObject({
    apiVersion: 'v1',
    kind: 'Pod',
    ...rest,
    metadata: { ...metadata, labels: { app } },
  });
  if (decoded.kind !== 'decoded') throw new Error(JSON.stringify(decoded));
  return decoded.change;
}

const appsOf = (size: number) => Array.from({ length: size }, (_, i) => `app${i}`);

export function podsOf(size: number): readonly Change[] {
  return appsOf(size).flatMap((app, i) =>
    Array.from({ length: PODS_PER_SERVICE }, (_, n) =>
      podChange(`${app}-${n}`, app, addressOf(i * PODS_PER_SERVICE + n)),
    ),
  );
}

export const servicesOf = (size: number, more = {}): Change =>
  put(
    configMap('services', {
      ...Object.fromEntries(appsOf(size).map((app) => [app, entry(app)])),
      ...more,
    }),
  );
export const configOf = (round: number): Change =>
  put(configMap('config', { template: `# round ${round}\n${TEMPLATE}` }));
