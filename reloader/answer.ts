import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseWindow, WINDOW_HEADER } from '../functions/wire/evidence.ts';
import { INSTEAD_HEADER, parseRevision, REVISION_HEADER } from '../functions/wire/revision.ts';

/** An answer that is none. Codes: `poll-status`, `poll-size`, `poll-length`, `poll-timeout`. */
export class PollError extends Error {
  override readonly name = 'PollError';
  readonly code: string;
  /** How long the renderer asks to be left alone. */
  readonly retryAfterMs: number;
  constructor(code: string, message: string, retryAfterMs = 0) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Of which revision of the intent an answer is; older renderers do not say. */
export interface Origin {
  readonly revision?: string;
  /** It is an earlier one, in the place of this one, which was refused here. */
  readonly insteadOf?: string;
  /** Evidence is asked for, over windows of so many seconds. */
  readonly evidenceS?: number;
}

export type Headers = Readonly<{ [name: string]: string | string[] | undefined }>;

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_RETRY_AFTER_MS = 300_000;
const unzip = promisify(gunzip);

/** A header's value; empty where there is none. */
export const header = (headers: Headers, name: string): string => String(headers[name] ?? '');

export function originOf(headers: Headers): Origin {
  const revision = parseRevision(header(headers, REVISION_HEADER));
  const insteadOf = parseRevision(header(headers, INSTEAD_HEADER));
  const evidenceS = parseWindow(header(headers, WINDOW_HEADER));
  return {
    ...(revision && { revision }),
    ...(insteadOf && { insteadOf }),
    ...(evidenceS && { evidenceS }),
  };
}

/** Seconds, as the renderer tells them; a date is not worth a clock here. */
export function retryAfter(headers: Headers): number {
  const seconds = /^\d{1,6}$/.exec(header(headers, 'retry-after'))?.[0] ?? '0';
  return Math.min(Number(seconds) * 1000, MAX_RETRY_AFTER_MS);
}

/** The bytes as they came. */
export async function readBody(body: AsyncIterable<Buffer>, headers: Headers): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > MAX_BYTES) throw new PollError('poll-size', `the answer is over ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  const length = header(headers, 'content-length');
  if (length !== '' && Number(length) !== size)
    throw new PollError('poll-length', `the answer has ${size} bytes, not the ${length} announced`);
  return Buffer.concat(parts);
}

/** @param isPacked whether they are gzipped */
export async function toText(bytes: Buffer, isPacked: boolean): Promise<string> {
  if (!isPacked) return bytes.toString('utf8');
  return (await unzip(bytes, { maxOutputLength: MAX_BYTES })).toString('utf8');
}

/** What the renderer says is wrong (RFC 9457), as far as the text says anything. */
export function readProblem(text: string): { readonly code?: unknown; readonly detail: string } {
  try {
    const { code, title, detail } = JSON.parse(text) as { [member: string]: unknown };
    return { code, detail: String(detail ?? title ?? '').slice(0, 300) };
  } catch {
    return { detail: '' };
  }
}
