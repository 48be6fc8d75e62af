import { fullNameOf } from './resources.ts';

/** An answer that is not a stream. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const STATUS = { kind: 'Status', apiVersion: 'v1', metadata: {} };

/** `metav1.Status`, as the API server answers every failure. */
export function failure(code: number, reason: string, message: string, details?: object): Answer {
  const what = details === undefined ? {} : { details };
  return {
    status: code,
    body: { ...STATUS, status: 'Failure', message, reason, ...what, code },
  };
}

export function success(details: object): Answer {
  return { status: 200, body: { ...STATUS, status: 'Success', details } };
}

export const expired = (message: string): Answer => failure(410, 'Expired', message);

export const unauthorized = (): Answer => failure(401, 'Unauthorized', 'Unauthorized');

export const missing = (resource: string, name: string): Answer =>
  failure(404, 'NotFound', `${fullNameOf(resource)} "${name}" not found`, {
    name,
    kind: resource,
  });
