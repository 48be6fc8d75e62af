import { type JsonObject, memberOf } from '../../template/json/index.ts';
import { plain } from '../../template/foreign.ts';

/** What labels must be, as `kubectl get -l` takes it. */
export interface LabelSelector {
  /** As the API server takes it; the same for the same terms in any order. */
  readonly text: string;
  matches(labels: JsonObject | undefined): boolean;
}

const KEY = String.raw`(?:[A-Za-z0-9.-]+\/)?[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?`;
const VALUE = String.raw`(?:[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?)?`;
const EQUALITY = new RegExp(String.raw`^(${KEY})\s*(==?|!=)\s*(${VALUE})$`);
const SET = new RegExp(
  String.raw`^(${KEY})\s+(in|notin)\s*\(\s*(${VALUE}(?:\s*,\s*${VALUE})*)\s*\)$`,
);
const PRESENCE = new RegExp(`^(!?)\\s*(${KEY})$`);
/** Commas between terms, not those within a set. */
const BETWEEN = /,(?![^()]*\))/;

type Term = (labelOf: (key: string) => string | undefined) => boolean;
interface Read {
  readonly text: string;
  readonly term: Term;
}

function readEquality(text: string): Read | undefined {
  const [, key = '', operator, value = ''] = EQUALITY.exec(text) ?? [];
  if (operator === undefined) return undefined;
  const isNot = operator === '!=';
  const term: Term = (labelOf) => (labelOf(key) === value) !== isNot;
  return { text: `${key}${isNot ? '!=' : '='}${value}`, term };
}

function readSet(text: string): Read | undefined {
  const [, key = '', operator, list = ''] = SET.exec(text) ?? [];
  if (operator === undefined) return undefined;
  const values = list.split(',').map((value) => value.trim());
  const isIn = operator === 'in';
  const term: Term = (labelOf) => {
    const value = labelOf(key);
    return (value !== undefined && values.includes(value)) === isIn;
  };
  return { text: `${key} ${operator} (${[...values].sort().join(',')})`, term };
}

function readPresence(text: string): Read | undefined {
  const [, not, key = ''] = PRESENCE.exec(text) ?? [];
  if (not === undefined) return undefined;
  return { text: `${not}${key}`, term: (labelOf) => (labelOf(key) !== undefined) === (not === '') };
}

/** Reads a selector, or gives undefined where the text is none. */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  const read = text
    .split(BETWEEN)
    .map((term) => term.trim())
    .map((term) => readEquality(term) ?? readSet(term) ?? readPresence(term));
  const all = read.filter((term) => term !== undefined);
  if (all.length < read.length) return undefined;
  return {
    text: all
      .map((term) => term.text)
      .sort()
      .join(','),
    matches(labels) {
      const labelOf = (key: string): string | undefined => {
        const value = memberOf(labels, key);
        return typeof value === 'string' ? plain(value) : undefined;
      };
      return all.every(({ term }) => term(labelOf));
    },
  };
}
