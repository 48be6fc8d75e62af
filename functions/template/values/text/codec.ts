import type { Dialect } from '../dialect.ts';
import { PythonError, valueError } from '../python-error.ts';

/** Text to bytes and back, with the codecs' names of Python. Bytes are one `latin1` character each. */

type Codec = 'utf-8' | 'ascii' | 'latin-1' | 'utf-16' | 'base64' | 'hex';

const NAMES: Readonly<Record<string, Codec>> = {
  utf8: 'utf-8',
  u8: 'utf-8',
  utf: 'utf-8',
  ascii: 'ascii',
  usascii: 'ascii',
  '646': 'ascii',
  latin1: 'latin-1',
  latin: 'latin-1',
  iso88591: 'latin-1',
  l1: 'latin-1',
  utf16: 'utf-16',
  base64: 'base64',
  hex: 'hex',
};

function codecOf(name: string): Codec {
  const key = name.toLowerCase().replace(/[\s_-]/g, '');
  const codec = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
  if (codec === undefined) throw new PythonError('LookupError', `unknown encoding: ${name}`);
  return codec;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** As Python 2's base64 codec: a line break after every 76 characters and at the end. */
function base64Lines(bytes: string): string {
  return Buffer.from(bytes, 'latin1')
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n');
}

interface Encoding {
  readonly encoding: string;
  readonly errors: string;
  readonly dialect: Dialect;
}

function replacement(character: string, index: number, limit: number, errors: string): string {
  const code = character.codePointAt(0) ?? 0;
  switch (errors) {
    case 'ignore':
      return '';
    case 'replace':
      return '?';
    case 'xmlcharrefreplace':
      return `&#${code};`;
    case 'backslashreplace':
      if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
      return code < 0x10000
        ? `\\u${code.toString(16).padStart(4, '0')}`
        : `\\U${code.toString(16).padStart(8, '0')}`;
    default: {
      const codec = limit === 128 ? 'ascii' : 'latin-1';
      const shown =
        code < 0x100
          ? `\\x${code.toString(16).padStart(2, '0')}`
          : `\\u${code.toString(16).padStart(4, '0')}`;
      throw new PythonError(
        'UnicodeEncodeError',
        `'${codec}' codec can't encode character '${shown}' in position ${index}: ordinal not in range(${limit})`,
      );
    }
  }
}

function encodeNarrow(text: string, limit: number, errors: string): string {
  return Array.from(text, (character, index) =>
    (character.codePointAt(0) ?? 0) < limit
      ? character
      : replacement(character, index, limit, errors),
  ).join('');
}

/** `str.encode`. @throws PythonError LookupError, UnicodeEncodeError */
export function encodeText(text: string, { encoding, errors, dialect }: Encoding): string {
  const codec = codecOf(encoding);
  const utf8 = (): string => latin1(Buffer.from(text, 'utf8'));
  switch (codec) {
    case 'utf-8':
      return utf8();
    case 'utf-16':
      return `\xff\xfe${latin1(Buffer.from(text, 'utf16le'))}`;
    case 'ascii':
      return encodeNarrow(text, 128, errors);
    case 'latin-1':
      return encodeNarrow(text, 256, errors);
    default:
      if (dialect === 'jinja2') {
        throw new PythonError(
          'LookupError',
          `'${codec}' is not a text encoding; use codecs.encode() to handle arbitrary codecs`,
        );
      }
      return codec === 'hex' ? Buffer.from(text, 'utf8').toString('hex') : base64Lines(utf8());
  }
}

/** `bytes.decode`. @throws PythonError LookupError, UnicodeDecodeError */
export function decodeText(bytes: string, encoding: string): string {
  const buffer = Buffer.from(bytes, 'latin1');
  switch (codecOf(encoding)) {
    case 'base64':
      return Buffer.from(bytes, 'base64').toString('utf8');
    case 'hex':
      return Buffer.from(bytes, 'hex').toString('utf8');
    case 'latin-1':
      return bytes;
    case 'utf-16':
      return new TextDecoder('utf-16le').decode(buffer);
    default:
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer);
      } catch {
        throw valueError(`'${encoding}' codec can't decode the bytes`);
      }
  }
}
