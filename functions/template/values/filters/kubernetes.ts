import { textOf } from '../compare.ts';
import { isMapping, mappingGet } from '../classes/dict.ts';
import { plain } from '../text/foreign.ts';
import { isInt } from '../numbers/numeric.ts';
import { str } from '../print.ts';
import { noteRemark } from '../remarks.ts';
import { Undefined } from '../classes/undefined.ts';
import { type FilterTable, filter } from './filter.ts';

const member = (value: unknown, key: string): unknown =>
  isMapping(value) ? mappingGet(value, key) : undefined;
const listAt = (value: unknown, key: string): readonly unknown[] => {
  const list = member(value, key);
  return Array.isArray(list) ? list : [];
};
const is = (value: unknown, text: string): boolean => plain(textOf(value) ?? '') === text;

/** Containers that run beside one another: those that run before the others and go on are among them. */
const containersOf = (pod: unknown): readonly unknown[] => {
  const spec = member(pod, 'spec');
  const staying = listAt(spec, 'initContainers').filter((one) =>
    is(member(one, 'restartPolicy'), 'Always'),
  );
  return [...listAt(spec, 'containers'), ...staying];
};

const nameOf = (pod: unknown): string => {
  const metadata = member(pod, 'metadata');
  return ['namespace', 'name']
    .map((key) => textOf(member(metadata, key)))
    .filter((part) => part !== undefined)
    .map(plain)
    .join('/');
};

/**
 * The number of a port of a pod, as a Service finds its `targetPort`: by a name, or the number as it is.
 *
 * @throws PythonError UndefinedError where it has none and nothing is given instead: an address without a port would do harm
 */
function port(pod: unknown, wanted: unknown, otherwise: unknown): unknown {
  if (isInt(wanted)) return wanted;
  const name = plain(textOf(wanted) ?? '');
  if (/^[1-9]\d{0,4}$/.test(name)) return Number(name);
  for (const container of containersOf(pod))
    for (const one of listAt(container, 'ports'))
      if (name !== '' && is(member(one, 'name'), name)) return member(one, 'containerPort');
  if (otherwise !== undefined) return otherwise;
  throw Undefined.because(`pod ${nameOf(pod)} has no port that is named ${str(wanted)}`).error();
}

/** Filters for objects of Kubernetes. */
export const KUBERNETES_FILTERS: FilterTable = {
  port: filter(
    { name: 'port', params: ['pod', 'name', 'default'], required: 2 },
    (_, pod, name, otherwise) => port(pod, name, otherwise),
  ),
  warn: filter(
    { name: 'warn', params: ['value', 'about'], required: 1 },
    (runtime, value, about) => {
      const text = str(value, runtime.dialect);
      if (text !== '') noteRemark({ text: plain(text), about });
      return '';
    },
  ),
};
