import { aware } from '../text/aware.ts';
import { compare, textOf } from '../compare.ts';
import { escapeHtml, escapeText } from '../text/escape.ts';
import { iterate } from '../iteration.ts';
import { slice } from '../lookup.ts';
import { Markup } from '../classes/markup.ts';
import { repr, str } from '../print.ts';
import { PythonError } from '../python-error.ts';
import { codePointCount, splitWords } from '../text/text.ts';
import { truth } from '../truth.ts';
import type { Runtime } from './filter.ts';

const LABEL = '[\\p{L}\\p{N}_%-]';

/** What Jinja2 takes for a web address: with a scheme or `www.`, or a domain with a well-known ending. */
const WEB = new RegExp(
  `^(?:(?:https?://|www\\.)(?:${LABEL}+\\.)+(?:[a-z]{2,63}|xn--[\\p{L}\\p{N}_%]{2,59})` +
    `|(?:[\\p{L}\\p{N}_%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)` +
    `|https?://(?:\\d{1,3}(?:\\.\\d{1,3}){3}|\\[(?:[\\da-f]{0,4}:){2}(?:[\\da-f]{0,4}:?){1,6}\\]))` +
    `(?::\\d{1,5})?(?:[/?#]\\S*)?$`,
  'iu',
);
const EMAIL = /^\S+@[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.[\p{L}\p{N}_]+$/u;
const SCHEME = /^[\p{L}\p{N}_.+-]{2,}:\/{0,2}$/u;
const HEAD = /^(?:[(<]|&lt;)+/;
const TAIL_PART = /(?:[)>.,\n]|&gt;)$/;
const BRACKETS: ReadonlyArray<readonly [open: string, close: string]> = [
  ['(', ')'],
  ['<', '>'],
  ['&lt;', '&gt;'],
];
/** Longer words are no addresses; the bound keeps the patterns above from going quadratic. */
const MAX_WORD = 2048;

interface Links {
  readonly limit: unknown;
  readonly attributes: string;
  readonly schemes: readonly string[];
}

interface Word {
  readonly head: string;
  readonly middle: string;
  readonly tail: string;
}

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

/** Moves closing brackets from the tail into the middle until those that open there are closed. */
function balance(word: Word): Word {
  let { middle, tail } = word;
  for (const [open, close] of BRACKETS) {
    const opened = occurrences(middle, open);
    if (opened <= occurrences(middle, close)) continue;
    const moves = Math.min(opened, occurrences(tail, close));
    for (let i = 0; i < moves; i++) {
      const end = tail.indexOf(close) + close.length;
      middle += tail.slice(0, end);
      tail = tail.slice(end);
    }
  }
  return { ...word, middle, tail };
}

function parts(word: string): Word {
  const head = HEAD.exec(word)?.[0] ?? '';
  let middle = word.slice(head.length);
  let end = middle.length;
  for (let match = TAIL_PART.exec(middle); match !== null; match = TAIL_PART.exec(middle)) {
    end = match.index;
    middle = middle.slice(0, end);
  }
  return balance({ head, middle, tail: word.slice(head.length + end) });
}

function shorten(text: string, limit: unknown): string {
  if (limit === null || !compare('>', codePointCount(text), limit)) return text;
  return `${slice(text, [null, limit, null])}...`;
}

function link(middle: string, { limit, attributes, schemes }: Links): string {
  if (WEB.test(middle)) {
    const target = /^https?:\/\//.test(middle) ? middle : `https://${middle}`;
    return `<a href="${target}"${attributes}>${shorten(middle, limit)}</a>`;
  }
  if (middle.startsWith('mailto:') && EMAIL.test(middle.slice(7))) {
    return `<a href="${middle}">${middle.slice(7)}</a>`;
  }
  const isAddress = middle.includes('@') && !middle.startsWith('www.') && !middle.includes(':');
  if (isAddress && EMAIL.test(middle)) return `<a href="mailto:${middle}">${middle}</a>`;
  return schemes.reduce(
    (text, scheme) =>
      text !== scheme && text.startsWith(scheme)
        ? `<a href="${text}"${attributes}>${text}</a>`
        : text,
    middle,
  );
}

function linkWord(word: string, links: Links): string {
  if (word.length > MAX_WORD) return word;
  const { head, middle, tail } = parts(word);
  return head + link(middle, links) + tail;
}

function relations(rel: unknown, nofollow: unknown): string {
  const names = new Set([...splitWords(textOf(rel) ?? ''), 'noopener']);
  if (truth(nofollow)) names.add('nofollow');
  return [...names].sort().join(' ');
}

function schemeList(schemes: unknown): string[] {
  if (schemes === null) return [];
  return Array.from(iterate(schemes), (scheme) => {
    const text = textOf(scheme) ?? '';
    if (SCHEME.test(text)) return text;
    throw new PythonError(
      'FilterArgumentError',
      `${repr(scheme)} is not a valid URI scheme prefix.`,
    );
  });
}

const linkWords = aware((text: string, links: Links): string =>
  text
    .split(/(\s+)/u)
    .map((word) => linkWord(word, links))
    .join(''),
);

/** The `urlize` filter: addresses in a text become links. */
export function urlizeFilter(
  runtime: Runtime,
  value: unknown,
  trimLimit: unknown = null,
  nofollow: unknown = false,
  target: unknown = null,
  rel: unknown = null,
  extraSchemes: unknown = null,
): string | Markup {
  const { dialect, autoescape } = runtime;
  const targetText = target === null ? '' : ` target="${escapeHtml(target, dialect).text}"`;
  const links = {
    limit: trimLimit,
    attributes: ` rel="${escapeText(relations(rel, nofollow))}"${targetText}`,
    schemes: schemeList(extraSchemes),
  };
  const text = linkWords(str(escapeHtml(value, dialect), dialect), links);
  return autoescape ? new Markup(text) : text;
}
