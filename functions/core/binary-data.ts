import { entriesOf, isJsonObject, memberOf, parseJson } from '../template/json/index.ts';
import type { Diagnostic } from './diagnostics.ts';

/** What a key of each ConfigMap is. */
const KEYS_OF: Readonly<Record<string, string>> = {
  certificates: 'certificate',
  config: 'template or file',
  services: 'service',
};

/** The ConfigMaps whose `data` is read. */
export const MAPS: readonly string[] = Object.keys(KEYS_OF);

const decoder = new TextDecoder();

/**
 * Names the keys that a ConfigMap has in `binaryData`, where nobody reads them. `kubectl create configmap --from-file`
 * puts what is no UTF-8 there: a file in Latin-1 or UTF-16, a certificate in DER.
 *
 * @param json the object, as UTF-8; undefined where there is none
 */
export function diagnoseBinaryData(
  namespace: string,
  name: string,
  json: Uint8Array | undefined,
): readonly Diagnostic[] {
  const binary = json && memberOf(parseJson(decoder.decode(json)), 'binaryData');
  if (!isJsonObject(binary)) return [];
  return entriesOf(binary).map(([key]) => ({
    severity: 'error',
    code: 'binary-data',
    message: `${KEYS_OF[name]} ${key} is left out: it is in binaryData, which is not read`,
    hint: 'Store it in data, as text in UTF-8 (a certificate as PEM): kubectl puts a file that is not UTF-8 into binaryData.',
    where: { object: `configmaps/${namespace}/${name}`, key },
  }));
}
