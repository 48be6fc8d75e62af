import { hostname } from 'node:os';
import { createApiClient } from '../kubernetes/client.ts';
import type { Credentials } from '../kubernetes/credentials.ts';
import { createEvents, type EventsOptions } from '../kubernetes/events.ts';
import type { Tell } from '../core/occurrence.ts';

export interface OpenedEvents {
  readonly tell: Tell;
  close(): Promise<void>;
}

/** Tells people of what happens to what they wrote, where they look. */
export type OpenEvents = (options: Pick<EventsOptions, 'uidOf' | 'log'>) => OpenedEvents;

/** Events of the cluster that the ConfigMaps come from. */
export const eventsOf =
  (credentials: Credentials, namespace: string): OpenEvents =>
  (options) => {
    const client = createApiClient(credentials);
    const events = createEvents({ ...options, client, namespace, instance: hostname() });
    return {
      tell: events.tell,
      async close() {
        events.stop();
        await client.close();
      },
    };
  };
