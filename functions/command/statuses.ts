import type { StatusSink } from '../core/statuses.ts';
import { createApiClient } from '../kubernetes/client.ts';
import type { Credentials } from '../kubernetes/credentials.ts';
import { createStatusWriter } from '../kubernetes/statuses.ts';
import type { Log } from '../wire/log.ts';

export interface OpenedStatuses extends StatusSink {
  close(): Promise<void>;
}

export type OpenStatuses = (log: Log) => OpenedStatuses;

/** Writes statuses to the cluster that the objects come from. */
export const statusesOf =
  (credentials: Credentials): OpenStatuses =>
  (log) => {
    const client = createApiClient(credentials);
    const writer = createStatusWriter({ client, log });
    return {
      ...writer,
      async close() {
        writer.stop();
        await client.close();
      },
    };
  };
