import type { Diagnostic } from '../core/diagnostics.ts';
import { type Intent, placeOf, serviceOf, type Unit } from '../core/intent.ts';
import { readService } from '../core/services.ts';
import type { HeldBack } from './status.ts';

/** Services that cannot be read, whatever else is there. */
export function unreadable(
  units: Iterable<Unit>,
  intent: Intent,
  namespace: string,
): readonly Diagnostic[] {
  return [...units].flatMap((unit) => {
    const name = serviceOf(unit);
    const text = name === undefined ? undefined : intent.services?.[name];
    if (name === undefined || text === undefined) return [];
    const result = readService({ object: placeOf(unit, namespace).object, name, text });
    return result.kind === 'problem' ? [result.diagnostic] : [];
  });
}

/** Why a unit would be held back, told at its own place: it is to be mended there, wherever the fault shows itself. */
export function explainHeld({ unit, diagnostic }: HeldBack, namespace: string): Diagnostic {
  const place = placeOf(unit, namespace);
  const { object, key, line, column = 1, excerpt } = diagnostic.where;
  if (object === place.object) return diagnostic;
  // Of a line of HAProxy's that is told already.
  const isTold = line === undefined || diagnostic.delivered?.origin !== undefined;
  const why = isTold ? '' : ` (${object} ${key ?? ''}:${line}:${column})`;
  const where = { ...place, ...(excerpt === undefined ? {} : { excerpt }) };
  return { ...diagnostic, message: `${diagnostic.message}${why}`, where };
}

export function explainUnread(namespace: string, name: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'namespace-unread',
    message: `the pods of namespace ${name} are not read yet: its services could not be tried with them`,
    hint: `Let the service account of the render service list and watch pods in ${name}.`,
    where: { object: `configmaps/${namespace}/services` },
  };
}

/**
 * A service that no pod serves: a slip in its selector looks like an application at rest. Of a namespace whose pods are
 * not read yet nobody knows.
 */
export function explainPodless(
  unit: Unit,
  intent: Intent,
  { namespace, unread }: { readonly namespace: string; readonly unread: readonly string[] },
): readonly Diagnostic[] {
  const name = serviceOf(unit);
  const where = placeOf(unit, namespace);
  if (name === undefined) return [];
  const result = readService({ object: where.object, name, text: intent.services?.[name] ?? '' });
  if (result.kind === 'problem' || unread.includes(result.service.namespace)) return [];
  const { selector, namespace: ofPods } = result.service;
  const labels = selector.map(([label, value]) => `${label}=${value}`).join(',');
  const wanted = labels === '' ? '' : ` has ${labels}`;
  return [
    {
      severity: 'warning',
      code: 'service-podless',
      message: `no ready pod in namespace ${ofPods}${wanted}: nothing serves ${name} until one does`,
      hint: `What is there: kubectl --namespace ${ofPods} get pods --show-labels`,
      where,
    },
  ];
}

export function explainUnchecked(object: string, reason: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'intent-unchecked',
    message: `HAProxy could not be asked: ${reason}`,
    hint: 'It is checked again once it is applied.',
    where: { object },
  };
}

/** People hold the fleet to a revision: whatever is applied waits. */
export function explainFrozen(object: string, how: 'pinned' | 'paused'): Diagnostic {
  return {
    severity: 'warning',
    code: `intent-${how}`,
    message: `the fleet is ${how}: what is applied is not served until it is resumed`,
    hint: 'kubernetes-haproxy rollout resume lets the ConfigMaps count again.',
    where: { object },
  };
}
