import { diagnoseBinaryData } from '../core/binary-data.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import { readContent } from '../core/objects.ts';
import {
  formatRefusal,
  formatReview,
  formatWarning,
  type Review,
  readMap,
  readReview,
  type Verdict,
} from '../http/admission-review.ts';
import type { HttpFunction, Reply } from '../http/exchange.ts';
import type { ProposalJudge } from '../intent/proposal-judge.ts';
import type { Proposal } from '../intent/proposal.ts';

export interface AdmissionOptions {
  readonly judgeProposal: ProposalJudge['judgeProposal'];
  /** Of the configuration. */
  readonly namespace: string;
  /** Whether what would be held back is refused, or only warned about. */
  readonly mode: 'warn' | 'refuse';
}

type Name = Proposal['name'];

const NAMES: readonly Name[] = ['services', 'config', 'certificates'];
const FINE: Verdict = { isAllowed: true, warnings: [] };
const encoder = new TextEncoder();

/** What is deleted, by a namespace that goes for instance, is not judged. */
function nameOf({ resource, namespace, name, operation }: Review, own: string): Name | undefined {
  const isOurs = resource === 'configmaps' && namespace === own;
  const isWritten = operation === 'CREATE' || operation === 'UPDATE';
  return isOurs && isWritten ? NAMES.find((known) => known === name) : undefined;
}

function unreadKeys(namespace: string, name: Name, object: object): readonly Diagnostic[] {
  const content = readContent(encoder.encode(JSON.stringify(object)));
  return diagnoseBinaryData(namespace, name, content);
}

async function judge(review: Review, options: AdmissionOptions): Promise<Verdict> {
  const { judgeProposal, namespace, mode } = options;
  const name = nameOf(review, namespace);
  const { object, old } = review;
  if (name === undefined || object === undefined) return FINE;
  const verdict = await judgeProposal({
    name,
    before: old && readMap(old),
    after: readMap(object),
  });
  const unread = unreadKeys(namespace, name, object);
  if (verdict.kind === 'unknown') {
    const why = `kubernetes-haproxy cannot judge this: ${verdict.reason}. It is judged once it is applied.`;
    return { isAllowed: true, warnings: [why, ...unread.map(formatWarning)] };
  }
  const { refused, odd } = verdict;
  const warnings = [...odd, ...unread].map(formatWarning);
  if (refused.length === 0) return { isAllowed: true, warnings };
  if (mode === 'refuse') return { isAllowed: false, message: formatRefusal(refused), warnings };
  const held = refused.map((one) =>
    formatWarning({ ...one, message: `held back: ${one.message}` }),
  );
  return { isAllowed: true, warnings: [...held, ...warnings] };
}

/**
 * `POST /admission`: tells the API server what would become of a ConfigMap before it is there, so that `kubectl apply`
 * says what is wrong. It changes nothing.
 */
export function createAdmission(options: AdmissionOptions): HttpFunction {
  return async ({ body }): Promise<Reply> => {
    const review = readReview(body);
    return {
      status: 200,
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
      body: formatReview(review, await judge(review, options)),
    };
  };
}
