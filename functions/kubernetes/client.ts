import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Dispatcher, request } from 'undici';
import { parseJson, writeJson } from '../core/json.ts';
import { createAgents } from './agents.ts';
import { ApiError, errorOfStatus, errorOfTransport } from './api-error.ts';
import type { Credentials } from './credentials.ts';
import { startDeadline } from './deadline.ts';
import { createLineSplitter } from './lines.ts';

export interface ApiCall {
  /** Without the server's base: `/api/v1/namespaces/lb/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON, with POST unless `method` says otherwise; without it the call is a GET. */
  readonly body?: unknown;
  readonly method?: 'PUT' | 'DELETE';
  readonly signal?: AbortSignal;
  /** Milliseconds for all of it. */
  readonly deadlineMs: number;
  /** Which form of what is asked for; `application/json` unless given. */
  readonly accept?: string;
}

export interface StreamCall extends ApiCall {
  /** The longest silence, in milliseconds: a half-open connection shows itself by nothing else. */
  readonly idleMs: number;
}

/** The one place that sends requests to the API server. */
export interface ApiClient {
  /** @throws ApiError */
  json(call: ApiCall): Promise<unknown>;
  /**
   * For what is no object of the API, such as what a pod answers behind the API server.
   *
   * @throws ApiError
   */
  text(call: ApiCall): Promise<string>;
  /**
   * Opens a stream; resolves once the server agreed to it. Its chunks are batches of lines; it ends as the server
   * ends it in order, and throws an ApiError where it is cut.
   *
   * @throws ApiError
   */
  lines(call: StreamCall): Promise<AsyncIterable<readonly Buffer[]>>;
  close(): Promise<void>;
}

const HEADERS_MS = 30_000;
const LARGEST_ERROR = 64 * 1024;

const unzip = promisify(gunzip);

async function readText(body: AsyncIterable<Uint8Array>, most = Number.POSITIVE_INFINITY) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) break;
  }
  return Buffer.concat(chunks);
}

async function unpacked(bytes: Buffer, { headers }: Dispatcher.ResponseData): Promise<string> {
  const plain = headers['content-encoding'] === 'gzip' ? await unzip(bytes) : bytes;
  return plain.toString();
}

const readPlain = async (response: Dispatcher.ResponseData): Promise<string> =>
  unpacked(await readText(response.body), response);

async function readJson(response: Dispatcher.ResponseData): Promise<unknown> {
  const bytes = await readText(response.body);
  try {
    return parseJson(await unpacked(bytes, response));
  } catch (cause) {
    throw new ApiError('kubernetes-garbage', 'the answer of the API server is not JSON', { cause });
  }
}

/** @throws ApiError for every status but 2xx */
async function expectSuccess(response: Dispatcher.ResponseData): Promise<void> {
  const { statusCode: status, headers, body } = response;
  if (status >= 200 && status < 300) return;
  const text = (await readText(body, LARGEST_ERROR)).toString();
  throw errorOfStatus({ status, text, retryAfter: headers['retry-after']?.toString() });
}

export function createApiClient(credentials: Credentials): ApiClient {
  const agents = createAgents(credentials);
  const base = credentials.server.href.replace(/\/$/, '');

  const sendOnce = async (call: ApiCall & { idleMs?: number }, accept: string) => {
    const proof = await credentials.prove();
    const query = new URLSearchParams(call.query).toString();
    const response = await request(`${base}${call.path}${query && `?${query}`}`, {
      dispatcher: agents.agentFor(proof),
      method: call.method ?? (call.body === undefined ? 'GET' : 'POST'),
      headers: {
        accept: call.accept ?? 'application/json',
        'accept-encoding': accept,
        'user-agent': 'kubernetes-haproxy',
        ...(proof.token === undefined ? {} : { authorization: `Bearer ${proof.token}` }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: call.body === undefined ? null : writeJson(call.body),
      signal: call.signal ?? null,
      headersTimeout: Math.min(HEADERS_MS, call.deadlineMs),
      bodyTimeout: call.idleMs ?? call.deadlineMs,
    });
    await expectSuccess(response);
    return response;
  };

  /** A token that was rotated is read again and tried once more before a refusal counts. */
  const send = async (call: ApiCall & { idleMs?: number }, accept: string) => {
    try {
      return await sendOnce(call, accept);
    } catch (error) {
      const failed = errorOfTransport(error);
      if (failed.code !== 'kubernetes-unauthorized') throw failed;
      credentials.renew();
      return await sendOnce(call, accept).catch((again) => {
        throw errorOfTransport(again);
      });
    }
  };

  async function read<T>(
    call: ApiCall,
    take: (response: Dispatcher.ResponseData) => Promise<T>,
  ): Promise<T> {
    const deadline = startDeadline(call.signal, call.deadlineMs);
    try {
      return await take(await send({ ...call, signal: deadline.signal }, 'gzip'));
    } catch (error) {
      throw errorOfTransport(error);
    } finally {
      deadline.end();
    }
  }

  return {
    json: (call) => read(call, readJson),
    text: (call) => read(call, readPlain),
    async lines(call) {
      const deadline = startDeadline(call.signal, call.deadlineMs);
      const opened = send({ ...call, signal: deadline.signal }, 'identity');
      opened.catch(() => deadline.end());
      const { body } = await opened;
      return (async function* split() {
        const splitLines = createLineSplitter();
        try {
          for await (const chunk of body) yield splitLines(chunk);
        } catch (error) {
          throw errorOfTransport(error);
        } finally {
          deadline.end();
        }
      })();
    },
    close: () => agents.close(),
  };
}
