/** Where in the templates something stands: a key of ConfigMap `config`, line and column from 1. */
export interface TemplatePlace {
  readonly key: string;
  readonly line: number;
  readonly column: number;
}

/** How the render came to a place of a template: by a macro that is called here, a template that is included here. */
export interface Way extends TemplatePlace {
  readonly kind: 'macro' | 'include' | 'import' | 'extends' | 'block' | 'print';
  /** Of the macro, the block or the template. */
  readonly name?: string;
}

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** An object of an input. */
export interface ObjectName {
  /** `Ingress`. */
  readonly kind: string;
  /** Absent where the object is in none. */
  readonly namespace?: string;
  readonly name: string;
}

/** Whose line it is. */
export interface Owner {
  /** The key of ConfigMap `services`. */
  readonly service?: string;
  readonly pod?: PodName;
  readonly object?: ObjectName;
}

/** What gave a line of a delivered file. */
export interface Origin extends TemplatePlace, Owner {
  /** From the delivered file's own template to the place; absent where that is in it. */
  readonly way?: readonly Way[];
  /** What else it hangs on: `params.zone`, `env.REGION`, `stats.password`, `certificates.NAME`. Absent: nothing. */
  readonly variables?: readonly string[];
  /** Further places that gave a part of the line; not all of many. */
  readonly also?: readonly (TemplatePlace & Owner)[];
}

/** A line of a delivered file, counted from 1. */
export interface ExplainedLine {
  readonly line: number;
  readonly text: string;
  readonly origin?: Origin;
}

export interface ExplainedFile {
  readonly path: string;
  /** Those that are asked about. */
  readonly lines: readonly ExplainedLine[];
  /** Lines of the whole file. */
  readonly total: number;
  /** Lines that have the text that is looked for, be they told or not. */
  readonly found?: number;
}

const place = ({ key, line, column }: TemplatePlace): string => `${key}:${line}:${column}`;

const objectText = ({ kind, namespace, name }: ObjectName): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/** Whose it is, each in two words: `pod shop/web-1`. */
export const ownerTexts = ({ service, pod, object }: Owner): readonly string[] => [
  ...(service === undefined ? [] : [`service ${service}`]),
  ...(pod === undefined ? [] : [`pod ${pod.namespace}/${pod.name}`]),
  ...(object === undefined ? [] : [objectText(object)]),
];

const wayPart = ({ kind, name, ...at }: Way): string =>
  `${[kind, name].filter((word) => word !== undefined).join(' ')} from ${place(at)}`;

/** More are in JSON alone. */
const MOST_WORDS = 3;

/** An origin in a few words: `template:31:9, service web, pod shop/web-1`. */
export function formatOrigin(origin: Origin): string {
  const { way = [], variables = [], also = [] } = origin;
  // The innermost first, as a stack is read.
  const ways = [...way].reverse().slice(0, MOST_WORDS).map(wayPart);
  const others = also
    .slice(0, MOST_WORDS)
    .map((part) => [place(part), ...ownerTexts(part)].join(' '));
  return [
    place(origin),
    ...ownerTexts(origin),
    ...variables.slice(0, MOST_WORDS),
    ...ways,
    ...others.map((other) => `also ${other}`),
  ].join(', ');
}
