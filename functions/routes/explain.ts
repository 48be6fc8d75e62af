import { certificatePath } from '../core/certificate-names.ts';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { LineChoice } from '../core/origin/lines.ts';
import { formatExplained } from '../core/origin/text.ts';
import { acceptsGzip, prefersText } from '../http/accept.ts';
import { type HttpFunction, jsonReply, type Reply } from '../http/exchange.ts';
import { notReady } from '../http/not-ready.ts';
import { Problem } from '../http/problem.ts';
import { formatVariant, readVariant, type VariantRules } from '../http/variant.ts';
import type { Explain, ExplainAnswer } from '../publish/publication.ts';
import { CONFIG_PATH } from '../wire/bundle.ts';

/** An answer that tells. */
export type Explained = ExplainAnswer & { readonly kind: 'explained' };

const gzipped = promisify(gzip);
/** Smaller ones are sent as they are, in bytes. */
const WORTH_CODING = 4096;
const LINES = /^(\d{1,9})(?:-(\d{1,9}))?$/;

const bad = (detail: string) => new Problem({ code: 'bad-parameter', detail });

/** Reads `12`, or `12-20`. */
export function readLines(text: string | null): LineChoice | undefined {
  if (text === null) return undefined;
  const [, from, to = from] = LINES.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to) };
  if (from === undefined || range.from < 1 || range.to < range.from)
    throw bad('line: expected a number from 1 on, or two of them: 12-20');
  return range;
}

function readFormat(format: string | null, accept: string | undefined): 'json' | 'text' {
  if (format === null) return prefersText(accept) ? 'text' : 'json';
  if (format === 'json' || format === 'text') return format;
  throw bad('format: expected json or text');
}

/**
 * What whoever cannot be told is told.
 *
 * @param parameter which one of the query named the revision
 */
export function unexplained(
  answer: Exclude<ExplainAnswer, Explained>,
  parameter = 'revision',
): Problem {
  switch (answer.kind) {
    case 'not-ready':
      return notReady(answer.reason);
    case 'unknown':
      return new Problem({
        code: 'bad-parameter',
        detail: `${parameter}: ${answer.message}`,
        hint: 'See kubernetes-haproxy rollout history, and /status for what each proxy runs.',
      });
    case 'failed':
      return new Problem({
        code: 'render-refused',
        detail: answer.diagnostics[0]?.message ?? 'it does not render',
        members: { diagnostics: answer.diagnostics },
      });
    case 'busy':
      return new Problem({
        code: 'render-busy',
        detail: 'other explanations are being made, and they take too long',
        headers: { 'Retry-After': '1' },
      });
  }
}

function bodyOf({ explained, variant, certificates, revision, etag }: Explained): object {
  return {
    revision,
    etag,
    variant: formatVariant(variant),
    files: explained.files,
    certificates: certificates.map((name) => ({ path: `ssl/${certificatePath(name)}`, name })),
  };
}

function textReply({ explained, revision, etag }: Explained): Reply {
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      ETag: `"${etag}"`,
      'X-Config-Revision': revision,
    },
    body: formatExplained(explained.files, { isNumbered: true }),
  };
}

async function coded(reply: Reply, acceptEncoding: string | undefined): Promise<Reply> {
  const bytes = Buffer.from(reply.body ?? '');
  const vary = { Vary: 'Accept, Accept-Encoding' };
  if (bytes.byteLength < WORTH_CODING || !acceptsGzip(acceptEncoding))
    return { ...reply, headers: { ...reply.headers, ...vary } };
  const headers = { ...reply.headers, ...vary, 'Content-Encoding': 'gzip' };
  return { ...reply, headers, body: await gzipped(bytes) };
}

/** `GET /explain`: which place of which template, which service and which pod each line comes from. */
export function createExplain(explain: Explain, rules: VariantRules): HttpFunction {
  return async ({ search, headers }) => {
    const query = new URLSearchParams(search);
    const others = ['file', 'line', 'find', 'revision', 'format'];
    const variant = readVariant(query, { ...rules, others });
    const format = readFormat(query.get('format'), headers.accept);
    const lines = readLines(query.get('line'));
    // A number alone is one of haproxy.cfg, as in HAProxy's own words.
    const find = query.get('find') ?? undefined;
    const file = query.get('file') ?? (lines && CONFIG_PATH);
    const choice = (lines || find !== undefined) && {
      ...lines,
      ...(find !== undefined && { find }),
    };
    const question = { ...(file !== undefined && { file }), ...(choice && { lines: choice }) };
    const revision = query.get('revision') ?? undefined;
    const answer = await explain({ variant, revision, question });
    if (answer.kind !== 'explained') throw unexplained(answer);
    const { files } = answer.explained;
    if (file !== undefined && files.length === 0)
      throw bad(`file: ${JSON.stringify(file.slice(0, 100))} is not a file that templates render`);
    if (lines && find === undefined && files.every((found) => found.lines.length === 0))
      throw bad(`line: ${file} has no line ${lines.from}`);
    const reply = format === 'text' ? textReply(answer) : jsonReply(bodyOf(answer));
    return coded(reply, headers['accept-encoding']);
  };
}
