/** An answer that is not a stream. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** `metav1.Status`, as the API server answers every failure. */
export function failure(code: number, reason: string, message: string): Answer {
  return {
    status: code,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      code,
    },
  };
}

export const expired = (message: string): Answer => failure(410, 'Expired', message);

export const unauthorized = (): Answer => failure(401, 'Unauthorized', 'Unauthorized');
