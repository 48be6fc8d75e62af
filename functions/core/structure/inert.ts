import { meaningAt } from '../../template/foreign.ts';

const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const HASH = 0x23;
const DOLLAR = 0x24;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const COMMENT = HASH;
const NO_BREAK_SPACE = 0xa0;

const isUnicodeBlank = (code: number): boolean =>
  code >= NO_BREAK_SPACE && code !== 0x2028 && code !== 0x2029;

/**
 * Whether a foreign character is nothing but itself within a quote (0 for none, the quote's own character, or
 * `COMMENT`), whatever stands around it. False does not mean that it is more.
 */
function isInertIn(quote: number, meaning: number): boolean {
  switch (meaning) {
    case SPACE:
    case HASH:
      return quote !== 0;
    case DOUBLE_QUOTE:
      return quote === SINGLE_QUOTE || quote === COMMENT;
    case SINGLE_QUOTE:
      return quote === DOUBLE_QUOTE || quote === COMMENT;
    case BACKSLASH:
      return quote === SINGLE_QUOTE || quote === COMMENT;
    case DOLLAR:
      return quote !== DOUBLE_QUOTE;
    case 0x25:
    case 0x26:
      return true;
    default:
      return isUnicodeBlank(meaning);
  }
}

/** The quote after a character of the template's own. */
function after(quote: number, code: number): number {
  if (code === quote && quote !== COMMENT) return 0;
  if (quote !== 0) return quote;
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === HASH ? code : 0;
}

/**
 * Whether all foreign characters between two positions, a line of haproxy.cfg, are surely no more than themselves. What
 * takes more than a glance (escapes, variables) is not looked into.
 */
export function isSurelyInert(content: string, start: number, end: number): boolean {
  let quote = 0;
  for (let at = start; at < end; at++) {
    const code = content.charCodeAt(at);
    const isOwn = code < 0xdc00 || code > 0xdfff;
    const meaning = isOwn ? -1 : meaningAt(content, at);
    if (meaning >= 0) {
      if (!isInertIn(quote, meaning)) return false;
    } else if (quote !== SINGLE_QUOTE && quote !== COMMENT && code === BACKSLASH) return false;
    else if (quote === DOUBLE_QUOTE && code === DOLLAR) return false;
    else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === HASH)
      quote = after(quote, code);
  }
  return quote === 0 || quote === COMMENT;
}
