import { bundleFile } from '../../functions/wire/bundle.ts';
import { createLog } from '../../functions/wire/log.ts';
import { type Audited, createAudit, type Found } from '../../reloader/audit/audit.ts';
import { createLive } from '../../reloader/audit/live.ts';
import type { Capabilities } from '../../reloader/haproxy/capabilities.ts';
import { createHoldsKeeping } from '../../reloader/holds/keeping.ts';
import { createReading } from '../../reloader/plan/reading.ts';
import type { Release } from '../../reloader/plan.ts';
import type { Session } from '../../reloader/runtime/session.ts';
import { createTombstones, type Tombstones } from '../../reloader/runtime/tombstones.ts';
import { createServing } from '../../reloader/serving.ts';

export interface AuditingOptions {
  /** The folder of the release as the configuration names it. */
  readonly root: string;
  readonly files: Release;
  readonly capabilities: Capabilities;
}

export interface Auditing {
  readonly tombstones: Tombstones;
  /** One audit, servers and files. */
  audit(session: Session): Promise<readonly Found[]>;
}

/** Audits of one release in a HAProxy that runs it, without a reloader around. */
export function createAuditing({ root, files, capabilities }: AuditingOptions): Auditing {
  const bundled = files.map(({ path, content }) => bundleFile(path, content));
  const release = { etag: 'sha256:0', files: bundled };
  const serving = createServing({ retired: undefined, remember: async () => undefined });
  const live = createLive({ root, serving, reading: createReading() });
  const keeping = createHoldsKeeping({
    held: undefined,
    remember: async () => undefined,
    now: () => new Date(),
    log: createLog({ component: 'test', level: 'error' }),
  });
  const tombstones = createTombstones();
  const audit = createAudit({ root, live, keeping, tombstones, isOff: false });
  return {
    tombstones,
    async audit(session) {
      const audited: Audited = { session, release, capabilities };
      const { found } = await audit.servers(audited);
      return [...found, ...(await audit.files(audited))];
    },
  };
}
