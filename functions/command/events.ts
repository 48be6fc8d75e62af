import { hostname } from 'node:os';
import { createApiClient } from '../kubernetes/client.ts';
import type { Credentials } from '../kubernetes/credentials.ts';
import { createEvents, type EventsOptions } from '../kubernetes/events.ts';
import type { Settings } from '../settings.ts';
import type { Tell } from '../core/occurrence.ts';

export interface OpenedEvents {
  readonly tell: Tell;
  close(): Promise<void>;
}

/** Tells people of what happens to what they wrote, where they look; absent where there is no such place. */
export type OpenEvents = (options: Pick<EventsOptions, 'uidOf' | 'log'>) => OpenedEvents;

/** Events of the cluster that the ConfigMaps come from; files have none. */
export function eventsOf({
  settings,
  credentials,
}: {
  readonly settings: Settings;
  readonly credentials: Credentials | undefined;
}): OpenEvents | undefined {
  const { from, namespace } = settings;
  if (from !== undefined || !credentials) return undefined;
  return (options) => {
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
}
