import {
  type CollectionTag,
  Composer,
  type CST,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type ScalarTag,
  stringify,
} from 'yaml';
import { float, int, objectOf, writeJson } from '../template/json/index.ts';

/** Text that is not YAML. `offset` is where, in UTF-16 units. */
export class YamlFault extends Error {
  override readonly name = 'YamlFault';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** How deep lists and objects may lie in one another; Kubernetes has nothing of a tenth of it. */
const MAX_DEPTH = 300;

const FLOAT = 'tag:yaml.org,2002:float';

/** The tag with a value that stays a float: `1.0`. */
function exactTag(tag: ScalarTag | CollectionTag): ScalarTag | CollectionTag {
  if (tag.tag !== FLOAT || !('resolve' in tag) || tag.collection !== undefined) return tag;
  const { resolve } = tag;
  return {
    ...tag,
    resolve(...args: Parameters<typeof resolve>) {
      const resolved: unknown = resolve(...args);
      return float(Number(isScalar(resolved) ? resolved.value : resolved));
    },
  };
}

/** A value as JSON has it. Keys are text there; those that are not become what `json.dumps` makes of them. */
function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return int(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([key, item]): [string, unknown] => [
    typeof key === 'string' ? key : writeJson(key),
    toJson(item),
  ]);
  return objectOf(new Map(entries));
}

/** The tokens of a text. @throws YamlFault before they lie so deep that composing them would take the whole stack */
function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser();
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    offset += lexeme.length;
    if (parser.stack.length > MAX_DEPTH)
      throw new YamlFault('lists and objects are nested too deeply', offset);
  }
  yield* parser.end();
}

function compose(text: string) {
  const composer = new Composer({
    merge: true,
    intAsBigInt: true,
    customTags: (tags) => tags.map((tag) => (typeof tag === 'string' ? tag : exactTag(tag))),
  });
  const documents = [...composer.compose(tokensOf(text))];
  for (const { errors } of documents) {
    const [error] = errors;
    if (!error) continue;
    const [message = ''] = error.message.split('\n');
    throw new YamlFault(message, error.pos[0]);
  }
  return documents;
}

/** A YAML document, and where in the text its parts stand. */
export interface YamlDocument {
  readonly value: unknown;
  /** The offset of what is at a path: a key of a dict, an item of a list; of what is around it where there is none. */
  offsetOf(path: readonly (string | number)[]): number;
}

const offsetIn = (node: unknown): number | undefined =>
  isNode(node) ? node.range?.[0] : undefined;

/** The offset of one part: of a pair that of its key. */
function stepInto(
  node: unknown,
  step: string | number,
): {
  readonly offset: number | undefined;
  readonly node: unknown;
} {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return { offset: offsetIn(item), node: item };
  }
  const pair = isMap(node)
    ? node.items.find(({ key }) => isScalar(key) && key.value === step)
    : undefined;
  return { offset: offsetIn(pair?.key), node: pair?.value };
}

/**
 * A text of one document at most; its value is undefined where there is none.
 *
 * @throws YamlFault, as `readYaml`
 */
export function readYamlDocument(text: string): YamlDocument {
  const [document, another] = compose(text);
  if (another) throw new YamlFault('there is more than one document', another.range[0]);
  return {
    value: document && toJson(document.toJS({ mapAsMap: true })),
    offsetOf(path) {
      let node: unknown = document?.contents;
      let offset = offsetIn(node) ?? 0;
      for (const step of path) {
        const next = stepInto(node, step);
        if (next.offset === undefined) break;
        ({ node } = next);
        ({ offset } = next);
      }
      return offset;
    },
  };
}

/**
 * The documents of a YAML text, value for value: floats stay floats, ints are exact, keys keep their order.
 *
 * @throws YamlFault; Error for what has no place, such as too many aliases
 */
export function readYaml(text: string): readonly unknown[] {
  return compose(text).map((document) => toJson(document.toJS({ mapAsMap: true })));
}

/** Documents of plain values as a text of YAML. */
export const writeYaml = (documents: readonly object[]): string =>
  documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');
