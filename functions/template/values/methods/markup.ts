import { textOf } from '../compare.ts';
import { stripTags, unescapeEntities } from '../text/entities.ts';
import { escapeHtml } from '../text/escape.ts';
import { toList } from '../iteration.ts';
import { Kwargs } from '../classes/kwargs.ts';
import { Markup } from '../classes/markup.ts';
import { formatMarkup } from '../text/str-format.ts';
import { Tuple } from '../classes/tuple.ts';
import { type Method, type MethodCall, none, one, table, whole } from './method.ts';
import { STR_METHODS } from './str.ts';
import { join } from './str-split.ts';

/** The methods of str that markupsafe wraps: str arguments are escaped, the result is Markup. */
const WRAPPED = [
  'capitalize',
  'title',
  'lower',
  'upper',
  'replace',
  'ljust',
  'rjust',
  'lstrip',
  'rstrip',
  'center',
  'strip',
  'translate',
  'expandtabs',
  'swapcase',
  'zfill',
];

const escapeArgument = (value: unknown): unknown =>
  textOf(value) === undefined ? value : escapeHtml(value).text;

function wrap(value: unknown): unknown {
  if (typeof value === 'string') return new Markup(value);
  if (value instanceof Tuple) return Tuple.wrap(value.map(wrap));
  return Array.isArray(value) ? value.map(wrap) : value;
}

const escapeArguments = (call: MethodCall): MethodCall => ({
  ...call,
  args: call.args.map(escapeArgument),
  kwargs:
    call.kwargs && new Kwargs([...call.kwargs].map(([key, value]) => [key, escapeArgument(value)])),
});

const onText: Array<[string, Method<Markup>]> = Object.entries(STR_METHODS).map(
  ([name, method]) => [name, (self, call) => method(self.text, call)],
);
const wrapped: Array<[string, Method<Markup>]> = WRAPPED.map((name) => [
  name,
  (self, call) => wrap(STR_METHODS[name]?.(self.text, escapeArguments(call))),
]);
/** These escape whatever they are given, str or not. */
const partitions: Array<[string, Method<Markup>]> = ['partition', 'rpartition'].map((name) => [
  name,
  (self, call) => {
    const args = call.args.map((value) => escapeHtml(value).text);
    return wrap(STR_METHODS[name]?.(self.text, { ...call, args }));
  },
]);
const lists: Array<[string, Method<Markup>]> = ['split', 'rsplit', 'splitlines'].map((name) => [
  name,
  (self, call) => wrap(STR_METHODS[name]?.(self.text, call)),
]);

/** The methods of markupsafe's Markup. */
export const MARKUP_METHODS = table<Markup>({
  ...Object.fromEntries([...onText, ...wrapped, ...partitions, ...lists]),
  escape: one((_self, value) => escapeHtml(value)),
  format: whole((self, { args, kwargs, dialect }) =>
    formatMarkup(self.text, { args, kwargs, dialect }),
  ),
  join: one(
    (self, items) =>
      new Markup(
        join(
          self.text,
          toList(items).map((item) => escapeHtml(item)),
        ),
      ),
  ),
  striptags: none((self) => stripTags(self.text)),
  unescape: none((self) => unescapeEntities(self.text)),
});
