import { revisionNamed } from '../core/revision.ts';
import { changesIn, type Sides } from '../difference/changes.ts';
import {
  type BoundedPatches,
  type Files,
  filesOf,
  formatPatches,
  patchesWithin,
} from '../difference/patches.ts';
import { type Explained, unexplained } from './explain.ts';
import { prefersHtml } from '../http/accept.ts';
import { type HttpFunction, jsonReply } from '../http/exchange.ts';
import { Problem } from '../http/problem.ts';
import { formatVariant, readVariant, type VariantRules } from '../http/variant.ts';
import { differenceBody } from '../page/difference.ts';
import type { WritePage } from '../page/writer.ts';
import type { Explain, Variant } from '../publish/publication.ts';
import type { Past } from '../status/revisions.ts';

export interface DifferenceOptions {
  readonly explain: Explain;
  readonly readPast: () => Promise<Past>;
  /** Takes out of what people wrote what must not be told. */
  readonly redact: (text: string) => string;
  readonly rules: VariantRules;
  readonly writePage: WritePage;
}

/** For one file, in milliseconds: others wait meanwhile. */
const PATCH_MS = 200;
/** Lines of a file whose origin is told, of either side. */
const MOST_ORIGINS = 500;

interface Wanted {
  /** The parameter of the query that names it. */
  readonly side: keyof Sides;
  readonly variant: Variant;
  readonly revision: string;
}

/** The last change, unless something else is asked for. */
function namesOf(query: URLSearchParams, { revisions }: Past): readonly [string, string] {
  const numbers = revisions.map(({ number }) => String(number));
  const to = query.get('to') || (numbers.at(-1) ?? '');
  const before = revisionNamed(revisions, to)?.number ?? Number.POSITIVE_INFINITY;
  const earlier = revisions.filter(({ number }) => number < before).at(-1);
  const from = query.get('from') || String(earlier?.number ?? to);
  if (to !== '' && from !== '') return [from, to];
  throw new Problem({
    code: 'bad-parameter',
    detail: 'from, to: no revision is kept yet',
    hint: 'Name two revisions as /history has them.',
  });
}

/** `GET /diff`: how two revisions differ, with today's endpoints, and where what differs comes from. */
export function createDifference(options: DifferenceOptions): HttpFunction {
  const { explain, readPast, redact, rules, writePage } = options;

  async function ask({ side, variant, revision }: Wanted, question: object): Promise<Explained> {
    const answer = await explain({ variant, revision, question });
    if (answer.kind !== 'explained') throw unexplained(answer, side);
    return answer;
  }

  function contentsOf({ explained: { paths, contents = [] } }: Explained): Files {
    return new Map(paths.map((path, i) => [path, contents[i] ?? '']));
  }

  /** Nothing else is traced than what differs: it would be as long as the configuration. */
  async function originsOf(wanted: Wanted, { patches }: BoundedPatches) {
    const files: Explained['explained']['files'][number][] = [];
    for (const { name } of patches) {
      const all = changesIn(patches, { from: [], to: [] });
      const changed = all.filter((change) => change.path === name && change.side === wanted.side);
      const numbers = changed.slice(0, MOST_ORIGINS).map(({ line }) => line);
      if (numbers.length === 0) continue;
      const { explained } = await ask(wanted, { file: name, lines: { numbers } });
      files.push(...explained.files);
    }
    return files;
  }

  function writtenOf(names: readonly [string, string], { revisions }: Past) {
    const [a, b] = names.map((name) => revisionNamed(revisions, name));
    if (!a || !b) return undefined;
    const shown = (files: Files): Files =>
      new Map([...files].map(([name, text]) => [name, redact(text)]));
    const both = [shown(filesOf(a.intent)), shown(filesOf(b.intent))] as const;
    return patchesWithin(PATCH_MS, both, names);
  }

  return async ({ search, headers }) => {
    const query = new URLSearchParams(search);
    const variant = readVariant(query, { ...rules, others: ['from', 'to'] });
    const past = await readPast();
    const names = namesOf(query, past);
    const a: Wanted = { side: 'from', variant, revision: names[0] };
    const b: Wanted = { side: 'to', variant, revision: names[1] };
    const before = await ask(a, { isPlain: true });
    const after = await ask(b, { isPlain: true });
    const given = patchesWithin(PATCH_MS, [contentsOf(before), contentsOf(after)], names);
    const to = await originsOf(b, given);
    const files: Sides = { from: await originsOf(a, given), to };
    const written = writtenOf(names, past);
    if (!prefersHtml(headers.accept))
      return jsonReply({
        ...{ from: before.revision, to: after.revision, variant: formatVariant(variant) },
        ...(written && { written: formatPatches(written.patches) }),
        changes: changesIn(given.patches, files),
        diff: formatPatches(given.patches),
        untold: [...new Set([...(written?.untold ?? []), ...given.untold])],
      });
    const said = [...query].filter(([name]) => name !== 'from' && name !== 'to');
    return writePage(headers, {
      title: `Difference of ${names.join(' and ')} · kubernetes-haproxy`,
      body: differenceBody({
        from: { name: names[0], revision: before.revision },
        to: { name: names[1], revision: after.revision },
        variant: Object.fromEntries(said),
        ...{ written, given, files },
      }),
    });
  };
}
