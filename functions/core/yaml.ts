import {
  type CollectionTag,
  Composer,
  type CST,
  isScalar,
  Lexer,
  Parser,
  type ScalarTag,
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
      throw new YamlFault('lists and objects lie too deep in one another', offset);
  }
  yield* parser.end();
}

/**
 * The documents of a YAML text, value for value: floats stay floats, ints are exact, keys keep their order.
 *
 * @throws YamlFault; Error for what has no place, such as too many aliases
 */
export function readYaml(text: string): readonly unknown[] {
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
  return documents.map((document) => toJson(document.toJS({ mapAsMap: true })));
}
