import { aware } from './aware.ts';
import { splitWords } from './text.ts';

/** HTML's character references, as Python's `html.unescape` reads them: numeric ones, and the names of HTML 4. */

/** The names of U+00A0 to U+00FF in order; these are known without their semicolon too. */
const LATIN1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';

/** The other names of HTML 4, by the code point of the first of each run. */
const RUNS: ReadonlyArray<readonly [first: number, names: string]> = [
  [
    0x391,
    'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho',
  ],
  [0x3a3, 'Sigma Tau Upsilon Phi Chi Psi Omega'],
  [
    0x3b1,
    'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho',
  ],
  [0x3c2, 'sigmaf sigma tau upsilon phi chi psi omega'],
  [0x152, 'OElig oelig'],
  [0x160, 'Scaron scaron'],
  [0x2013, 'ndash mdash'],
  [0x2018, 'lsquo rsquo sbquo'],
  [0x201c, 'ldquo rdquo bdquo'],
  [0x2020, 'dagger Dagger bull'],
  [0x2039, 'lsaquo rsaquo'],
  [0x2190, 'larr uarr rarr darr harr'],
  [0x21d0, 'lArr uArr rArr dArr hArr'],
  [0x2200, 'forall'],
  [0x2202, 'part exist'],
  [0x2227, 'and or cap cup int'],
  [0x2282, 'sub sup nsub'],
  [0x2286, 'sube supe'],
  [0x2264, 'le ge'],
  [0x2260, 'ne equiv'],
];
const SINGLE: Readonly<Record<string, number>> = {
  quot: 0x22,
  amp: 0x26,
  apos: 0x27,
  lt: 0x3c,
  gt: 0x3e,
  fnof: 0x192,
  circ: 0x2c6,
  tilde: 0x2dc,
  Yuml: 0x178,
  ensp: 0x2002,
  emsp: 0x2003,
  thinsp: 0x2009,
  zwnj: 0x200c,
  zwj: 0x200d,
  lrm: 0x200e,
  rlm: 0x200f,
  hellip: 0x2026,
  permil: 0x2030,
  prime: 0x2032,
  Prime: 0x2033,
  euro: 0x20ac,
  trade: 0x2122,
  empty: 0x2205,
  nabla: 0x2207,
  isin: 0x2208,
  notin: 0x2209,
  prod: 0x220f,
  sum: 0x2211,
  minus: 0x2212,
  radic: 0x221a,
  prop: 0x221d,
  infin: 0x221e,
  there4: 0x2234,
  sim: 0x223c,
  cong: 0x2245,
  asymp: 0x2248,
  oplus: 0x2295,
  otimes: 0x2297,
  perp: 0x22a5,
  sdot: 0x22c5,
  loz: 0x25ca,
  spades: 0x2660,
  clubs: 0x2663,
  hearts: 0x2665,
  diams: 0x2666,
};
const LEGACY = new Map(LATIN1.split(' ').map((name, index) => [name, 0xa0 + index]));
for (const name of ['quot', 'amp', 'lt', 'gt']) LEGACY.set(name, SINGLE[name] ?? 0);
const NAMES = new Map([
  ...LEGACY,
  ...Object.entries(SINGLE),
  ...RUNS.flatMap(([first, names]) =>
    names.split(' ').map((name, index): [string, number] => [name, first + index]),
  ),
]);

const REFERENCE = /&(#\d+;?|#[xX][\da-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g;

function numericReference(body: string): string {
  const digits = body.replace(/;$/, '').slice(1);
  const code = /^[xX]/.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number(digits);
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return '\ufffd';
  return String.fromCodePoint(code);
}

function namedReference(body: string): string | undefined {
  const name = body.replace(/;$/, '');
  const code = body.endsWith(';') ? NAMES.get(name) : undefined;
  if (code !== undefined) return String.fromCodePoint(code);
  for (let end = name.length; end > 1; end--) {
    const legacy = LEGACY.get(name.slice(0, end));
    if (legacy !== undefined) return String.fromCodePoint(legacy) + body.slice(end);
  }
  return undefined;
}

/** `html.unescape(text)`. */
export const unescapeEntities = aware(
  (text: string): string => {
    if (!text.includes('&')) return text;
    return text.replace(REFERENCE, (whole, body: string) =>
      body.startsWith('#') ? numericReference(body) : (namedReference(body) ?? whole),
    );
  },
  { spreads: true },
);

/** The text without what stands between `open` and the next `close`; a search, since a lazy pattern is quadratic. */
function removeBetween(text: string, open: string, close: string): string {
  let output = '';
  let position = 0;
  for (;;) {
    const start = text.indexOf(open, position);
    const end = start < 0 ? -1 : text.indexOf(close, start + open.length);
    if (end < 0) return output + text.slice(position);
    output += text.slice(position, start);
    position = end + close.length;
  }
}

/** markupsafe's `Markup.striptags()`: without comments and tags, white space as single spaces, unescaped. */
export const stripTags = aware(
  (text: string): string => {
    const bare = removeBetween(removeBetween(text, '<!--', '-->'), '<', '>');
    return unescapeEntities(splitWords(bare).join(' '));
  },
  { spreads: true },
);
