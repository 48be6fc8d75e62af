import type { DeliveredLine, Diagnostic } from '../../core/diagnostics.ts';
import { readOrigin } from '../explain/answer.ts';
import { type Fields, fields, list, number, text } from '../json-fields.ts';

/** The answer of `GET /status`, as far as it is shown. */
export interface StatusAnswer {
  readonly version: string;
  readonly isReady: boolean;
  readonly notReady: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly state: string;
  readonly revision: string;
  /** ISO 8601; empty before there is a revision. */
  readonly since: string;
  readonly held: readonly {
    readonly unit: string;
    readonly since: string;
    readonly serves: string;
  }[];
  readonly sources: readonly {
    readonly collection: string;
    readonly age: number;
    readonly objects: number;
    readonly stale: string;
  }[];
  readonly certificates: readonly { readonly name: string; readonly secondsLeft: number }[];
  readonly known: number;
  readonly converged: number;
  readonly refusing: number;
  readonly proxies: readonly Proxy[];
}

export interface Proxy {
  readonly name: string;
  readonly haproxy: string;
  readonly revision: string;
  readonly state: 'runs the newest' | 'lags' | 'refuses';
  readonly seenAt: string;
  readonly reason: string;
  /** The line that the reason is about. */
  readonly delivered: DeliveredLine | undefined;
}

function readDelivered(value: unknown): DeliveredLine | undefined {
  const { path, line, text: own, origin: told } = fields(value);
  if (text(path) === '') return undefined;
  const origin = readOrigin(told);
  return {
    ...{ path: text(path), text: text(own) },
    ...(typeof line === 'number' && { line }),
    ...(origin && { origin }),
  };
}

function readDiagnostic(found: Fields): Diagnostic {
  const delivered = readDelivered(found.delivered);
  const { severity, code, message, hint } = found;
  const where = fields(found.where);
  return {
    severity: severity === 'warning' ? 'warning' : 'error',
    ...{ code: text(code), message: text(message), hint: text(hint) },
    where: {
      object: text(where.object),
      ...(typeof where.key === 'string' && { key: where.key }),
      ...(typeof where.line === 'number' && { line: where.line }),
      ...(typeof where.column === 'number' && { column: where.column }),
      ...(typeof where.excerpt === 'string' && { excerpt: where.excerpt }),
    },
    ...(delivered && { delivered }),
  };
}

function readProxy({ name, haproxy, revision, refused, seenAt, isConverged }: Fields): Proxy {
  const state = isConverged === true ? 'runs the newest' : 'lags';
  return {
    ...{ name: text(name), haproxy: text(haproxy), revision: text(revision), seenAt: text(seenAt) },
    state: refused === undefined ? state : 'refuses',
    reason: text(fields(refused).reason),
    delivered: readDelivered(fields(refused).delivered),
  };
}

/**
 * Reads the status of a service of this or another version: what is missing is left empty.
 *
 * @throws Error where it is no status at all
 */
export function readStatusAnswer(body: string): StatusAnswer {
  const status = fields(JSON.parse(body));
  if (typeof status.isReady !== 'boolean') throw new Error('the answer is not a status');
  const [intent, pollers] = [fields(status.intent), fields(status.pollers)];
  const current = fields(intent.current);
  return {
    version: text(status.version),
    isReady: status.isReady,
    notReady: status.notReady === undefined ? undefined : text(fields(status.notReady).message),
    diagnostics: list(status.diagnostics).map(readDiagnostic),
    ...{ state: text(intent.state), revision: text(current.hash), since: text(current.since) },
    held: list(intent.held).map(({ unit, since, serves }) => ({
      ...{ unit: text(unit), since: text(since), serves: text(serves) },
    })),
    sources: list(status.sources).map(({ collection, ageSeconds, objects, stale }) => ({
      ...{ collection: text(collection), age: number(ageSeconds), objects: number(objects) },
      stale: text(fields(stale).code),
    })),
    certificates: list(status.certificates).map(({ name, secondsLeft }) => ({
      ...{ name: text(name), secondsLeft: number(secondsLeft) },
    })),
    known: number(pollers.known),
    converged: number(pollers.converged),
    refusing: number(pollers.refusing),
    proxies: list(pollers.list).map(readProxy),
  };
}
