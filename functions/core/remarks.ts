import { plain } from '../template/foreign.ts';
import type { Remark } from '../template/index.ts';
import { memberOf } from '../template/json/index.ts';
import type { Diagnostic, Place } from './diagnostics.ts';
import { splitApiVersion } from './inputs/input.ts';

/** More are counted, not told one by one. */
const MOST_TOLD = 100;
const LONGEST = 500;

const textAt = (value: unknown, key: string): string => {
  const text = memberOf(value, key);
  return typeof text === 'string' ? plain(text) : '';
};

/** The object that a remark is about, as diagnostics name it: `ingress.networking.k8s.io/shop/web`. */
function placeOf(about: unknown, namespace: string): Place {
  const metadata = memberOf(about, 'metadata');
  if (metadata === undefined) {
    const [name, selector] = [textAt(about, 'name'), memberOf(about, 'selector')];
    if (name === '' || selector === undefined) return { object: `configmaps/${namespace}/config` };
    return { object: `configmaps/${namespace}/services`, key: name };
  }
  const kind = textAt(about, 'kind').toLowerCase();
  const { group } = splitApiVersion(textAt(about, 'apiVersion'));
  const title =
    kind === '' || kind === 'pod' ? 'pods' : [kind, group].filter((part) => part !== '').join('.');
  const names = [textAt(metadata, 'namespace'), textAt(metadata, 'name')];
  return { object: [title, ...names].filter((part) => part !== '').join('/') };
}

/** What templates remark, as diagnostics, each once. */
export function toRemarks(remarks: readonly Remark[], namespace: string): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { text, about } of remarks) {
    const where = placeOf(about, namespace);
    const message = text.replace(/\s+/g, ' ').trim().slice(0, LONGEST);
    const hint = 'The template itself warns of this: correct the object, or the template.';
    const told = { severity: 'warning', code: 'template-remark', message, hint, where } as const;
    found.set(JSON.stringify([where, message]), told);
  }
  const all = [...found.keys()].sort().map((key) => found.get(key) as Diagnostic);
  const [first] = all;
  if (first === undefined || all.length <= MOST_TOLD) return all;
  const message = `${all.length - MOST_TOLD} more warnings from the template`;
  const where = { object: `configmaps/${namespace}/config` };
  return [...all.slice(0, MOST_TOLD), { ...first, message, where }];
}
