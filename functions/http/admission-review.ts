import { type Fields, isFields } from '../core/fields.ts';
import { type Diagnostic, formatDiagnostic } from '../core/diagnostics.ts';
import type { Data } from '../core/intent.ts';
import { Problem } from './problem.ts';

/** What the API server asks of an admission webhook (admission.k8s.io/v1), as far as it is looked at. */
export interface Review {
  readonly uid: string;
  readonly operation: string;
  /** `configmaps` */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** As it would be, as JSON; absent where it is deleted. */
  readonly object?: Fields;
  /** As it is. */
  readonly old?: Fields;
}

export interface Verdict {
  readonly isAllowed: boolean;
  /** Why not, for whoever applied it. */
  readonly message?: string;
  readonly warnings: readonly string[];
}

const API = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' } as const;
/** The API server cuts what is longer, and drops what is beyond some kilobytes in all. */
const LONGEST_WARNING = 256;
const MOST_WARNINGS = 12;
/** Diagnostics that a refusal has room for. */
const MOST_TOLD = 5;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const bad = (detail: string) =>
  new Problem({
    code: 'bad-body',
    detail,
    hint: 'Send an AdmissionReview of admission.k8s.io/v1, as the API server does.',
  });

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw bad(`the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** @throws Problem `bad-body` */
export function readReview(body: Uint8Array): Review {
  const review = parse(body);
  if (!isFields(review) || review.apiVersion !== API.apiVersion || review.kind !== API.kind)
    throw bad(`the body is not an ${API.kind} of ${API.apiVersion}`);
  const { request } = review;
  if (!isFields(request) || textOf(request.uid) === '') throw bad('request.uid is missing');
  const { object, oldObject, resource } = request;
  const metadata = isFields(object) && isFields(object.metadata) ? object.metadata : {};
  return {
    uid: textOf(request.uid),
    operation: textOf(request.operation),
    resource: isFields(resource) ? textOf(resource.resource) : '',
    namespace: textOf(request.namespace),
    name: textOf(request.name) || textOf(metadata.name),
    ...(isFields(object) && { object }),
    ...(isFields(oldObject) && { old: oldObject }),
  };
}

/** @throws Problem `bad-body` where a value is no text: the API server would not have let it pass */
export function readMap({ data }: Fields): Data {
  if (data === undefined || data === null) return {};
  if (!isFields(data) || !Object.values(data).every((value) => typeof value === 'string'))
    throw bad('data is not an object of text');
  return data as Data;
}

/** One line, as long as one may be. */
export function formatWarning({ code, message, where }: Diagnostic): string {
  const position = where.line === undefined ? '' : `:${where.line}:${where.column ?? 1}`;
  const place = [where.object.split('/').at(-1), where.key].filter(Boolean).join(' ');
  const line = `${place}${position}: ${message} [${code}]`.replace(/\s+/g, ' ');
  return line.length > LONGEST_WARNING ? `${line.slice(0, LONGEST_WARNING - 1)}…` : line;
}

export function formatRefusal(refused: readonly Diagnostic[]): string {
  const told = refused.slice(0, MOST_TOLD).map(formatDiagnostic);
  const more = refused.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

/** The answer, as JSON. */
export function formatReview({ uid }: Review, { isAllowed, message, warnings }: Verdict): string {
  const told =
    warnings.length > MOST_WARNINGS
      ? [
          ...warnings.slice(0, MOST_WARNINGS - 1),
          `and ${warnings.length - MOST_WARNINGS + 1} more; see /status once it is applied`,
        ]
      : warnings;
  return JSON.stringify({
    ...API,
    response: {
      uid,
      allowed: isAllowed,
      ...(message !== undefined && { status: { code: 400, reason: 'BadRequest', message } }),
      ...(told.length > 0 && { warnings: told }),
    },
  });
}
