import type { Diagnostic } from '../../core/diagnostics.ts';
import { readManifests } from '../../core/manifests.ts';
import { type Fields, fields } from '../json-fields.ts';
import type { Annotation, Controller, Fate } from './annotation.ts';

/** An Ingress of a dump, with what becomes of its annotations. */
export interface Converted {
  readonly namespace: string;
  readonly name: string;
  readonly object: Fields;
  readonly annotations: readonly { readonly annotation: Annotation; readonly fate: Fate }[];
}

export interface Dump {
  readonly ingresses: readonly Converted[];
  /** Of other controllers: `shop/web`. */
  readonly others: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const CLASS = 'kubernetes.io/ingress.class';
const IS_DEFAULT = 'ingressclass.kubernetes.io/is-default-class';
const decoder = new TextDecoder();

const memberAt = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => fields(at)[key], value);

function annotationsOf(object: Fields): readonly Annotation[] {
  const all = fields(memberAt(object, 'metadata', 'annotations'));
  return Object.entries(all).map(([name, value]) => ({ name, value: String(value) }));
}

function judgeOf(controller: Controller, { name, value }: Annotation): Fate {
  const prefix = controller.prefixes.find((one) => name.startsWith(one));
  if (prefix === undefined)
    return { kind: 'not needed', why: 'the Ingress controller does not read it; it stays' };
  return controller.judge({ name: name.slice(prefix.length), value });
}

/** Reads the Ingresses of a controller out of a dump, as `kubectl get ingress,ingressclass -A -o yaml` gives it. */
export function readDump(text: string, controller: Controller): Dump {
  const { any, diagnostics } = readManifests(text, 'standard input');
  const objects = any.map((one) => ({
    ...one,
    value: fields(JSON.parse(decoder.decode(one.json))),
  }));
  const classes = new Set([controller.className]);
  let isDefault = false;
  for (const { kind, name, value } of objects) {
    if (kind !== 'IngressClass' || memberAt(value, 'spec', 'controller') !== controller.controller)
      continue;
    classes.add(name);
    isDefault ||= memberAt(value, 'metadata', 'annotations', IS_DEFAULT) === 'true';
  }
  const ingresses: Converted[] = [];
  const others: string[] = [];
  for (const { kind, namespace, name, value } of objects) {
    if (kind !== 'Ingress') continue;
    const own =
      memberAt(value, 'metadata', 'annotations', CLASS) ??
      memberAt(value, 'spec', 'ingressClassName');
    if (typeof own === 'string' ? !classes.has(own) : !isDefault) {
      others.push(`${namespace}/${name}`);
      continue;
    }
    const all = annotationsOf(value).filter((annotation) => annotation.name !== CLASS);
    const annotations = all.map((annotation) => ({
      annotation,
      fate: judgeOf(controller, annotation),
    }));
    ingresses.push({ namespace, name, object: value, annotations });
  }
  return { ingresses, others, diagnostics };
}
