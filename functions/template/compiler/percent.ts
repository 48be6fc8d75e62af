import type { NodeOf } from '../parser/nodes.ts';
import type { JinjaCompiler } from './compiler.ts';
import type { Frame } from './frame.ts';
import { quote } from './writer.ts';

/** Formats of plain conversions alone: no flags, width or keys. */
const PLAIN = /^(?:[^%]|%[sd%])*$/;

/** Text between the conversions, and the conversions. */
function split(format: string): { texts: string[]; conversions: string[] } {
  const texts = [''];
  const conversions: string[] = [];
  for (const [part] of format.matchAll(/%[sd%]|[^%]+/g)) {
    if (part === '%s' || part === '%d') {
      conversions.push(part);
      texts.push('');
    } else {
      texts[texts.length - 1] += part === '%%' ? '%' : part;
    }
  }
  return { texts, conversions };
}

/**
 * `"constant %s format" % (a, b)` as concatenation, since the original's templates consist of it. Gives nothing where
 * the format is not constant, not plain, or does not fit the tuple: then the general `%` gives its value or error.
 */
export function percent(
  compiler: JinjaCompiler,
  node: NodeOf<'Mod'>,
  frame: Frame,
): string | undefined {
  const { left, right } = node;
  if (left.typename !== 'Literal' || typeof left.value !== 'string' || !PLAIN.test(left.value)) {
    return undefined;
  }
  if (right.typename !== 'Tuple') return undefined;
  const { texts, conversions } = split(left.value);
  if (conversions.length !== right.items.length || conversions.length === 0) return undefined;
  const items = right.items.map((item) => compiler.expression(item, frame));
  const placed = compiler.operandsAt(node, items);
  const values = placed.map(() => compiler.local());
  const assigned = values.map((value, i) => `${value}=${placed[i]}`);
  const parts = [quote(texts[0] ?? '')];
  conversions.forEach((conversion, i) => {
    parts.push(`${conversion === '%s' ? 'str' : 'formatInteger'}(${values[i]})`);
    if (texts[i + 1] !== '') parts.push(quote(texts[i + 1] ?? ''));
  });
  return `(${assigned.join(', ')}, ${parts.join(' + ')})`;
}
