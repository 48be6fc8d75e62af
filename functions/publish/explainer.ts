import { assembleBundle, type CertificateFile } from '../core/assembly.ts';
import { hashIntent, type Intent } from '../core/intent.ts';
import { keepNamed } from '../core/kept-certificates.ts';
import type { Explained, ExplainQuestion } from '../core/origin/explain.ts';
import type { PackedUpdate } from '../core/packing.ts';
import { createRedaction } from '../core/redaction.ts';
import type { Rendering } from '../core/render.ts';
import { type History, isNamed, type KeptRevision, revisionNamed } from '../core/revision.ts';
import { createTrial, type TrialOptions } from '../intent/trial.ts';
import { createSerialQueue } from '../intent/serial-queue.ts';
import type { Asked, Explain, ExplainAnswer, NotReady, Variant } from './publication.ts';
import { RendererGone } from '../renderer/process.ts';
import type { Edition } from './edition.ts';

export interface ExplainerOptions {
  readonly trial: TrialOptions;
  readonly history: Pick<History, 'list'>;
  /** What is served, the stable one first. */
  readonly editions: () => readonly (Edition | undefined)[];
  readonly certificates: () => {
    readonly certificates: ReadonlyMap<string, CertificateFile>;
    readonly lost: ReadonlyMap<string, CertificateFile>;
  };
  readonly notReady: () => NotReady | undefined;
}

/** Tells where lines come from, in a renderer of its own: what is served does not notice. */
export interface Explainer {
  /** Hands endpoints on. */
  update(update: PackedUpdate): void;
  readonly explain: Explain;
  stop(): void;
}

/** So long is a renderer kept that nobody asks: it holds all endpoints. */
const IDLE_MS = 60_000;
const DEADLINE_MS = 20_000;
const MOST_WAITING = 16;

const unread = ({ message }: Unread): NotReady => ({
  code: 'history-unread',
  message,
  hint: 'Ask again: what is served now can be explained without them.',
});
const NO_INTENT: NotReady = {
  code: 'not-rendered',
  message: 'nothing is served yet',
  hint: 'See /status for what is missing.',
};

/** An intent, and the variant that its hash is of. */
interface Found {
  readonly intent: Intent;
  readonly variant: Variant;
}

/** What keeps the revisions is away. */
class Unread extends Error {}

type Rendered = Rendering & { readonly kind: 'rendered' };

export function createExplainer(options: ExplainerOptions): Explainer {
  const { history, editions, certificates, notReady } = options;
  const { settings } = options.trial;
  const trial = createTrial({ ...options.trial, idleMs: IDLE_MS });
  const take = createSerialQueue({ deadlineMs: DEADLINE_MS, most: MOST_WAITING });
  const redact = createRedaction({ password: settings.statisticsPassword, files: () => [] });

  function findServed(name: string, variant: Variant): Found | undefined {
    for (const edition of editions()) {
      const intent = edition?.intent();
      if (!edition || !intent) continue;
      if (isNamed(edition.revision(), name)) return { intent, variant };
      const channel = edition.channels().find((one) => isNamed(one.status().etag ?? '', name));
      if (channel) return { intent, variant: channel.variant };
    }
    return undefined;
  }

  async function readHistory(): Promise<readonly KeptRevision[]> {
    try {
      return await history.list();
    } catch (cause) {
      throw new Unread(`the revisions cannot be read: ${(cause as Error).message}`, { cause });
    }
  }

  async function find({ revision, variant }: Asked): Promise<Found | undefined> {
    if (revision === undefined) {
      const intent = editions()[0]?.intent();
      return intent && { intent, variant };
    }
    const served = findServed(revision, variant);
    if (served) return served;
    const kept = revisionNamed(await readHistory(), revision);
    return kept && { intent: kept.intent, variant };
  }

  function etagOf(rendered: Rendered, { sslDir }: Variant): string {
    const { certificates: known, lost } = certificates();
    const isThere = (name: string) => known.has(name);
    // A certificate may have gone since the render was told of it.
    const there = {
      ...rendered,
      certificates: rendered.certificates.filter(isThere),
      bareNames: rendered.bareNames.filter(isThere),
    };
    const rendering = keepNamed(there, { sslDir, namespace: settings.namespace, lost });
    const all = new Map([...lost, ...known]);
    return assembleBundle({ rendering, certificates: all, asOf: {} }).etag;
  }

  function shown({ files, delivered, paths, contents }: Explained): Explained {
    const lines = (file: Explained['files'][number]) =>
      file.lines.map((line) => ({ ...line, text: redact(line.text) }));
    return {
      files: files.map((file) => ({ ...file, lines: lines(file) })),
      delivered: delivered.map((line) => line && { ...line, text: redact(line.text) }),
      paths,
      ...(contents && { contents: contents.map(redact) }),
    };
  }

  async function explainFound({ intent, variant }: Found, question: ExplainQuestion) {
    const { rendering, explained } = await trial.explain(intent, variant, question);
    if (rendering.kind !== 'rendered' || !explained)
      return { kind: 'failed', diagnostics: rendering.diagnostics } as const;
    return {
      kind: 'explained',
      revision: hashIntent(intent),
      etag: etagOf(rendering, variant),
      variant,
      explained: shown(explained),
      certificates: rendering.certificates,
    } as const;
  }

  async function answer(asked: Asked): Promise<ExplainAnswer> {
    const missing = notReady();
    if (missing) return { kind: 'not-ready', reason: missing };
    const found = await find(asked);
    if (found) return explainFound(found, asked.question);
    const { revision } = asked;
    if (revision === undefined) return { kind: 'not-ready', reason: NO_INTENT };
    const message = `${revision} is neither a revision that is kept, nor the hash of what is served now`;
    return { kind: 'unknown', message };
  }

  function gone({ code, message, hint }: RendererGone): ExplainAnswer {
    const where = { object: `configmaps/${settings.namespace}/config`, key: 'template' };
    return { kind: 'failed', diagnostics: [{ severity: 'error', code, message, hint, where }] };
  }

  return {
    update: trial.update,
    async explain(asked) {
      try {
        const turn = await take(() => answer(asked));
        return turn.kind === 'done' ? turn.value : { kind: 'busy' };
      } catch (error) {
        if (error instanceof RendererGone) return gone(error);
        if (error instanceof Unread) return { kind: 'not-ready', reason: unread(error) };
        throw error;
      }
    },
    stop: trial.stop,
  };
}
