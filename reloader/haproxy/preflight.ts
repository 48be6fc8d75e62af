import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Alert } from '../../functions/wire/alerts.ts';
import { CONFIG_PATH } from '../../functions/wire/bundle.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Release } from '../disk/release.ts';
import type { Reason } from '../refusal.ts';
import { type Outline, outline } from './outline.ts';
import { tryListen } from './try-listen.ts';

export interface PreflightInput {
  /** What runs. */
  readonly old: Release | undefined;
  readonly next: Release;
  readonly kind: 'child' | 'neighbour';
  /** Addresses that a reload has failed to bind before: tried even where a condition may leave them out. */
  readonly suspects: ReadonlySet<string>;
  /** Reads a configuration, of which much may be known already. */
  readonly reading: (text: string) => Configuration;
}

/** Of what runs, and of what is to come. */
const outlinesOf = ({ old, next, reading }: Pick<PreflightInput, 'old' | 'next' | 'reading'>) =>
  [old, next].map((release) =>
    outline(reading(release?.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '')),
  ) as [Outline, Outline];

function fatalChange(old: Outline, next: Outline): Reason | undefined {
  const keywords = [...new Set([...old.fatal.keys(), ...next.fatal.keys()])].sort();
  const changed = keywords.filter((keyword) => old.fatal.get(keyword) !== next.fatal.get(keyword));
  if (changed.length === 0) return undefined;
  const reason = `${changed.join(', ')} cannot change in a reload: HAProxy itself must be started anew (roll the pod)`;
  return { code: 'roll-the-pod', reason, errors: [] };
}

/** What was there when HAProxy started may be gone, and is needed anew. A neighbour has its own files. */
async function missingFolder({ fatal }: Outline): Promise<Reason | undefined> {
  const [chroot, pidfile] = [fatal.get('chroot'), fatal.get('pidfile')];
  const folders = [chroot, pidfile === undefined ? undefined : dirname(pidfile)];
  for (const folder of folders.filter((path) => path?.startsWith('/') && !path.includes('$')))
    if (folder !== undefined && !(await stat(folder).catch(() => undefined))?.isDirectory())
      return {
        code: 'file-missing',
        reason: `there is no folder ${folder}: HAProxy would exit in the reload`,
        errors: [],
      };
  return undefined;
}

interface Taken {
  readonly address: string;
  readonly code: string;
}

async function findTaken(
  addresses: readonly string[],
  held: readonly string[],
  kind: PreflightInput['kind'],
): Promise<readonly Taken[]> {
  const found: Taken[] = [];
  for (const address of [...new Set(addresses)].sort()) {
    const tried = await tryListen(address, held, kind);
    if (tried.kind === 'taken') found.push({ address, code: tried.code });
  }
  return found;
}

/** Why a reload has failed of which HAProxy tells nothing, as 2.6 does; in the words of newer ones. */
export async function postMortem(input: Omit<PreflightInput, 'suspects'>): Promise<Alert[]> {
  const [before, after] = outlinesOf(input);
  const addresses = [...after.listens, ...after.perhaps];
  const taken = await findTaken(addresses, before.listens, input.kind);
  return taken.map(({ address, code }) => ({
    message: `cannot bind socket (${code}) for [${address}]`,
  }));
}

/**
 * What `haproxy -c` does not see and a reload would not survive, by HAProxy's measured behaviour: a change of chroot,
 * user, group, uid, gid or pidfile ends all of HAProxy on 2.6 and 3.0 (pidfile: on 3.2); an address that another
 * process holds stops every listener for two seconds.
 *
 * @returns why the reload is not dared, or undefined
 */
export async function preflight(input: PreflightInput): Promise<Reason | undefined> {
  const { old, kind, suspects } = input;
  if (old === undefined) return undefined;
  const [before, after] = outlinesOf(input);
  const fatal = fatalChange(before, after);
  if (fatal !== undefined) return fatal;
  const missing = kind === 'child' ? await missingFolder(after) : undefined;
  if (missing !== undefined) return missing;
  const again = after.perhaps.filter((address) => suspects.has(address));
  const taken = await findTaken([...after.listens, ...again], before.listens, kind);
  const conflicts = taken.map(({ address, code }) => `${address} (${code})`);
  if (conflicts.length === 0) return undefined;
  const reason = `HAProxy could not listen on ${conflicts.join(', ')}`;
  return { code: 'bind-conflict', reason, errors: [] };
}
