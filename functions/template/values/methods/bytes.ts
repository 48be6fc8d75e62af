import { spread } from '../text/aware.ts';
import { Bytes } from '../classes/bytes.ts';
import { decodeText } from '../text/codec.ts';
import { textOf } from '../compare.ts';
import { type Method, named, none, table } from './method.ts';
import { STR_METHODS } from './str.ts';

/** The methods of str that bytes have too and that take no text. */
const SHARED = [
  'capitalize',
  'expandtabs',
  'isalnum',
  'isalpha',
  'isascii',
  'isdigit',
  'islower',
  'isspace',
  'istitle',
  'isupper',
  'lower',
  'splitlines',
  'swapcase',
  'title',
  'upper',
  'zfill',
];

function wrap(value: unknown, source: string): unknown {
  if (typeof value === 'string') return new Bytes(value, source);
  return Array.isArray(value) ? value.map((item) => wrap(item, source)) : value;
}

const shared: Array<[string, Method<Bytes>]> = SHARED.map((name) => [
  name,
  (self, call) => wrap(STR_METHODS[name]?.(self.latin1, call), self.source),
]);

/** What templates do with bytes: turn them back into text, mostly. */
export const BYTES_METHODS = table<Bytes>({
  ...Object.fromEntries(shared),
  decode: named(['encoding', 'errors'], (self, encoding = 'utf-8') =>
    spread(decodeText(self.latin1, textOf(encoding) ?? 'utf-8'), [self.source]),
  ),
  hex: none((self) => Buffer.from(self.latin1, 'latin1').toString('hex')),
});
