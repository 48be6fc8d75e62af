import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiRequest } from './request.ts';
import { type Answer, failure } from './status.ts';

/** What goes wrong with a request. */
export type Fault =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'reset' }
  /** Accepted, and never answered. */
  | { readonly kind: 'silence' }
  /** 200 with a body of anything. */
  | { readonly kind: 'garbage'; readonly text: string }
  /** 200 with a body whose bytes come one by one, for ever. */
  | { readonly kind: 'trickle'; readonly everyMs: number }
  /** Done as it should be, and never answered. */
  | { readonly kind: 'unanswered'; readonly done: () => void }
  /** Answered as it should be, some milliseconds late. */
  | { readonly kind: 'late'; readonly ms: number };

export interface FaultRule {
  readonly fault: Fault;
  readonly when?: (request: ApiRequest) => boolean;
  /** How many requests it hits. */
  readonly times?: number;
}

/** Faults that wait for the requests that they hit. */
export class Faults {
  #rules: { rule: FaultRule; left: number }[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault that hits this request, if any. */
  take(request: ApiRequest): Fault | undefined {
    const hit = this.#rules.find(({ rule, left }) => left > 0 && (rule.when?.(request) ?? true));
    if (!hit) return undefined;
    hit.left--;
    return hit.rule.fault;
  }
}

export const tooManyRequests = (retryAfter: number): Fault => ({
  kind: 'answer',
  answer: {
    ...failure(429, 'TooManyRequests', 'too many requests, please try again later'),
    headers: { 'retry-after': String(retryAfter) },
  },
});

/** Carries a fault out; tells whether the request is to be done, or answered, after all. */
export async function suffer(
  fault: Fault,
  exchange: { incoming: IncomingMessage; response: ServerResponse },
): Promise<Answer | 'go on' | 'done'> {
  if (fault.kind === 'answer') return fault.answer;
  if (fault.kind === 'unanswered') return 'go on';
  if (fault.kind === 'late') {
    await delay(fault.ms);
    return 'go on';
  }
  if (fault.kind === 'reset') exchange.incoming.socket.destroy();
  if (fault.kind === 'garbage') {
    exchange.response.writeHead(200, { 'content-type': 'application/json' });
    exchange.response.end(fault.text);
  }
  if (fault.kind === 'trickle') {
    exchange.response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => exchange.response.write(' '), fault.everyMs);
    exchange.response.on('close', () => clearInterval(drip));
  }
  return 'done';
}
