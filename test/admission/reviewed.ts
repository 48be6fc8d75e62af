import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { configMap } from '../kit/objects.ts';
import { start } from '../functions/start.ts';
import type { startPublisher } from '../publish/start.ts';

type Data = Readonly<Record<string, string>>;

export interface Reviewed {
  readonly allowed: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
}

export interface ReviewOptions {
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly namespace?: string;
  readonly old?: Data;
  /** More fields of the object. */
  readonly more?: object;
}

/** An AdmissionReview as the API server writes it. */
export function reviewOf(name: string, data: Data, options: ReviewOptions = {}): string {
  const { namespace = 'lb', old, more } = options;
  const { operation = old ? 'UPDATE' : 'CREATE' } = options;
  const object = { ...configMap(name, data, namespace), ...more };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      name,
      namespace,
      operation,
      userInfo: { username: 'jane' },
      object: operation === 'DELETE' ? null : object,
      oldObject: old ? configMap(name, old, namespace) : null,
      dryRun: false,
    },
  });
}

export function readAnswer(text: string): Reviewed {
  const { apiVersion, kind, response } = JSON.parse(text);
  assert.deepEqual([apiVersion, kind], ['admission.k8s.io/v1', 'AdmissionReview']);
  assert.equal(response.uid, '705ab4f5-6393-11e8-b7cc-42010a800002');
  const { allowed, status, warnings = [] } = response;
  for (const warning of warnings) assert.ok(warning.length <= 256 && !/\n/.test(warning), warning);
  return { allowed, message: status?.message ?? '', warnings };
}

/** Asks a service over HTTP what it says of ConfigMaps. */
export async function reviewing(
  t: TestContext,
  { publisher }: Pick<ReturnType<typeof startPublisher>, 'publisher'>,
  ...argv: string[]
) {
  const { ask } = await start(t, { judgeProposal: publisher.judgeProposal, argv });
  async function review(name: string, data: Data, options?: ReviewOptions): Promise<Reviewed> {
    const body = reviewOf(name, data, options);
    const answer = await ask('/admission', { method: 'POST', body });
    assert.equal(answer.status, 200, answer.text);
    return readAnswer(answer.text);
  }
  return {
    ask,
    review,
  };
}
