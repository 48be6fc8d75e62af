import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { HAPROXY } from '../kit/haproxy.ts';
import type { Section } from './section.ts';

/** Where the figures come from. */
export function describeMachine(): Section {
  const { stdout } = spawnSync(HAPROXY, ['-v'], { encoding: 'utf8' });
  const rows = [
    ['processor', cpus()[0]?.model.trim() ?? 'unknown'],
    ['cores', String(cpus().length)],
    ['memory', `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ['system', `${process.platform} ${release()}`],
    ['Node.js', process.version],
    ['HAProxy', /version (\S+)/.exec(stdout)?.[1] ?? 'unknown'],
    ['day', new Date().toISOString().slice(0, 10)],
  ];
  return { title: 'Machine', note: 'That of the newest run.', head: ['what', 'value'], rows };
}
