import type { Bytes } from '../bytes.ts';
import { decodeText } from '../codec.ts';
import { textOf } from '../compare.ts';
import { named, none, table } from './method.ts';

/** What templates do with bytes: turn them back into text. */
export const BYTES_METHODS = table<Bytes>({
  decode: named(['encoding', 'errors'], (self, encoding = 'utf-8') =>
    decodeText(self.latin1, textOf(encoding) ?? 'utf-8'),
  ),
  hex: none((self) => Buffer.from(self.latin1, 'latin1').toString('hex')),
});
