import { Agent, request } from 'undici';
import type { Credentials } from '../../functions/kubernetes/credentials.ts';

/** An object of the API; tests look into it field by field. */
export interface ApiBody {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly [field: string]: unknown;
  };
  /** Of a Status. */
  readonly reason?: string;
  readonly message?: string;
  readonly items?: readonly ApiBody[];
  readonly [field: string]: unknown;
}

export interface CallOptions {
  readonly body?: object;
  readonly contentType?: string;
  readonly userAgent?: string;
}

export interface WatchLine {
  readonly type: string;
  readonly object: ApiBody;
}

/** Requests to an API server as somebody, without the product's client. */
export interface Caller {
  /** The status and body of the answer, whatever it is. */
  send(method: string, path: string, options?: CallOptions): Promise<readonly [number, ApiBody]>;
  /** The body of an answer that is a success. */
  expect(method: string, path: string, options?: CallOptions): Promise<ApiBody>;
  /** Opens a watch; its lines until the server ends it or the loop is left, or one REFUSED with the Status. */
  watch(path: string): AsyncGenerator<WatchLine, void, void>;
  close(): Promise<void>;
}

/** What the API has no path for is answered by plain text. */
const readBody = (text: string): ApiBody =>
  text.startsWith('{') ? (JSON.parse(text) as ApiBody) : { metadata: { name: '' }, message: text };

export function createCaller(credentials: Credentials): Caller {
  const base = credentials.server.href.replace(/\/$/, '');
  let agent: Agent | undefined;
  const open = async (method: string, path: string, options: CallOptions = {}) => {
    const { body, contentType = 'application/json', userAgent = 'test' } = options;
    const { ca, cert, key, token } = await credentials.prove();
    const tls = Object.entries({ ca, cert, key }).filter(([, value]) => value !== undefined);
    agent ??= new Agent({ connect: Object.fromEntries(tls) });
    return await request(`${base}${path}`, {
      dispatcher: agent,
      method,
      headers: {
        'content-type': contentType,
        'user-agent': userAgent,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  };
  const send: Caller['send'] = async (method, path, options) => {
    const answer = await open(method, path, options);
    return [answer.statusCode, readBody(await answer.body.text())];
  };
  return {
    send,
    async expect(method, path, options) {
      const [status, body] = await send(method, path, options);
      if (status < 300) return body;
      throw new Error(`${method} ${path} is answered ${status}: ${JSON.stringify(body)}`);
    },
    async *watch(path) {
      const answer = await open('GET', path);
      if (answer.statusCode >= 300) {
        yield { type: 'REFUSED', object: (await answer.body.json()) as ApiBody };
        return;
      }
      let rest = '';
      for await (const chunk of answer.body.setEncoding('utf8')) {
        const lines = `${rest}${chunk}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line);
      }
    },
    close: async () => agent?.destroy(),
  };
}
