import type { HttpFunction } from '../http/exchange.ts';
import { notReadyReply } from '../http/not-ready.ts';
import { readVariant, type VariantRules } from '../http/variant.ts';
import type { Publisher } from '../publish/publication.ts';

/** `GET /snapshot`: what the template sees, without secrets; `kubernetes-haproxy render --from -` reads it. */
export function createSnapshot(publisher: Publisher, rules: VariantRules): HttpFunction {
  return ({ search }) => {
    const body = publisher.snapshot(readVariant(new URLSearchParams(search), rules));
    if (body === undefined) return notReadyReply(publisher.status().notReady);
    return {
      status: 200,
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
      body,
    };
  };
}
