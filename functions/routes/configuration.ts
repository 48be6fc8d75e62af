import { setTimeout as delay } from 'node:timers/promises';
import { plainLines } from '../core/origin/lines.ts';
import { unexplained, readLines } from './explain.ts';
import type { HttpFunction } from '../http/exchange.ts';
import { Problem } from '../http/problem.ts';
import { formatVariant, readVariant, type VariantRules } from '../http/variant.ts';
import {
  type Configuration,
  type ConfigurationView,
  configurationBody,
  PAGE_LINES,
} from '../page/configuration.ts';
import type { WritePage } from '../page/writer.ts';
import type { Explain, ExplainAnswer, Publisher, Variant } from '../publish/publication.ts';
import { CONFIG_PATH } from '../wire/bundle.ts';

export interface ConfigurationOptions {
  readonly explain: Explain;
  readonly publisher: Pick<Publisher, 'status'>;
  readonly rules: VariantRules;
  /** Takes out of a line what must not be told. */
  readonly redact: (text: string) => string;
  readonly writePage: WritePage;
  /** How long people wait for what gave each line, in milliseconds, where they can read the lines meanwhile. */
  readonly patienceMs?: number;
}

const OTHERS = ['file', 'line', 'find', 'from', 'revision'];
const MOST_TEXT = 200;
/** A renderer that has to be started takes seconds to know ten thousand pods. */
const PATIENCE_MS = 100;
/** For so long after an answer its renderer is surely there, in milliseconds. */
const WARM_MS = 45_000;
/** Long enough for a page to have been sent, in milliseconds. */
const AFTER_MS = 50;

const pageOf = (line: number): number => line - ((line - 1) % PAGE_LINES);

/** What chooses a variant, as a query. */
const queryOf = ({ sslDir, filesDir, params }: Variant): Record<string, string> => ({
  ssldir: sslDir,
  filesdir: filesDir,
  ...params,
});

/** Only what was said in so many words: addresses stay short. */
function saidOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...query].filter(([name]) => !OTHERS.includes(name)));
}

function readView(query: URLSearchParams): ConfigurationView {
  const chosen = readLines(query.get('line'))?.from;
  const from = Number(query.get('from') ?? 1);
  return {
    file: query.get('file') ?? CONFIG_PATH,
    from: chosen !== undefined ? pageOf(chosen) : Number.isSafeInteger(from) && from > 0 ? from : 1,
    chosen,
    find: (query.get('find') ?? '').slice(0, MOST_TEXT),
    revision: query.get('revision') || undefined,
    variant: saidOf(query),
  };
}

const linesOf = ({ find, from }: ConfigurationView) =>
  find === '' ? { from, to: from + PAGE_LINES - 1 } : { find, most: PAGE_LINES };

type Shown = Pick<Configuration, 'file' | 'paths' | 'certificates' | 'revision' | 'etag'>;

function shownOf(view: ConfigurationView, answer: ExplainAnswer): Shown {
  if (answer.kind !== 'explained') throw unexplained(answer);
  const { certificates, revision, etag, explained } = answer;
  const [file] = explained.files;
  if (file) return { file, paths: explained.paths, certificates, revision, etag };
  throw new Problem({
    code: 'bad-parameter',
    detail: `file: ${JSON.stringify(view.file.slice(0, 100))} is not a file that templates render`,
  });
}

/** `GET /explain` for people: a delivered file, line by line. */
export function createConfiguration(options: ConfigurationOptions): HttpFunction {
  const { explain, publisher, rules, redact, writePage, patienceMs = PATIENCE_MS } = options;

  /** What is served now can be read before anybody knows what gave it. */
  function servedOf(view: ConfigurationView, variant: Variant): Shown | undefined {
    const { variants, intent } = publisher.status();
    const name = formatVariant(variant);
    const served = variants.find((one) => formatVariant(one.variant) === name);
    const isMeant = view.file === CONFIG_PATH && view.revision === undefined;
    if (!isMeant || !served?.etag || !served.config || !intent.current) return undefined;
    const file = plainLines({ path: CONFIG_PATH, content: served.config, redact }, linesOf(view));
    const { hash: revision } = intent.current;
    return { file, paths: [CONFIG_PATH], certificates: [], revision, etag: served.etag };
  }

  let explainedAt = Number.NEGATIVE_INFINITY;
  let isWarming = false;

  async function ask(view: ConfigurationView, variant: Variant): Promise<ExplainAnswer> {
    const question = { file: view.file, lines: linesOf(view) };
    const answer = await explain({ variant, revision: view.revision, question });
    explainedAt = performance.now();
    return answer;
  }

  /** To begin holds everything up for a moment: whoever reads meanwhile has his page before. */
  async function warm(view: ConfigurationView, variant: Variant): Promise<void> {
    if (isWarming) return;
    isWarming = true;
    await delay(AFTER_MS);
    await ask(view, variant).catch(() => undefined);
    isWarming = false;
  }

  async function show(view: ConfigurationView, variant: Variant) {
    const served = servedOf(view, variant);
    if (!served) return { ...shownOf(view, await ask(view, variant)), isPending: false };
    if (isWarming || performance.now() - explainedAt > WARM_MS) {
      void warm(view, variant);
      return { ...served, isPending: true };
    }
    const patience = delay(patienceMs);
    const explained = ask(view, variant);
    const first = await Promise.race([explained, patience]);
    if (first) return { ...shownOf(view, first), isPending: false };
    // It goes on; who asks again is told.
    explained.catch(() => undefined);
    return { ...served, isPending: true };
  }

  return async ({ search, headers }) => {
    const query = new URLSearchParams(search);
    const variant = readVariant(query, { ...rules, others: OTHERS });
    const view = readView(query);
    const shown = await show(view, variant);
    const variants = publisher.status().variants.map((one) => queryOf(one.variant));
    return writePage(headers, {
      title: `${view.file} · kubernetes-haproxy`,
      here: './explain',
      body: configurationBody({ view, variants, ...shown }),
    });
  };
}
