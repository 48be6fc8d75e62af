import type { Diagnostic } from '../core/diagnostics.ts';
import { prefersJson } from '../http/accept.ts';
import { type Facts, type HttpFunction, jsonReply, type Reply } from '../http/exchange.ts';
import { Problem } from '../http/problem.ts';
import { readVariant, type VariantRules } from '../http/variant.ts';
import type { RenderOnce } from '../publish/publication.ts';

export interface RenderOptions {
  readonly renderOnce: RenderOnce;
  readonly rules: VariantRules;
  /** How many renders may run at once. */
  readonly maxRenders: number;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Where the body cannot be read, nothing is found in it, either. */
const firstCause = (diagnostics: readonly Diagnostic[]): Diagnostic | undefined =>
  diagnostics.find(({ code }) => code === 'manifest-syntax') ?? diagnostics[0];

function readBody({ body }: Facts): string {
  try {
    return UTF8.decode(body);
  } catch (cause) {
    throw new Problem({ code: 'bad-body', detail: `the body is not UTF-8 (${String(cause)})` });
  }
}

async function render(facts: Facts, { renderOnce, rules }: RenderOptions): Promise<Reply> {
  const variant = readVariant(new URLSearchParams(facts.search), rules);
  const rendered = await renderOnce({ body: readBody(facts), variant, signal: facts.gone() });
  const { diagnostics } = rendered;
  if (rendered.kind === 'refused')
    throw new Problem({
      code: 'render-refused',
      detail: firstCause(diagnostics)?.message ?? 'the snapshot does not render',
      members: { diagnostics },
    });
  const { etag, config } = rendered;
  if (prefersJson(facts.headers.accept)) return jsonReply({ etag, diagnostics, config });
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      ETag: `"${etag}"`,
    },
    body: config,
  };
}

/** `POST /render`: a snapshot in, a configuration or diagnostics out; nothing is kept. */
export function createRender(options: RenderOptions): HttpFunction {
  let running = 0;
  return async (facts) => {
    if (running >= options.maxRenders)
      throw new Problem({
        code: 'render-busy',
        detail: `${running} snapshots are being rendered`,
        headers: { 'Retry-After': '1' },
      });
    running += 1;
    try {
      return await render(facts, options);
    } finally {
      running -= 1;
    }
  };
}
