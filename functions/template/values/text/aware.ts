/** Operations that look at the characters of texts, made to see through foreign ones. */
import { decoded, digitOf, encoded, encodedBy, foreignIn, isForeign, plain } from './foreign.ts';
import { Markup } from '../classes/markup.ts';
import { Tuple } from '../classes/tuple.ts';

/** Whether a value is a text that has foreign characters, or a tuple of such. */
export function hasForeign(value: unknown): boolean {
  if (typeof value === 'string') return isForeign(value);
  if (value instanceof Markup) return isForeign(value.text);
  return value instanceof Tuple && value.some(hasForeign);
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return plain(value);
  if (value instanceof Markup) return new Markup(plain(value.text));
  if (value instanceof Tuple) return Tuple.wrap(value.map(plainValue));
  if (!Array.isArray(value)) return value;
  // A list of another kind, such as the keys of a dict, stays of its kind.
  return Object.setPrototypeOf(value.map(plainValue), Object.getPrototypeOf(value));
}

function same(a: unknown, b: unknown): boolean {
  if (a instanceof Markup && b instanceof Markup) return a.text === b.text;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  return Object.is(a, b);
}

/** What a special character of the result becomes, by what was foreign in the texts that it was made of. */
type Codes = (character: string) => string;

function codesOf(sources: readonly unknown[], spreads: boolean): Codes {
  const codes = new Map<string, string>();
  const collect = (value: unknown): void => {
    if (value instanceof Tuple) value.forEach(collect);
    const text = value instanceof Markup ? value.text : value;
    if (typeof text !== 'string') return;
    for (const code of foreignIn(text)) {
      if (!codes.has(decoded(code))) codes.set(decoded(code), code);
    }
  };
  sources.forEach(collect);
  const [first = ''] = codes.values();
  // Whoever escapes writes a backslash: the escape is as foreign as what it stands for.
  if (!codes.has('\\')) codes.set('\\', encoded('\\', digitOf(first)));
  return (character) =>
    codes.get(character) ?? (spreads ? encoded(character, digitOf(first)) : character);
}

function marked(value: unknown, codes: Codes): unknown {
  if (typeof value === 'string') return encodedBy(value, codes);
  if (value instanceof Markup) return new Markup(encodedBy(value.text, codes));
  if (value instanceof Tuple) return Tuple.wrap(value.map((item) => marked(item, codes)));
  return Array.isArray(value) ? value.map((item) => marked(item, codes)) : value;
}

type Operation<A extends readonly unknown[], R> = (...args: A) => R;

interface Awareness {
  /** Whether the operation can make any special character of what is foreign, as decoding does. */
  readonly spreads?: boolean;
}

function attempt<R>(run: () => R): R | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function runAware<A extends readonly unknown[], R>(
  operation: Operation<A, R>,
  args: A,
  spreads: boolean,
): R {
  const result = operation(...(args.map(plainValue) as unknown as A));
  if (!spreads) {
    const carried = attempt(() => operation(...args));
    if (carried !== undefined && same(plainValue(carried), result)) return carried;
  }
  return marked(result, codesOf(args, spreads)) as R;
}

/**
 * An operation that looks at characters, made to see through foreign ones. Where it does the same to a foreign
 * character as to what that stands for, each stays foreign; otherwise every character of the result is that was foreign
 * anywhere in the arguments. The operation must have no effects.
 */
export function aware<A extends readonly unknown[], R>(
  operation: Operation<A, R>,
  { spreads = false }: Awareness = {},
): Operation<A, R> {
  return (...args) =>
    args.some(hasForeign) ? runAware(operation, args, spreads) : operation(...args);
}

/** A text made of `sources`: whatever is special in it is foreign if anything in them is. */
export const spread = (text: string, sources: readonly unknown[]): string =>
  sources.some(hasForeign) ? (marked(text, codesOf(sources, true)) as string) : text;
