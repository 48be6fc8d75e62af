import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { CONFIG_PATH } from '../functions/wire/bundle.ts';
import { describe } from './describe.ts';
import { bare } from './disk/proof.ts';
import { type Capabilities, capabilitiesOf } from './haproxy/capabilities.ts';
import { probe } from './haproxy/probe.ts';
import { type Plan, plan, type Release } from './plan.ts';
import type { Given, Settings } from './settings.ts';

/** Where there is no HAProxy to ask: the oldest that is supported. */
const OLDEST = [2, 6] as const;

/** A release as a folder (haproxy.cfg, ssl/, files/), or a configuration alone. */
async function readRelease(path: string): Promise<Release> {
  if (!(await stat(path)).isDirectory())
    return [{ path: CONFIG_PATH, content: bare(await readFile(path, 'utf8')) }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      const name = relative(path, file);
      const content = await readFile(file, 'utf8');
      return { path: name, content: name === CONFIG_PATH ? bare(content) : content };
    }),
  );
}

async function capabilitiesAt(haproxy: string): Promise<Capabilities> {
  const capabilities = await probe(haproxy);
  if (capabilities !== undefined) return capabilities;
  process.stderr.write(`no HAProxy at ${haproxy}: planning for ${OLDEST.join('.')}\n`);
  return capabilitiesOf(OLDEST);
}

function linesOf(planned: Plan): readonly string[] {
  if (planned.kind === 'nothing') return ['nothing'];
  if (planned.kind === 'runtime') return ['runtime', ...planned.operations.map(describe)];
  const { reason, hint } = planned;
  return [`reload: ${reason}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
}

/**
 * Prints what going from one release to another would take. Paths in their configurations are read as those of
 * STATE_DIR/current.
 *
 * @returns the exit code: 0 whatever the plan is
 */
export async function dryRun(settings: Settings, words: readonly string[]): Promise<number> {
  const [from = '', to = ''] = words.map((word) => resolve(word));
  const [old, next] = [await readRelease(from), await readRelease(to)];
  const stateDir = settings.stateDir as Given<'stateDir'>;
  const capabilities = await capabilitiesAt(settings.haproxy as Given<'haproxy'>);
  const planned = plan({
    old,
    new: next,
    root: join(stateDir, 'current'),
    capabilities,
  });
  const lines = linesOf(planned);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
