import type {
  ExplainedFile,
  ExplainedLine,
  Origin,
  Owner,
  TemplatePlace,
  Way,
} from '../../core/origin/origin.ts';
import { type Fields, fields, list, number, text } from '../json-fields.ts';

/** The answer of `GET /explain`. */
export interface ExplainAnswer {
  readonly revision: string;
  readonly etag: string;
  readonly variant: string;
  readonly files: readonly ExplainedFile[];
}

const placeOf = ({ key, line, column }: Fields): TemplatePlace => ({
  key: text(key),
  line: number(line),
  column: number(column),
});

function nameOf({ namespace, name }: Fields) {
  return { ...(namespace !== undefined && { namespace: text(namespace) }), name: text(name) };
}

function ownerOf({ service, pod, object }: Fields): Owner {
  return {
    ...(service !== undefined && { service: text(service) }),
    ...(pod !== undefined && { pod: { namespace: '', ...nameOf(fields(pod)) } }),
    ...(object !== undefined && {
      object: { kind: text(fields(object).kind), ...nameOf(fields(object)) },
    }),
  };
}

function wayOf(way: Fields): Way {
  const { kind, name } = way;
  return {
    kind: text(kind) as Way['kind'],
    ...(name !== undefined && { name: text(name) }),
    ...placeOf(way),
  };
}

/** An origin, where there is one. */
export function readOrigin(value: unknown): Origin | undefined {
  const origin = fields(value);
  if (text(origin.key) === '') return undefined;
  const { way, variables, also } = origin;
  return {
    ...placeOf(origin),
    ...ownerOf(origin),
    ...(way !== undefined && { way: list(way).map(wayOf) }),
    ...(Array.isArray(variables) && { variables: variables.map(text) }),
    ...(also !== undefined && { also: list(also).map((p) => ({ ...placeOf(p), ...ownerOf(p) })) }),
  };
}

function readLine({ line, text: own, origin: told }: Fields): ExplainedLine {
  const origin = readOrigin(told);
  return { line: number(line), text: text(own), ...(origin && { origin }) };
}

/**
 * Reads the answer of a service of this or another version.
 *
 * @throws Error where it is no explanation at all
 */
export function readExplanation(body: string): ExplainAnswer {
  const { revision, etag, variant, files } = fields(JSON.parse(body));
  if (!Array.isArray(files)) throw new Error('the answer is not an explanation');
  return {
    ...{ revision: text(revision), etag: text(etag), variant: text(variant) },
    files: list(files).map(({ path, lines, total }) => ({
      path: text(path),
      lines: list(lines).map(readLine),
      total: number(total),
    })),
  };
}
