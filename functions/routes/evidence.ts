import type { HttpFunction } from '../http/exchange.ts';
import { nameOf, type Pollers } from '../http/pollers.ts';
import { Problem } from '../http/problem.ts';
import { formatFleet, readVariant, type VariantRules } from '../http/variant.ts';
import type { EvidenceCollector } from '../publish/publication.ts';
import { MOST_EVIDENCE } from '../wire/evidence.ts';

export interface EvidenceOptions {
  readonly evidence: EvidenceCollector;
  readonly pollers: Pick<Pollers, 'hear'>;
  readonly rules: VariantRules;
  /** How many may last at once. */
  readonly most: number;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export interface Reports {
  readonly answer: HttpFunction;
  /** How many last now. */
  lasting(): number;
}

/**
 * Then the proxy begins another one, which may find a replica that is there since, or that it may not report any more; not all
 * at the same time, as they began.
 */
const LIFE_MS = { least: 480_000, most: 600_000 };

/** Lines of a text that comes in parts, without those that are too long to be evidence, and empty ones. */
function createLineReader(take: (line: string) => void): (bytes: Uint8Array) => void {
  let begun = '';
  return (bytes) => {
    const lines = (begun + Buffer.from(bytes).toString('latin1')).split('\n');
    begun = (lines.pop() ?? '').slice(0, MOST_EVIDENCE + 1);
    for (const line of lines) if (line !== '' && line.length <= MOST_EVIDENCE) take(line);
  };
}

/**
 * `POST /evidence`: what a proxy counts during a rollout, a line a window, for as long as the request lasts. A poll for each
 * of them would cost the proxy several times as much.
 */
export function createEvidence(options: EvidenceOptions): Reports {
  const { evidence, pollers, rules, most, now, random = Math.random } = options;
  let lasting = 0;
  const answer: HttpFunction = (facts) => {
    const name = nameOf(facts);
    if (name === undefined)
      throw new Problem({ code: 'unnamed-proxy', detail: 'the header X-Proxy-Name is missing' });
    const query = new URLSearchParams(facts.search);
    const fleet = formatFleet(readVariant(query, rules));
    if (lasting >= most)
      throw new Problem({
        code: 'too-many-polls',
        detail: `${most} proxies report here already`,
        headers: { 'Retry-After': '60', Connection: 'close' },
      });
    lasting += 1;
    const { admittedUntil = Number.POSITIVE_INFINITY } = facts;
    const lifeMs = LIFE_MS.least + random() * (LIFE_MS.most - LIFE_MS.least);
    return {
      kind: 'streamed',
      lifeMs: Math.max(0, Math.min(lifeMs, admittedUntil - now())),
      take: createLineReader((line) => {
        pollers.hear(name, line);
        evidence.note({ name, fleet }, line);
      }),
      end() {
        lasting -= 1;
      },
    };
  };
  return { answer, lasting: () => lasting };
}
