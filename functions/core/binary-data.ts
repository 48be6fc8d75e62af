import type { Diagnostic } from './diagnostics.ts';
import type { MapContent } from './objects.ts';

/** What a key of each ConfigMap is. */
const KEYS_OF: Readonly<Record<string, string>> = {
  certificates: 'certificate',
  config: 'template or file',
  services: 'service',
};

/** The ConfigMaps whose `data` is read. */
export const MAPS: readonly string[] = Object.keys(KEYS_OF);

/**
 * Names the keys that a ConfigMap has in `binaryData`, where nobody reads them. `kubectl create configmap --from-file`
 * puts what is no UTF-8 there: a file in Latin-1 or UTF-16, a certificate in DER.
 *
 * @param content of the ConfigMap; undefined where there is none
 */
export function diagnoseBinaryData(
  namespace: string,
  name: string,
  content: Pick<MapContent, 'binaryKeys'> | undefined,
): readonly Diagnostic[] {
  return (content?.binaryKeys ?? []).map((key) => ({
    severity: 'error',
    code: 'binary-data',
    message: `${KEYS_OF[name]} ${key} is left out: it is in binaryData, which is not read`,
    hint: 'Store it in data, as text in UTF-8 (a certificate as PEM): kubectl puts a file that is not UTF-8 into binaryData.',
    where: { object: `configmaps/${namespace}/${name}`, key },
  }));
}
