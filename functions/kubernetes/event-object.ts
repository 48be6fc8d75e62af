import { createHash } from 'node:crypto';
import { type Occurrence, REASONS } from '../core/occurrence.ts';

export const EVENTS_API = 'events.k8s.io/v1';
export const CONTROLLER = 'kubernetes-haproxy';

/** The API server takes 1,024 bytes of a note, and 128 of the name of who reports it. */
const LONGEST_NOTE = 1024;
const LONGEST_INSTANCE = 128;
const PLACE = /^configmaps\/([^/]+)\/([^/]+)$/;

export interface EventContext {
  /** Of which of the objects of that name it is told: `kubectl describe` looks for this. */
  readonly uid: string | undefined;
  /** The replica that reports it. */
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** With microseconds, as events.k8s.io wants times. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace(/Z$/, '000Z');

function cut(text: string, most: number): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  if (Buffer.byteLength(plain) <= most) return plain;
  const kept = Buffer.from(plain).subarray(0, most - 3);
  // A character that was cut in two is left out.
  return `${kept.toString().replace(/\ufffd+$/, '')}…`;
}

/** The same for every replica, so that what all of them see is one Event. */
export function eventName({ reason, object, key, subject }: Occurrence): string {
  const parts = JSON.stringify([reason, object, key ?? null, subject]);
  const digest = createHash('sha256').update(parts).digest('hex');
  return `${PLACE.exec(object)?.[2] ?? 'configuration'}.${digest.slice(0, 16)}`;
}

/** An occurrence as an Event on its ConfigMap. */
export function eventOf(occurrence: Occurrence, { uid, instance, now }: EventContext) {
  const { reason, object, key, note } = occurrence;
  const [, namespace = '', name = ''] = PLACE.exec(object) ?? [];
  const { type, action } = REASONS[reason];
  return {
    apiVersion: EVENTS_API,
    kind: 'Event',
    metadata: { name: eventName(occurrence), namespace },
    eventTime: microTime(now),
    ...{ type, reason, action, note: cut(note, LONGEST_NOTE) },
    reportingController: CONTROLLER,
    reportingInstance: cut(instance, LONGEST_INSTANCE) || CONTROLLER,
    regarding: {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
      ...(uid !== undefined && { uid }),
      ...(key !== undefined && { fieldPath: `data[${key}]` }),
    },
  };
}
