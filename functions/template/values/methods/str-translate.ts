import { textOf } from '../compare.ts';
import { Dict, isMapping, mappingGet } from '../classes/dict.ts';
import { iterate, lengthOf } from '../iteration.ts';
import { numeric } from '../numbers/numeric.ts';
import { typeError, valueError } from '../python-error.ts';
import { characters } from '../text/text.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';
import { requireText } from './str-argument.ts';

/** Sequences have no item for most characters, which leaves those as they are. */
function untranslated(text: string, tableOf: unknown): string {
  if (tableOf instanceof Undefined) throw tableOf.error();
  if (lengthOf(tableOf) !== undefined) return text;
  throw typeError(`'${typeName(tableOf)}' object is not subscriptable`);
}

/** `str.translate`. */
export function translate(text: string, tableOf: unknown): string {
  if (!isMapping(tableOf)) return untranslated(text, tableOf);
  return Array.from(text, (character) => {
    const target = mappingGet(tableOf, character.codePointAt(0));
    if (target === undefined) return character;
    if (target === null) return '';
    const code = numeric(target);
    if (typeof code === 'bigint') return String.fromCodePoint(Number(code));
    return requireText(target, 'character mapping must return integer, None or str');
  }).join('');
}

/** `str.maketrans`. */
export function makeTable(from: unknown, to: unknown, removed: unknown): Dict {
  const code = (key: unknown): unknown => textOf(key)?.codePointAt(0) ?? key;
  if (isMapping(from)) {
    const dict = new Dict();
    for (const key of iterate(from)) dict.set(code(key), mappingGet(from, key));
    return dict;
  }
  if (to === undefined) {
    throw typeError('if you give only one argument to maketrans it must be a dict');
  }
  const sources = characters(requireText(from, 'maketrans() argument 1 must be str'));
  const targets = characters(requireText(to, 'maketrans() argument 2 must be str'));
  if (sources.length !== targets.length) {
    throw valueError('the first two maketrans arguments must have equal length');
  }
  const dict = new Dict(sources.map((source, i) => [code(source), code(targets[i])]));
  if (removed === undefined) return dict;
  const unwanted = requireText(removed, 'maketrans() argument 3 must be str');
  for (const character of unwanted) dict.set(code(character), null);
  return dict;
}
