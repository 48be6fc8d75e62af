import { unexplained, readLines } from './explain.ts';
import type { HttpFunction } from './http/exchange.ts';
import { Problem } from './http/problem.ts';
import { readVariant, type VariantRules } from './http/variant.ts';
import { type ConfigurationView, configurationBody, PAGE_LINES } from './page/configuration.ts';
import type { WritePage } from './page/writer.ts';
import type { Explain, Publisher, Variant } from './publication.ts';
import { CONFIG_PATH } from './wire/bundle.ts';

export interface ConfigurationOptions {
  readonly explain: Explain;
  readonly publisher: Pick<Publisher, 'status'>;
  readonly rules: VariantRules;
  readonly writePage: WritePage;
}

const OTHERS = ['file', 'line', 'find', 'from', 'revision'];
const MOST_TEXT = 200;

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

/** `GET /explain` for people: a delivered file, line by line. */
export function createConfiguration(options: ConfigurationOptions): HttpFunction {
  const { explain, publisher, rules, writePage } = options;
  return async ({ search, headers }) => {
    const query = new URLSearchParams(search);
    const variant = readVariant(query, { ...rules, others: OTHERS });
    const view = readView(query);
    const question = { file: view.file, lines: linesOf(view) };
    const answer = await explain({ variant, revision: view.revision, question });
    if (answer.kind !== 'explained') throw unexplained(answer);
    const [file] = answer.explained.files;
    if (!file)
      throw new Problem({
        code: 'bad-parameter',
        detail: `file: ${JSON.stringify(view.file.slice(0, 100))} is no file that templates give`,
      });
    const { certificates, revision, etag, explained } = answer;
    const variants = publisher.status().variants.map((one) => queryOf(one.variant));
    const { paths } = explained;
    return writePage(headers, {
      title: `${view.file} · kubernetes-haproxy`,
      here: './explain',
      body: configurationBody({ view, file, paths, certificates, revision, etag, variants }),
    });
  };
}
